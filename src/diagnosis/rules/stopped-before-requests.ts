import { capital } from '../../capital.ts';
import { isForeign } from '../../model/frame.ts';
import { showMs } from '../../time/show-ms.ts';
import { sharedPool } from '../advice/advice.ts';
import type { HandOver, ProgramRecord, Standstill, ThreadRecord } from '../record.ts';
import { waitsForItsChild } from './await-unsettled.ts';
import { finalStandstill, isFollowedByRequest, isLeft, isWait } from './request-facts.ts';
import type { RuleOptions, Suspicion } from './rule.ts';
import { standstillFix } from './standstill-fix.ts';
import { standstillText, threadText } from './wording.ts';

/**
 * A client that is called begins its request in a later step of the loop (axios and got do): where the loop stops
 * from the same statement on, there is no request to be seen, nor can one ever be.
 */
export function stoppedBeforeAnyRequest(
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): readonly Suspicion[] {
  // Which thread made the requests that --match leaves out is not known.
  if (record.started === 0 && record.unmatched > 0) return [];
  return record.threads.flatMap((thread) => {
    const last = finalStandstill(thread);
    if (thread.isLauncher || last === null) return [];
    if (isHeld(last, record, hangAfterMs)) return [heldSuspicion(thread, last)];
    if (thread.lastRequestAt !== null) return [];
    // What was posted to it is the bridge's matter.
    if (last.durationMs < hangAfterMs || last.waiting.length > 0) return [];
    if (isLeft(last)) return [];
    if (isSleep(last)) return isOfNoUse(thread, last, record) ? [suspicion(thread, last)] : [];
    const isRoot = record.started === 0 && isStuck(last, record) && !isStuckChild(thread, record);
    return isRoot ? [suspicion(thread, last)] : [];
  });
}

/**
 * A message was taken and the loop has not run since: what it should have led to was not begun, or only when the loop
 * ran again. Of a thread that sends by itself the message was a report; before the first request of all, the program
 * had only started.
 */
export function stoppedAfterMessage(
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): readonly Suspicion[] {
  return record.threads.flatMap((thread) =>
    thread.standstills
      .filter((standstill) => standstill.durationMs >= hangAfterMs && !isWait(standstill))
      .flatMap((standstill) => {
        const { taken, to, from, spins } = standstill;
        if (thread.isLauncher || spins || taken === null || taken.from.succeeded > 0) return [];
        const hasBegun = record.threads.some(({ firstRequestAt }) => (firstRequestAt ?? Infinity) < from);
        // A thread that came to its end by itself had done what it took.
        const isLate =
          to === null ? thread.end?.reason !== 'natural' : isFollowedByRequest(thread, standstill);
        // What had waited for the loop before it was taken is the bridge's matter.
        const stoppedMs = from + standstill.durationMs - Math.max(from, taken.takenAt ?? from);
        const isDue = hasBegun && isLate && !isHandedOn(thread, standstill, taken, record);
        return isDue && stoppedMs >= hangAfterMs ? [suspicionAfter(thread, standstill, taken)] : [];
      }),
  );
}

/** A third thread has begun a request meanwhile: it may have been given the message. */
function isHandedOn(
  thread: ThreadRecord,
  { from, durationMs }: Standstill,
  taken: HandOver,
  { threads }: ProgramRecord,
): boolean {
  const since = taken.takenAt ?? from;
  return threads.some((other) => {
    if (other === thread || other === taken.from || other.pid !== thread.pid) return false;
    const times = [other.firstRequestAt, other.lastRequestAt].filter((at) => at !== null);
    return times.some((at) => at >= since && at <= from + durationMs);
  });
}

/**
 * The watch ended while a loop of the program's awaited, again and again, what had settled: it can only wait for something
 * that its own thread keeps from coming. Code that computes for long may owe nobody anything.
 */
export function awaitingAgainToTheEnd(
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): readonly Suspicion[] {
  // While the watch goes on the loop may yet come back.
  if (record.end.watchedUntil === undefined) return [];
  return record.threads.flatMap((thread) => {
    const last = finalStandstill(thread);
    if (thread.isLauncher || thread.end !== null || !last?.awaitsAgain) return [];
    return last.durationMs >= hangAfterMs ? [suspicionOfAwaits(thread, last)] : [];
  });
}

function suspicionOfAwaits(thread: ThreadRecord, standstill: Standstill): Suspicion {
  return {
    code: 'loop-blocked',
    severity: 'error',
    title: `The loop of ${threadText(thread)} is blocked by code that awaits a settled promise again and again`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}, until the watch ended`,
      'an await of a promise that has settled is a microtask: timers, messages and responses come only after the last of these',
    ],
    stack: standstill.stack,
    fix: 'Await what the loop waits for: an event or a promise that is settled then, or a pause (await setTimeout(50) of node:timers/promises) between its checks',
  };
}

/**
 * Threads that wait in code of the program for another thread to wake them, to the end. It says nothing beside a finding:
 * a worker of the program's own may wait so for its next job.
 */
export function parkedToTheEnd(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  return record.threads.flatMap((thread) => {
    const last = finalStandstill(thread);
    if (thread.isLauncher || last === null || !isWait(last) || last.durationMs < hangAfterMs) return [];
    const [place] = last.stack;
    return place === undefined || isForeign(place) ? [] : [suspicion(thread, last)];
  });
}

/**
 * A thread that had sent came to no end of its synchronous code while it was watched, and something of it may have been
 * due meanwhile. Where another thread sends, the program is at its work.
 */
export function blockedToTheEnd(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  if (record.end.kind === 'exited') return [];
  return record.threads.flatMap((thread) => {
    const last = finalStandstill(thread);
    if (thread.runtime !== 'node' || thread.isLauncher || thread.end !== null || last === null) return [];
    if (isWait(last) || isLeft(last) || thread.requests === 0 || !hasMoreToDo(thread, last)) return [];
    // Where nobody saw what it did, it may have come to run too seldom on a busy machine.
    const isSeen = last.call !== null || last.stack.length > 0;
    if (last.durationMs < hangAfterMs * (isSeen ? 1 : 2)) return [];
    const othersSend = record.threads.some(
      (other) => other !== thread && (other.lastRequestAt ?? 0) > last.from,
    );
    return othersSend ? [] : [blockedSuspicion(thread, last)];
  });
}

/**
 * Who has nothing set and hears nobody owes nobody anything. A timer that was due before its last request has fired: while
 * the loop is blocked nothing says so.
 */
function hasMoreToDo(thread: ThreadRecord, { from }: Standstill): boolean {
  const { hasRepeatingTimer, listensOn, timersToSend } = thread;
  const before = Math.max(from, thread.lastRequestAt ?? 0);
  return (
    hasRepeatingTimer ||
    listensOn.length > 0 ||
    timersToSend.some(({ repeats, at }) => repeats || at > before)
  );
}

/** The same, where its server had been asked meanwhile, and each time it was asked before it sent something for that. */
export function blockedServer(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  if (record.end.kind === 'exited') return [];
  return record.threads.flatMap((thread) => {
    const last = finalStandstill(thread);
    const port = thread.unheardOn?.find((one) => thread.sendsWhenAskedOn?.has(one));
    if (thread.isLauncher || thread.end !== null || last === null || port === undefined) return [];
    if (isWait(last) || isLeft(last) || last.durationMs < hangAfterMs || thread.requests === 0) return [];
    return [serverSuspicion(thread, last, port)];
  });
}

function serverSuspicion(thread: ThreadRecord, standstill: Standstill, port: number): Suspicion {
  return {
    code: 'loop-blocked',
    severity: 'error',
    title: `The loop of ${threadText(thread)} is blocked while its server is asked`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}, until the watch ended`,
      `what has come to its port ${port} meanwhile waits unread in the kernel: each time it was seen to be asked there before, it made a request for that`,
    ],
    stack: standstill.stack,
    fix: standstillFix(standstill, []),
  };
}

function blockedSuspicion(thread: ThreadRecord, standstill: Standstill): Suspicion {
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: `The loop of ${threadText(thread)} was blocked when the watch ended`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}, until the watch ended`,
      `it had made ${thread.requests === 1 ? 'a request' : `${thread.requests} requests`} before; whether another was due meanwhile was not seen`,
    ],
    stack: standstill.stack,
    fix: 'Watch for longer than that code takes (--timeout); where something is to be sent meanwhile, run it in another thread or process',
  };
}

function suspicionAfter(thread: ThreadRecord, standstill: Standstill, taken: HandOver): Suspicion {
  const [posted] = taken.stack;
  return {
    code: 'loop-blocked',
    severity: 'error',
    title: `The loop of ${threadText(thread)} is blocked since it took a message`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} took what ${threadText(taken.from)} had posted${posted === undefined ? '' : ` at ${posted}`}, then ${standstillText(standstill)} for ${showMs(standstill.durationMs)}`,
      standstill.to === null
        ? 'it started no request of it until the end of what was seen'
        : 'only then did it start the next request',
    ],
    stack: standstill.stack.length > 0 ? standstill.stack : taken.stack,
    fix: `Send first, and move the synchronous work to another thread or split it up; or let the thread that knows send by itself (${sharedPool})`,
  };
}

/** No other thread has the memory: none can end the wait. */
function isSleep(standstill: Standstill): boolean {
  return isWait(standstill) && !standstill.shared;
}

/** It sleeps for ever, and has neither asked for anything nor asked another thread to; or nothing was asked for at all. */
function isOfNoUse(thread: ThreadRecord, standstill: Standstill, record: ProgramRecord): boolean {
  return record.started === 0 || (!thread.isMain && !thread.hasPosted && standstill.limitMs === null);
}

/** It runs on when the observation ends, and is not the mere parent of what should send. */
function isStuck(standstill: Standstill, record: ProgramRecord): boolean {
  if (record.end.kind === 'exited' || isWait(standstill)) return false;
  return (
    standstill.call === null ||
    !record.threads.some(({ isMain, startedAt }) => isMain && startedAt >= standstill.from)
  );
}

/** What it prints is not read by a parent that waits for it on its own way to a request: that is where it is mended. */
function isStuckChild({ pid, isMain }: ThreadRecord, { threads }: ProgramRecord): boolean {
  return (
    isMain &&
    threads.some(
      (parent) => parent.fullOutputs.some((output) => output.pid === pid) && waitsForItsChild(parent),
    )
  );
}

/** No thread runs, whatever else it has to send: native code was seen to keep them all from it to the end. */
function isHeld(
  { kind, stack, durationMs }: Standstill,
  { end }: ProgramRecord,
  hangAfterMs: number,
): boolean {
  return kind === 'held' && stack.length > 0 && end.kind !== 'exited' && durationMs >= hangAfterMs;
}

function heldSuspicion(thread: ThreadRecord, standstill: Standstill): Suspicion {
  return {
    code: 'loop-blocked',
    severity: 'error',
    title: `The loop of ${threadText(thread)} is blocked: native code holds the interpreter’s lock`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}, until the watch ended`,
      'a timer that is due, and a request that is begun in a later step, wait for the loop to run',
    ],
    stack: standstill.stack,
    fix: standstillFix(standstill, []),
  };
}

function suspicion(thread: ThreadRecord, standstill: Standstill): Suspicion {
  const parked = isWait(standstill);
  return {
    code: parked ? 'loop-parked' : 'loop-blocked',
    severity: 'error',
    title: `The loop of ${threadText(thread)} ${parked ? 'is parked' : 'is blocked'}, and it has made no request`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}, until the watch ended, and made no request before`,
      'a timer that is due, and a request that its client begins in a later step, wait for the loop to run',
    ],
    stack: standstill.stack,
    fix: standstillFix(standstill, []),
  };
}
