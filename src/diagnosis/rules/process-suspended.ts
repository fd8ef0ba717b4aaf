import { showMs } from '../../time/show-ms.ts';
import type { HowSuspended, ProgramRecord, RequestRecord, Suspension, ThreadRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, lastSeen, startedAt, threadText } from './wording.ts';

/** `process-suspended`: the whole process was kept from running while something waited for it. */
export const processSuspended: Rule = (record, { hangAfterMs }) => {
  const ofRequests = record.requests.flatMap((request) => {
    const suspension = behind(request, record, hangAfterMs);
    return suspension === null ? [] : [ofRequest(request, suspension, record)];
  });
  if (ofRequests.length > 0) return ofRequests;
  return record.threads.flatMap((thread) =>
    thread.isLauncher || isFull(thread, record)
      ? []
      : thread.suspensions
          .filter(
            (suspension) =>
              suspension.standstill.durationMs >= hangAfterMs &&
              keptWaiting(thread, suspension, hangAfterMs) !== null,
          )
          .slice(0, 1)
          .map((suspension) => ofThread(thread, suspension, hangAfterMs)),
  );
};

/** What kept it from running was its own heap, which was collected again and again. */
function isFull({ isMain }: ThreadRecord, { memory }: ProgramRecord): boolean {
  return isMain && memory?.isFull === true;
}

function behind(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): Suspension | null {
  const { thread, startedAt: from, failure, status, retried } = request;
  if (retried || failure?.by === 'program') return null;
  const until = request.headersAt ?? lastSeen(request, record);
  for (const suspension of thread.suspensions) {
    const { standstill } = suspension;
    const overlapMs =
      Math.min(standstill.from + standstill.durationMs, until) - Math.max(standstill.from, from);
    const waitedMs = until - from;
    if (overlapMs < hangAfterMs * 0.75 || overlapMs < waitedMs * 0.5) continue;
    if (status === null || failure !== null || waitedMs > hangAfterMs) return suspension;
  }
  return null;
}

function ofRequest(
  request: RequestRecord,
  { how, standstill, stoppedBy }: Suspension,
  record: ProgramRecord,
): Suspicion {
  const until = request.headersAt ?? lastSeen(request, record);
  const outcome =
    request.failure !== null
      ? `then failed with ${request.failure.code || request.failure.message}`
      : request.status !== null
        ? `was answered only after ${showMs(until - request.startedAt)}`
        : 'was not answered until the end of what was seen';
  return {
    code: 'process-suspended',
    severity: 'error',
    title: titles[how],
    thread: request.thread,
    request,
    evidence: [
      `${howTexts[how]} for ${showMs(standstill.durationMs)} (process ${request.thread.pid}): none of its threads ran`,
      `${requestText(request)}${startedAt(request)} waited meanwhile; it ${outcome}`,
      ...stopperText(stoppedBy),
    ],
    stack: [...request.stack, ...(stoppedBy?.stack ?? [])],
    fix: stoppedBy === null ? fixes[how] : resume,
    isOfMachine: how === 'starved',
  };
}

function ofThread(thread: ThreadRecord, suspension: Suspension, hangAfterMs: number): Suspicion {
  const { how, standstill, stoppedBy, interrupted, sentAfter } = suspension;
  return {
    code: 'process-suspended',
    severity: 'error',
    title: titles[how],
    thread,
    request: null,
    evidence: [
      `${howTexts[how]} for ${showMs(standstill.durationMs)} (process ${thread.pid}): none of its threads ran`,
      `${threadText(thread)}: ${keptWaiting(thread, suspension, hangAfterMs) ?? ''}`,
      ...(sentAfter?.started[0] === undefined ? [] : [`the thread was started at ${sentAfter.started[0]}`]),
      ...stopperText(stoppedBy),
    ],
    stack: [...(standstill.overdue?.stack ?? sentAfter?.stack ?? interrupted), ...(stoppedBy?.stack ?? [])],
    fix: stoppedBy === null ? fixes[how] : resume,
    isOfMachine: how === 'starved',
  };
}

/** What waited long for the process, or for one that never went on; what came as it went on did not. */
function keptWaiting(
  { end }: ThreadRecord,
  { standstill: { overdue, waiting, from, to, durationMs }, interrupted, sentAfter }: Suspension,
  hangAfterMs: number,
): string | null {
  const until = from + durationMs;
  const neverRanAgain = end !== null && to === null;
  const latest = neverRanAgain ? until : until - hangAfterMs;
  if (overdue !== null && overdue.at <= latest)
    return `a timer of ${showMs(overdue.delayMs)} that is to send fell due meanwhile`;
  if (interrupted.length > 0) return `it was stopped${at(interrupted)}, in code that goes on to send`;
  if (sentAfter !== null)
    return `it began its request${at(sentAfter.stack)} only as the process ran again (${showMs(sentAfter.afterMs)} after that)`;
  return waiting.some(({ at: postedAt }) => postedAt <= latest)
    ? 'messages that were posted to it waited meanwhile'
    : null;
}

function stopperText(stoppedBy: Suspension['stoppedBy']): readonly string[] {
  if (stoppedBy === null) return [];
  const { thread, signal, byCommand, stack } = stoppedBy;
  return [
    byCommand
      ? `${threadText(thread)} had started a command that was to send it ${signal}${at(stack)}`
      : `${threadText(thread)} had sent it ${signal}${at(stack)}`,
  ];
}

/** Where the program itself stops one. */
const resume =
  'Send SIGCONT in a `finally`, so that an error in between leaves no process stopped, and stop one only once it has said that it has sent everything';

const titles: Readonly<Record<HowSuspended, string>> = {
  stopped: 'The process was stopped (SIGSTOP) while it had something to send',
  frozen: 'The process was frozen while it had something to send',
  starved: 'The process got no CPU while it had something to send',
};

const howTexts: Readonly<Record<HowSuspended, string>> = {
  stopped: 'the kernel held the process stopped, as after SIGSTOP or SIGTSTP',
  frozen: 'the kernel’s freezer held the process suspended, as in a paused container',
  starved: 'the process was ready to run and got no CPU',
};

const fixes: Readonly<Record<HowSuspended, string>> = {
  stopped:
    'Await the request before you hand the result back to a platform that freezes the process, and do not count on timers across a freeze',
  frozen:
    'Await the request before you hand the result back to a platform that freezes the process, and do not count on timers across a freeze',
  starved:
    'Give the process more CPU (quota, priority, fewer neighbours); its own code did not block the loop',
};
