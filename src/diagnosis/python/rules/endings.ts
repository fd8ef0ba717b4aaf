import type { PythonRecord, PythonRequest } from '../record.ts';
import { ageOf, capital, duration, requestText, stateText, threadText } from '../wording.ts';
import { isAnswered } from './loops.ts';
import type { PythonRule, Suspicion } from './rule.ts';
import { isLongPoll, isReading } from './stalls.ts';

/** `thread-exited` and `process-exited`: nobody is left to send the request or to hear its answer. */
export const endings: PythonRule = (record, { hangAfterMs }) =>
  record.requests.flatMap((request) => {
    if (request.failure?.by === 'loop-end') return isDeliberate(request) ? [] : [cancelled(request, record)];
    if (isLongPoll(request, record) && request.endedAt === null) return [];
    if (isCutOff(request, record))
      return lastedAtTheEnd(request, record, hangAfterMs) ? [] : [processEnded(request, record)];
    if (request.endedAt !== null || isAnswered(request)) return [];
    const loop = request.started.loop === null ? undefined : record.loops.get(request.started.loop);
    if (loop?.seen?.threadAlive === false && loop.state !== 'running') return [threadEnded(request, record)];
    // What had hung before the end hangs for another reason.
    if (!record.gone || ageOf(request, record) >= hangAfterMs || isLeftPoll(request)) return [];
    return [processEnded(request, record)];
  });

/** A daemon that reads, and is left at it, loses no message. */
function isLeftPoll(request: PythonRequest): boolean {
  return isReading(request) && request.started.thread.daemon;
}

/** Its connection broke while the interpreter was ending: what an exit handler closed took it along. */
export function isCutOff({ started, failure, head }: PythonRequest, { leavingAt }: PythonRecord): boolean {
  if (leavingAt === null || failure?.by !== 'error' || failure.code !== 'reset' || head !== null)
    return false;
  return started.t <= leavingAt && failure.t >= leavingAt;
}

/** What had hung before the end hangs for another reason. */
export function lastedAtTheEnd(
  { started }: PythonRequest,
  { leavingAt }: PythonRecord,
  hangAfterMs: number,
): boolean {
  return leavingAt !== null && leavingAt - started.t >= hangAfterMs;
}

/** A poll that is cancelled when the program ends has done its work. */
function isDeliberate(request: PythonRequest): boolean {
  return isReading(request);
}

function cancelled(request: PythonRequest, record: PythonRecord): Suspicion {
  const { thread } = request.started;
  return {
    code: thread.isMain ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: `asyncio.run returned in ${threadText(thread)} and cancelled the request`,
    thread,
    request,
    evidence: [
      `${requestText(request)} ${stateText(request)} when asyncio.run cancelled what its coroutine had left behind, ${duration(ageOf(request, record))} after its start`,
    ],
    stack: request.started.stack,
    fix: 'Await the task before the coroutine given to asyncio.run returns (asyncio.gather, asyncio.TaskGroup)',
  };
}

function threadEnded(request: PythonRequest, record: PythonRecord): Suspicion {
  const { thread } = request.started;
  return {
    code: 'thread-exited',
    severity: 'error',
    title: `${capital(threadText(thread))} ended while its request was under way`,
    thread,
    request,
    evidence: [
      `${requestText(request)} ${stateText(request)}; the thread that turned its loop has ended, ${duration(ageOf(request, record))} after the request’s start at the latest`,
    ],
    stack: request.started.stack,
    fix: 'Await the request before the thread ends, or hand it to a thread whose loop keeps turning',
  };
}

function endText({ exit, leavingAt, signal }: PythonRecord): string {
  if (signal !== null) return `${signal}, for which it has no handler, ended the process`;
  if (exit === null && leavingAt !== null) return 'the interpreter ended';
  if (exit === null) return 'the process was killed, or crashed';
  return exit.how === 'os._exit' ? 'os._exit() ended the process' : 'the interpreter ended';
}

function processEnded(request: PythonRequest, record: PythonRecord): Suspicion {
  const { thread } = request.started;
  const how = endText(record);
  const daemon = thread.daemon ? `, and ${threadText(thread)}, a daemon, with it` : '';
  return {
    code: 'process-exited',
    severity: 'error',
    title: 'The process ended while a request was under way',
    thread,
    request,
    evidence: [
      `${requestText(request)} ${stateText(request)} when ${how}${daemon}, ${duration(ageOf(request, record))} after its start`,
      ...(request.failure === null
        ? []
        : [`its connection broke on the way out: ${request.failure.message}`]),
      ...(record.exit?.stack[0] === undefined ? [] : [`os._exit() was called at ${record.exit.stack[0]}`]),
    ],
    stack: request.started.stack,
    fix: thread.daemon
      ? 'Join the thread before main returns, make it no daemon, or drain it in an atexit handler'
      : 'Await the pending requests before the program ends',
  };
}
