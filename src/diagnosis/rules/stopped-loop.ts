import { capital } from '../../capital.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, RequestRecord, Standstill, ThreadRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { deadlineEvidence } from './deadline-evidence.ts';
import { endText } from './endings.ts';
import { overdueTimers } from './overdue-timers.ts';
import { finalStandstill, isLeft, isOpen, isWait, latencyOf, longestStandstill } from './request-facts.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { parkedFix, standstillFix } from './standstill-fix.ts';
import {
  awaitingAgainToTheEnd,
  blockedServer,
  stoppedAfterMessage,
  stoppedBeforeAnyRequest,
} from './stopped-before-requests.ts';
import { withUnreadOutput } from './unread-output.ts';
import { ageOf, lastSeen, standstillText, startedAt, stateText, threadText } from './wording.ts';

/** A standstill must make up this share of the wait to be its cause. */
const decisiveShare = 0.75;
/** A job that returned is followed by the next wait within this time, in ms. */
const aboutToParkMs = 300;

/** `loop-parked` and `loop-blocked`: the request waits for a loop that does not run. */
export const stoppedLoop: Rule = (record, options) => {
  const found = record.requests.flatMap((request) => {
    const standstill = standstillBehind(request, record, options);
    if (standstill !== null) return [suspicion(request, standstill, record)];
    return isInParkingThread(request, record) ? [parkedBetweenJobs(request, record)] : [];
  });
  const fallbacks = [
    overdueTimers,
    stoppedBeforeAnyRequest,
    stoppedAfterMessage,
    awaitingAgainToTheEnd,
    blockedServer,
  ];
  for (const fallback of fallbacks) if (found.length === 0) found.push(...fallback(record, options));
  return found.map((suspicion) => withUnreadOutput(suspicion, record));
};

/**
 * A thread that parks between its jobs holds nothing alive: the process ended because no job was left, though a
 * request of one was under way, and the thread was about to park with it.
 */
function isInParkingThread(request: RequestRecord, record: ProgramRecord): boolean {
  const { thread } = request;
  if (!isOpen(request) || thread.end?.reason !== 'process-ended' || thread.parks === 0) return false;
  const main = record.threads.find((other) => other.isMain && other.pid === thread.pid);
  return main?.end?.reason === 'natural' && ageOf(request, record) < aboutToParkMs;
}

function parkedBetweenJobs(request: RequestRecord, record: ProgramRecord): Suspicion {
  const { thread } = request;
  return {
    code: 'loop-parked',
    severity: 'error',
    title: `${capital(threadText(thread))} parks between its jobs, and its request was not awaited`,
    thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} when the process ended ${showMs(ageOf(request, record))} later: main had nothing left to wait for, since the job had returned without its request`,
      `${threadText(thread)} waits in Atomics.wait for its next job, where its loop does not run`,
    ],
    stack: request.stack,
    fix: parkedFix(request.stack),
  };
}

function standstillBehind(
  request: RequestRecord,
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): Standstill | null {
  if (isOpen(request)) return standstillAtTheEnd(request, record, hangAfterMs);
  const longest = longestStandstill(request, record);
  if (longest === null || request.retried) return null;
  if (request.failure?.by === 'deadline') {
    return longest.ms >= Math.max(200, latencyOf(request, record) * decisiveShare)
      ? longest.standstill
      : null;
  }
  if (request.failure !== null) return null;
  const latency = latencyOf(request, record);
  const late = latency > hangAfterMs && longest.ms >= hangAfterMs * decisiveShare;
  // A slow server's response would have been as late without it.
  const isReason = latency - longest.ms <= hangAfterMs || longest.ms >= latency / 2;
  return late && isReason ? longest.standstill : null;
}

/** Its thread ended, or the observation did, while the loop did not run and the request with it. */
function standstillAtTheEnd(
  request: RequestRecord,
  record: ProgramRecord,
  hangAfterMs: number,
): Standstill | null {
  const { thread, loop } = request;
  const last = loop === null ? null : finalStandstill(loop);
  const age = ageOf(request, record);
  // A thread that calls process.exit() runs: what it entered on its way out did not keep the request.
  const leaves = thread.end?.reason === 'exit-call';
  if (last !== null && isLeft(last)) return last.durationMs >= hangAfterMs ? last : null;
  if (last !== null && isWait(last) && !leaves && !isAbandonedBefore(request, last)) {
    // A parked loop counts in a short program, too: its request could never progress. Where that was under way, the exit is the cause.
    if (thread.end === null) return age >= hangAfterMs ? last : null;
    if (last.durationMs >= age / 2) return last;
  }
  const longest = longestStandstill(request, record);
  if (longest === null || age < hangAfterMs * decisiveShare) return null;
  const enough = Math.max(hangAfterMs * decisiveShare, last === longest.standstill ? 0 : age * decisiveShare);
  return longest.ms >= enough ? longest.standstill : null;
}

/** A request that had waited long before the loop stopped waits for something else. */
function isAbandonedBefore(request: RequestRecord, standstill: Standstill): boolean {
  return standstill.from - request.startedAt > Math.max(standstill.durationMs, 1000) * 2;
}

function titleFor(standstill: Standstill, thread: ThreadRecord): string {
  if (standstill.kind === 'held') return 'Native code holds the interpreter’s lock while the request waits';
  const how = isLeft(standstill) ? 'has stopped' : isWait(standstill) ? 'is parked' : 'is blocked';
  return `The loop of ${threadText(thread)} ${how} while its request waits`;
}

function suspicion(request: RequestRecord, standstill: Standstill, record: ProgramRecord): Suspicion {
  const { thread } = request;
  const outcome =
    request.headersAt !== null
      ? `was answered only after ${showMs(latencyOf(request, record))}`
      : request.failure !== null
        ? `failed after ${showMs(latencyOf(request, record))} with ${request.failure.code}`
        : `${stateText(request)} after ${showMs(lastSeen(request, record) - request.startedAt)}`;
  return {
    code: isWait(standstill) || isLeft(standstill) ? 'loop-parked' : 'loop-blocked',
    severity: 'error',
    title: titleFor(standstill, thread),
    thread,
    request,
    evidence: [
      `${threadText(thread)} ${standstillText(standstill)} for ${showMs(standstill.durationMs)} while ${requestText(request)}${startedAt(request)} ${outcome}`,
      ...deadlineEvidence(request, record),
      ...(thread.end === null || request.headersAt !== null
        ? []
        : [`then ${endText(thread, thread.end, thread.isMain)}`]),
    ],
    stack: request.stack.length > 0 ? request.stack : standstill.stack,
    fix: standstillFix(standstill, request.stack),
  };
}
