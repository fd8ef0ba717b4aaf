import type { Runtime } from '../../model/runtime.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ForgottenTimer, ProgramRecord, RequestRecord, ThreadRecord, TimerToSend } from '../record.ts';
import { requestText } from '../request-text.ts';
import { isFailed } from './failures.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, startedAt, threadText } from './wording.ts';

/** `timer-overflow`: Node makes a delay beyond 2^31-1 ms one of 1 ms; a Python thread can't wait for so long, and ends. */
export const timerOverflow: Rule = (record) =>
  record.overflows
    .filter(({ thread, frames }) => !thread.isLauncher && frames.length > 0)
    .map(({ thread, delayMs, frames }) => ({
      code: 'timer-overflow',
      severity: 'error',
      title:
        delayMs === null
          ? 'A timer’s delay is not a number: it fires after 1 ms'
          : overflow[thread.runtime].title,
      thread,
      request: null,
      evidence: [
        delayMs === null
          ? `${threadText(thread)} set a timer that is to send${frames[0] === undefined ? '' : ` at ${frames[0]}`}, with a delay that is not a number (NaN): Node makes it 1 ms`
          : `${threadText(thread)} set a timer of ${delayMs} ms (${(delayMs / 86_400_000).toFixed(1)} days)${frames[0] === undefined ? '' : ` at ${frames[0]}`}; ${overflow[thread.runtime].longest}`,
      ],
      stack: frames,
      fix:
        delayMs === null
          ? 'Check what the delay is made of (an invalid date, a text with a unit such as 10s) before the timer is set'
          : null,
    }));

const overflow: Readonly<Record<Runtime, { readonly title: string; readonly longest: string }>> = {
  node: {
    title: 'A timer’s delay does not fit in 31 bits: it fires after 1 ms',
    longest: 'the longest is 2147483647 ms (24.8 days), and Node makes it 1 ms',
  },
  python: {
    title: 'A timer’s delay is longer than a thread can wait for: it never fires',
    longest:
      'the longest is threading.TIMEOUT_MAX, and the thread of the timer ends at once with an OverflowError; a delay is in seconds, and counts from now',
  },
};

/** What a thread had still to send when it ended; what comes round again may have nothing to send. */
export function timersLeft({ timersToSend }: ThreadRecord, endedAt: number): readonly TimerToSend[] {
  return timersToSend.filter(({ repeats, at: dueAt }) => !repeats && dueAt > endedAt);
}

/**
 * What the watch was too short for: timers that are to send, of which nobody has seen what they do. What comes round
 * again has shown itself, unless its round is longer than all that was watched.
 */
export function unseenTimers({ threads, end }: ProgramRecord): readonly UnseenTimer[] {
  if (end.kind === 'exited') return [];
  return threads
    .filter((thread) => !thread.isLauncher && thread.end === null)
    .flatMap((thread) =>
      thread.timersToSend
        .filter(
          ({ at: dueAt, repeats, setsItself, delayMs }) =>
            dueAt > end.at && (!(repeats || setsItself) || delayMs > end.at - thread.startedAt),
        )
        .map((timer) => ({ thread, timer, dueInMs: Math.round(timer.at - end.at) })),
    )
    .sort((a, b) => a.dueInMs - b.dueInMs);
}

export interface UnseenTimer {
  readonly thread: ThreadRecord;
  readonly timer: TimerToSend;
  readonly dueInMs: number;
}

/** Reads on after `its` or `a`. */
export function unfiredText({ delayMs, stack }: TimerToSend): string {
  return `timer of ${showMs(delayMs)} set${at(stack)}, which is to send, had not fired`;
}

/** `timer-unreferenced`: the loop ran out of work before a timer that does not hold it. */
export const timerUnreferenced: Rule = (record) =>
  record.threads.flatMap((thread) => {
    if (thread.isLauncher || thread.end?.reason !== 'natural') return [];
    return thread.timers
      .filter((timer) => isNotification(timer, thread, record))
      .map((timer) => suspicion(thread, timer, failedBefore(timer, thread, record)));
  });

/** A watchdog beside a request, or one that would have ended the program, was never meant to fire. */
function isNotification(timer: ForgottenTimer, thread: ThreadRecord, record: ProgramRecord): boolean {
  if (timer.purpose === 'guard' || isOutrun(timer, thread)) return false;
  if (timer.purpose === 'retry') return failedBefore(timer, thread, record) !== null;
  // Housekeeping is let go of as a rule; it is what the program was for where nothing else was going on.
  if (timer.repeats)
    return record.started === 0 && record.lostPosts.length === 0 && record.errors.length === 0;
  if (timer.purpose === 'send') return true;
  if (record.started === 0 || thread.end?.code === 13) return true;
  return !timer.besideRequest && (thread.lastRequestAt ?? 0) < timer.at;
}

/** The function that set it has gone on without it, as from a race that something else has won. */
function isOutrun({ isSleep, stack: [frame] }: ForgottenTimer, { awaits }: ThreadRecord): boolean {
  if (!isSleep || frame === undefined || awaits?.when !== 'end' || awaits.pending === null) return false;
  return !awaits.pending.some(({ chain }) =>
    chain.some(
      ({ file, function: name }) =>
        frame.startsWith(`${file}:`) && (name === '' || frame.endsWith(`${name})`)),
    ),
  );
}

/** A package pauses so soon after what failed, in ms, before it tries again. */
const retriesWithinMs = 500;

/** The request that a package was about to make again. */
function failedBefore(
  { purpose, at: setAt }: ForgottenTimer,
  thread: ThreadRecord,
  { requests }: ProgramRecord,
): RequestRecord | null {
  if (purpose !== 'retry' || (thread.lastRequestAt ?? 0) > setAt) return null;
  const failed = requests.filter(({ thread: its, endedAt, headersAt }) => {
    const settledAt = headersAt ?? endedAt;
    return its === thread && settledAt !== null && settledAt <= setAt && setAt - settledAt < retriesWithinMs;
  });
  return failed.findLast(isFailed) ?? null;
}

function suspicion(thread: ThreadRecord, timer: ForgottenTimer, failed: RequestRecord | null): Suspicion {
  const { stack } = timer;
  return {
    code: 'timer-unreferenced',
    severity: 'error',
    title: `${unreferenced[thread.runtime].title} had not fired when ${threadText(thread)} ended`,
    thread,
    request: null,
    evidence: [
      `the timer of ${showMs(timer.delayMs)}${stack[0] === undefined ? '' : ` at ${stack[0]}`} had not fired when ${threadText(thread)} ended with code ${thread.end?.code ?? 0} ${unreferenced[thread.runtime].why}`,
      ...(failed === null
        ? []
        : [
            `it was the pause before the next try of ${requestText(failed)}${startedAt(failed)} which had failed and was not made again`,
          ]),
    ],
    stack: [...stack, ...(failed?.stack ?? [])],
    fix:
      failed === null
        ? null
        : 'Let the pause between two tries hold the event loop (no unref: true in the options of what tries again), or hold it by something else until the last try is over',
  };
}

const unreferenced: Readonly<Record<Runtime, { readonly title: string; readonly why: string }>> = {
  node: {
    title: 'An unreferenced timer (unref), which does not hold the event loop,',
    why: 'because nothing else kept its event loop alive',
  },
  python: {
    title: 'A timer whose thread is a daemon, which does not keep the program alive,',
    why: 'because no other thread kept the program alive',
  },
};
