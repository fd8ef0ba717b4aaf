import { capital } from '../../capital.ts';
import type { Runtime } from '../../model/runtime.ts';
import { showMs } from '../../time/show-ms.ts';
import { awaitBeforeRunReturns, sharedPool } from '../advice/advice.ts';
import type { ProgramRecord, RequestRecord, ThreadEnd, ThreadRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { failureCodeOf } from './failure-code.ts';
import { signalText } from './fatal-signal.ts';
import { isLongPoll } from './long-poll.ts';
import { isLasting, isOpen, isReading } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { ageOf, startedAt, stateText, threadText } from './wording.ts';

/** `thread-exited` and `process-exited`: nobody is left to send the request or to receive its response. */
export const endings: Rule = (record, { hangAfterMs }) => {
  const found = record.requests.flatMap((request) => {
    if (request.failure?.by === 'loop-end') return isReading(request) ? [] : [cancelled(request, record)];
    if (isOpen(request) && isLeftToRead(request, record)) return [];
    const end = isOpen(request) ? request.thread.end : cutOffBy(request, record);
    // What had hung before the end hangs for another reason.
    if (end === null || isLongPoll(request, record)) return [];
    // A heap that fills up keeps the loop long before it ends the thread.
    if (isLasting(request, record, hangAfterMs) && !isOutOfMemory(request.thread)) return [];
    return [suspicion(request, end, record)];
  });
  return record.started === 0 ? endedBeforeItsRequest(record) : found;
};

/**
 * The end of the process that broke its connection: while main ran its exit handlers, what these closed took along what
 * the workers still did. Null where it did not end so.
 */
export function cutOffBy(request: RequestRecord, record: ProgramRecord): ThreadEnd | null {
  const { thread, failure, status, endedAt, startedAt } = request;
  if (failure?.by !== 'error' || status !== null || endedAt === null) return null;
  if (failureCodeOf(failure) !== 'reset') return null;
  const main = record.threads.find((other) => other.isMain && other.pid === thread.pid);
  const end = main?.end ?? null;
  if (end === null || startedAt > end.at || endedAt < end.at) return null;
  return { ...end, reason: 'process-ended' };
}

/** A worker that is ended while it starts, in ms since its first statement, had no time for a request. */
const startingMs = 400;

function endedBeforeItsRequest(record: ProgramRecord): readonly Suspicion[] {
  if (record.lostPosts.length > 0 || record.errors.length > 0) return [];
  return record.threads.flatMap((thread) => {
    const { end, startedAt } = thread;
    // Of a Python thread the first statement is not seen.
    if (end === null || thread.isMain || thread.runtime === 'python') return [];
    if (thread.parks > 0 || thread.hasPosted) return [];
    if (end.reason !== 'terminated' && end.reason !== 'process-ended') return [];
    // One of a pool that had less to do than there were threads.
    if (record.threads.some((other) => other !== thread && isAlikeAndStarted(other, thread))) return [];
    return end.at - startedAt < startingMs || Number.isNaN(startedAt) ? [endedEarly(thread, end)] : [];
  });
}

function isAlikeAndStarted(other: ThreadRecord, { name, parent }: ThreadRecord): boolean {
  return other.name === name && other.parent === parent && (other.parks > 0 || other.hasPosted);
}

function endedEarly(thread: ThreadRecord, end: ThreadEnd): Suspicion {
  const ofProcess = end.reason === 'process-ended';
  return {
    code: ofProcess ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: `${capital(threadText(thread))} was ended while it started: it made no request`,
    thread,
    request: null,
    evidence: [
      `${endText(thread, end, ofProcess)} ${Number.isNaN(thread.startedAt) ? 'before its first statement' : `${showMs(end.at - thread.startedAt)} after its first statement`}; the program made no request at all`,
    ],
    stack: end.stack,
    fix: fixFor(end),
  };
}

/** It asks for news, or reads in a daemon: whoever leaves it at that loses no message. */
function isLeftToRead(request: RequestRecord, record: ProgramRecord): boolean {
  return request.asksFor !== null && (request.thread.isDaemon || isLongPoll(request, record));
}

function cancelled(request: RequestRecord, record: ProgramRecord): Suspicion {
  const { thread } = request;
  return {
    code: thread.isMain ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: `asyncio.run returned in ${threadText(thread)} and cancelled the request`,
    thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} when asyncio.run cancelled what its coroutine had left behind, ${showMs(ageOf(request, record))} after its start`,
    ],
    stack: request.stack,
    fix: awaitBeforeRunReturns,
  };
}

function suspicion(request: RequestRecord, end: ThreadEnd, record: ProgramRecord): Suspicion {
  const { thread } = request;
  const ofProcess = thread.isMain || end.reason === 'process-ended';
  return {
    code: ofProcess ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: ofProcess
      ? 'The process ended while a request was under way'
      : `${capital(threadText(thread))} ended while its request was under way`,
    thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} when ${endText(thread, end, ofProcess)}, ${showMs(ageOf(request, record))} after its start`,
      ...(end.stack[0] === undefined ? [] : [`${callText(thread, end)} at ${end.stack[0]}`]),
      ...brokenText(request),
      ...outOfMemoryText(thread),
    ],
    stack: request.stack.length > 0 ? request.stack : end.stack,
    ...neededBy(thread, end, record),
    fix: isOutOfMemory(thread) ? memoryFix : fixFor(end),
  };
}

/** A process that ended by its unsettled top-level await, and whoever went with it, would have gone on. */
export function neededBy(
  thread: ThreadRecord,
  { at }: ThreadEnd,
  { threads }: ProgramRecord,
): Pick<Suspicion, 'needed'> {
  const first = threads.find(
    ({ isMain, end, pid, runtime }) =>
      runtime === 'node' &&
      isMain &&
      end?.reason === 'natural' &&
      end.code === 13 &&
      (pid === thread.pid || (thread.inChildProcess && end.at <= at)),
  );
  return first === undefined ? {} : { needed: { threads: [first], functions: [] } };
}

/** How a thread, or its process, came to its end. */
export function endText(thread: ThreadRecord, end: ThreadEnd, ofProcess: boolean): string {
  const who = ofProcess ? 'the process' : threadText(thread);
  const code = end.code === null ? '' : ` with code ${end.code}`;
  switch (end.reason) {
    case 'exit-call':
      return `${exitCalls[thread.runtime]} ended ${who}${code}`;
    case 'terminated':
      return `terminate() ended ${who}`;
    case 'error':
      return isOutOfMemory(thread) ? `${who} ran out of memory` : `an uncaught error ended ${who}`;
    case 'killed':
      return end.signal === undefined ? `${who} was killed` : `${signalText(end.signal)} ended ${who}`;
    case 'parent-ended':
      return `${thread.parent === null ? 'its parent' : threadText(thread.parent)} ended, and ${who} ended with it`;
    case 'process-ended':
      return `the process ended${code} and ${threadText(thread)} ended with it`;
    case 'natural':
      return `${who} ended${code} because nothing kept its event loop alive`;
  }
}

const memoryFix = `Give the worker more memory (resourceLimits.maxOldGenerationSizeMb) or let it hold less at a time, and send from a thread that does not run the job (${sharedPool}): no code of the worker’s can catch this`;

function isOutOfMemory({ fatalError }: ThreadRecord): boolean {
  return fatalError?.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function outOfMemoryText(thread: ThreadRecord): readonly string[] {
  const { fatalError } = thread;
  if (fatalError === null) return [];
  if (!isOutOfMemory(thread)) return [`its parent received ${fatalError.code}: ${fatalError.message}`];
  const limits =
    fatalError.limits.length === 0 ? '' : ` (its resourceLimits: ${fatalError.limits.join(', ')})`;
  return [`the worker ran out of memory${limits}: ${fatalError.code}, which no code of its own can catch`];
}

const exitCalls: Readonly<Record<Runtime, string>> = { node: 'process.exit()', python: 'os._exit()' };

function callText({ runtime }: ThreadRecord, { reason }: ThreadEnd): string {
  return `${reason === 'terminated' ? 'terminate()' : exitCalls[runtime]} was called`;
}

/** What it heard of it, where its connection broke on the way out. */
function brokenText({ failure }: RequestRecord): readonly string[] {
  return failure === null ? [] : [`its connection closed meanwhile: ${failure.message || failure.code}`];
}

function fixFor(end: ThreadEnd): string | null {
  if (end.reason === 'error')
    return 'Fix the error, or catch it and await the pending requests before the thread ends';
  if (end.reason === 'terminated') {
    return `Wait for the worker to say that its requests have settled before terminating it, or send through another thread (${sharedPool})`;
  }
  if (end.reason === 'parent-ended') {
    return `Let the thread that started the worker live until the worker’s requests have settled, or send through another thread (${sharedPool})`;
  }
  return null;
}
