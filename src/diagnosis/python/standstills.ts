import type { HandOver, Standstill } from '../record.ts';
import type { EventOf, LoopSeen } from './event.ts';
import type { Handed } from './handed-work.ts';
import { type Hold, type Holds, overlap } from './holds.ts';
import type { PythonLoop } from './loop.ts';

/** What is known of a process when a standstill is judged. */
export interface ProcessContext {
  readonly handed: readonly Handed[];
  readonly waits: readonly EventOf<'wait'>[];
  /** Such waits that came to an end: the last of them. */
  readonly pastWaits: readonly EventOf<'wait'>[];
  readonly loopOf: (number: number) => PythonLoop | undefined;
  /** Whether something waits for the loop. */
  readonly isMissed: (loop: PythonLoop) => boolean;
  readonly endedAt: number;
  /** When the process's threads last came to run, where native code has held it since; null where none does. */
  readonly heldSince: number | null;
  /** Where that native code was called; empty where it is not known. */
  readonly heldAt: readonly string[];
  /** Times in which native code held it and let go again. */
  readonly holds: Holds;
}

type Place = Readonly<Pick<LoopSeen, 'statement' | 'waitsFor' | 'inLock'>> & {
  readonly stack: readonly string[];
};

const nowhere: Place = { statement: null, stack: [], waitsFor: null, inLock: false };

/** When the loop did not run, in order. */
export function standstillsOf(loop: PythonLoop, around: ProcessContext): readonly Standstill[] {
  const reported = loop.blocked.map((event) => pastStandstill(loop, event, around));
  const unreported = around.holds.past.filter(
    (hold) => ran(loop, hold) && !reported.some((one) => covers(one, hold)),
  );
  const past = [...reported, ...unreported.map(pastHold)].sort((a, b) => a.from - b.from);
  const now = standstillNow(loop, around);
  const all = now === null ? past : [...past, now];
  return all.map((found) => ({ ...found, waiting: waitingIn(found, all, loop, around) }));
}

function pastStandstill(
  loop: PythonLoop,
  event: EventOf<'loop-blocked'>,
  around: ProcessContext,
): Standstill {
  const { t, forMs } = event;
  const time = { from: t - forMs, to: t, durationMs: forMs };
  const hold = around.holds.behind(time.from, time.to);
  if (event.overslept || (hold !== null && hold.tid !== loop.thread?.tid))
    return standstill('held', time, hold === null ? event : { ...nowhere, stack: hold.stack });
  const found = standstill(
    'blocked',
    time,
    event.stack.length > 0 ? event : { ...event, stack: hold?.stack ?? [] },
  );
  // The `Future.result()` that took up most of it.
  const wait = around.pastWaits.find(
    (one) => one.loop === loop.number && one.t >= t - forMs && one.t <= t - forMs / 2,
  );
  return { ...found, needsItself: needsItself(loop, event, wait ?? null, around) };
}

/** A standstill of a process of which no thread comes to run. */
export function heldStandstill(since: number, endedAt: number, stack: readonly string[]): Standstill {
  const place = { ...nowhere, stack };
  return standstill('held', { from: since, to: null, durationMs: endedAt - since }, place);
}

function pastHold({ from, to, stack }: Hold): Standstill {
  return standstill('held', { from, to, durationMs: to - from }, { ...nowhere, stack });
}

function ran({ firstRunAt, since, state }: PythonLoop, { from, to }: Hold): boolean {
  return firstRunAt < to && (state === 'running' || since > from);
}

function covers({ from, durationMs }: Standstill, hold: Hold): boolean {
  return overlap(hold, from, from + durationMs) > 0;
}

function standstillNow(loop: PythonLoop, around: ProcessContext): Standstill | null {
  const { state, seen, seenAt, since, thread } = loop;
  const { endedAt, heldSince, heldAt } = around;
  if (state === 'running') {
    if (heldSince !== null) return heldStandstill(heldSince, endedAt, heldAt);
    if (seen === null || seen.polling || seenAt < (loop.blocked.at(-1)?.t ?? 0)) return null;
    const from = seenAt - seen.stillMs;
    const wait = around.waits.find((item) => item.loop === loop.number) ?? null;
    const found = standstill('blocked', { from, to: null, durationMs: seen.stillMs }, seen);
    return { ...found, call: wait?.call ?? null, needsItself: needsItself(loop, seen, wait, around) };
  }
  if (state === 'new' || !around.isMissed(loop)) return null;
  const lastHanded = Math.max(...around.handed.map(({ loop: to, at }) => (to === loop ? at : since)), since);
  // What comes after the end of its thread waits for as long as anybody watches.
  const end = thread?.end?.at ?? endedAt;
  const until = Math.min(lastHanded > end ? endedAt : end, endedAt);
  return standstill(
    state,
    { from: since, to: null, durationMs: Math.max(0, until - since) },
    seen ?? nowhere,
  );
}

function standstill(
  kind: Standstill['kind'],
  time: Pick<Standstill, 'from' | 'to' | 'durationMs'>,
  { statement, stack }: Place,
): Standstill {
  return {
    kind,
    ...time,
    call: null,
    statement,
    stack,
    shared: false,
    limitMs: null,
    spins: false,
    awaitsAgain: false,
    timedOut: false,
    needsItself: false,
    askedBy: null,
    waiting: [],
    taken: null,
    overdue: null,
  };
}

/** What was handed to the loop and not begun, with the longest of the standstills that it lived through. */
function waitingIn(
  found: Standstill,
  all: readonly Standstill[],
  loop: PythonLoop,
  { handed, endedAt }: ProcessContext,
): readonly HandOver[] {
  return handed
    .filter((item) => item.loop === loop && !item.started)
    .filter(({ at, abandonedAt }) => longestWithin(all, at, abandonedAt ?? endedAt) === found)
    .map(({ at, what, from, stack, abandonedAt }) => ({
      at,
      work: what,
      takenAt: null,
      abandonedAt,
      from,
      stack,
    }));
}

function longestWithin(all: readonly Standstill[], from: number, to: number): Standstill | null {
  const within = all.filter((one) => one.from < to && one.from + one.durationMs > from);
  return within.reduce<Standstill | null>(
    (longest, next) => (longest === null || next.durationMs > longest.durationMs ? next : longest),
    null,
  );
}

/** Whether a loop waits, in its own thread, for something that only it can bring about. */
function needsItself(
  loop: PythonLoop,
  place: Place,
  wait: EventOf<'wait'> | null,
  { handed, loopOf }: ProcessContext,
): boolean {
  const waitsHere = (from: number | undefined) =>
    handed.some((item) => item.loop === loop && item.abandonedAt === null && item.from.tid === from);
  if (wait === null) return place.inLock && place.waitsFor !== null && waitsHere(place.waitsFor);
  const awaited = handed.find(({ number }) => number === wait.h);
  if (awaited === undefined) return false;
  // What was handed back from the thread that does the work may need this loop too.
  return awaited.loop === loop || waitsHere(loopOf(awaited.loop.number)?.thread?.tid);
}
