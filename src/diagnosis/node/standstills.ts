import type { DueTimer, HandOver, Standstill, TimerToSend } from '../record.ts';
import { setsItself, sleepsAgain } from '../source/leading-line.ts';
import { matchingAt } from './matching.ts';
import { beatMs, type EventOf } from './protocol.ts';
import type { StoppingCall, Thread, Unread } from './thread.ts';

/** A loop that runs again within this time of its beat was stopped too briefly to matter. */
const briefMs = 400;
const keptStandstills = 500;

export function stopped(thread: Thread, { t, call, stack, shared, limitMs }: EventOf<'loop-stopped'>): void {
  if (call === 'Atomics.wait') thread.parks++;
  thread.stoppingCall = {
    from: t,
    call,
    stack,
    shared,
    limitMs,
    to: null,
    timedOut: false,
    failed: false,
    askedBy: null,
  };
}

export function loopResumed(thread: Thread, { t: at, timedOut, failed }: EventOf<'loop-resumed'>): void {
  const { stoppingCall, longestStop } = thread;
  if (stoppingCall === null) return;
  thread.stoppingCall = null;
  thread.stoppedMs += at - stoppingCall.from;
  if (longestStop === null || at - stoppingCall.from > (longestStop.to ?? at) - longestStop.from) {
    thread.longestStop = { ...stoppingCall, to: at, timedOut, failed };
  }
}

export function loopRan(thread: Thread, at: number): void {
  closeStandstill(thread, at, false);
  thread.loopRanAt = at;
  thread.longestStop = null;
  thread.stoppedMs = 0;
  thread.blockedStack = [];
  thread.spins = false;
  thread.awaitsAgain = false;
  thread.taken = null;
  thread.takenLate = [];
  if (thread.unread.length > 0) thread.unread = thread.unread.filter((post) => post.at > at);
}

/** Keeps what lies between the time at which the thread's loop last ran and `at`, if it was long; `open` where it has not run since. */
export function closeStandstill(thread: Thread, at: number, open: boolean): void {
  const gap = at - thread.loopRanAt - beatMs;
  const call = decisiveCall(thread, gap);
  if (call === null && !(gap > briefMs)) return;
  // One short call after another in one iteration of the loop keeps it as a long one does.
  const durationMs = call === null ? gap : Math.max(gap, (call.to ?? at) - call.from);
  if (!open && durationMs < briefMs) return;
  keep(thread, {
    kind: call?.call === 'Atomics.wait' ? 'parked' : 'blocked',
    from: call === null ? thread.loopRanAt : Math.min(call.from, (call.to ?? at) - durationMs),
    to: open ? null : at,
    durationMs,
    call: call?.call ?? null,
    statement: call === null ? matchingAt(thread.blockedStack[0]) : null,
    stack: call === null ? thread.blockedStack : thread.stack(call.stack),
    shared: call?.shared ?? false,
    limitMs: call?.limitMs ?? null,
    spins: call === null && thread.spins,
    awaitsAgain: call === null && thread.awaitsAgain,
    needsItself: false,
    timedOut: call?.timedOut ?? false,
    askedBy: call !== null && (call.to === null || call.failed) ? call.askedBy : null,
    waiting: [
      ...thread.takenLate.map((post) => postOf(post, post.takenAt)),
      ...thread.unread.filter((post) => post.at <= at).map((post) => postOf(post, null)),
    ],
    taken: thread.taken === null ? null : postOf(thread.taken, thread.taken.takenAt),
    overdue: overdueAt(thread, at),
  });
}

/** The first timer to send something that fell due since it last ran, unless a request has been started for it; a sleep where there is no other. */
export function overdueAt(thread: Thread, at: number): DueTimer | null {
  const [first] = [...thread.timersSet.values()]
    .map((timer) => ({ timer, at: nextDue(timer, thread) }))
    .filter((due) => due.at > thread.loopRanAt && due.at < at && !hasRequestFor(thread, due.at, at))
    .sort((a, b) => Number(a.timer.isSleep) - Number(b.timer.isSleep) || a.at - b.at);
  if (first === undefined) return null;
  const { delayMs, isSleep, isGiven } = first.timer;
  const given = isGiven === true ? { isGiven } : {};
  return { at: first.at, delayMs, isSleep, ...given, stack: thread.stack(first.timer.stack) };
}

/** Those that were not seen to fire. What a package does with a timer of its own at the end is its matter. */
export function timersToSend(thread: Thread): readonly TimerToSend[] {
  const own = [...thread.timersSet.values()].filter(({ isGiven }) => isGiven !== true);
  return own.map((timer) => ({
    at: nextDue(timer, thread),
    repeats: timer.repeats || (timer.isSleep && sleepsAgain(thread.stack(timer.stack))),
    setAt: timer.t,
    delayMs: timer.delayMs,
    isSleep: timer.isSleep,
    isMessage: timer.isMessage === true,
    isLed: timer.isLed === true,
    setsItself: !timer.isSleep && setsItself(thread.stack(timer.stack)),
    stack: thread.stack(timer.stack),
  }));
}

function nextDue(
  { t, delayMs, repeats }: EventOf<'timer-set'>,
  { loopRanAt, lastRequestAt }: Thread,
): number {
  // What came of its last time is none of the next one's.
  const since = Math.max(loopRanAt, lastRequestAt ?? loopRanAt);
  if (!repeats || t + delayMs > since) return t + delayMs;
  return t + Math.ceil((since - t) / delayMs) * delayMs;
}

/** A request that was started just as the loop ran again is the one that had to wait. */
function hasRequestFor({ lastRequestAt }: Thread, dueAt: number, at: number): boolean {
  return lastRequestAt !== null && lastRequestAt >= dueAt && lastRequestAt < at - 250;
}

function postOf({ at, from, stack }: Unread, takenAt: number | null): HandOver {
  return { at, work: null, takenAt, abandonedAt: null, from, stack: from.stack(stack) };
}

/** The longest call counts where such calls make up most of the gap, any where the thread is in it still. */
function decisiveCall({ stoppingCall, longestStop, stoppedMs }: Thread, gap: number): StoppingCall | null {
  return stoppingCall ?? (stoppedMs > gap * 0.5 ? longestStop : null);
}

function keep({ standstills }: Thread, found: Standstill): void {
  standstills.push(found);
  if (standstills.length <= keptStandstills) return;
  const shortest = standstills.reduce((least, item) => (item.durationMs < least.durationMs ? item : least));
  standstills.splice(standstills.indexOf(shortest), 1);
}
