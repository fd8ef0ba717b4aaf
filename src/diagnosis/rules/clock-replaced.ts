import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ReplacedClock, ThreadRecord } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/** `clock-replaced`: the timers belong to a fake clock, which nobody moves on. */
export const clockReplaced: Rule = (record, { hangAfterMs }) =>
  record.threads.flatMap((thread) => {
    const { clock } = thread;
    if (clock === null || thread.isLauncher) return [];
    return isStill(thread, clock, record, hangAfterMs) ? [suspicion(thread, clock, record)] : [];
  });

function isStill(
  thread: ThreadRecord,
  clock: ReplacedClock,
  record: ProgramRecord,
  hangAfterMs: number,
): boolean {
  const left = leftAtEnd(thread, clock);
  if (left !== null && left > 0) return true;
  // Somebody moved it on, and whatever was set on it has fired then or was cleared.
  if (left !== null && clock.moves?.lastAt != null) return false;
  return !isMovedOn(thread, clock) || isLeftBehind(thread, clock, record, hangAfterMs);
}

/** Requests are made though the timers are the fake clock's: somebody moves it on, or needs no timer. */
function isMovedOn(thread: ThreadRecord, { at, timersSet }: ReplacedClock): boolean {
  const since = timersSet[0]?.at ?? at;
  return (thread.lastRequestAt ?? 0) > since;
}

/** Of so many timers the last one that was set may not be known. */
const mostKnown = 50;

/** Nothing was sent since the last timer was set on it, for long. */
function isLeftBehind(
  thread: ThreadRecord,
  { timersSet }: ReplacedClock,
  record: ProgramRecord,
  hangAfterMs: number,
): boolean {
  const last = timersSet.at(-1);
  if (last === undefined || timersSet.length >= mostKnown || (thread.lastRequestAt ?? 0) > last.at)
    return false;
  return (thread.end?.at ?? record.end.at) - last.at >= hangAfterMs;
}

/**
 * How many of its timers can't fire any more, since nothing held the loop: those that were set after the clock was last
 * moved on, or a request was made. Null where that is not known.
 */
function leftAtEnd({ end, lastRequestAt }: ThreadRecord, { timersSet, moves }: ReplacedClock): number | null {
  if (end?.reason !== 'natural' || moves === null || timersSet.length >= mostKnown) return null;
  const since = Math.max(moves.lastAt ?? Number.NEGATIVE_INFINITY, lastRequestAt ?? Number.NEGATIVE_INFINITY);
  return timersSet.filter(({ at }) => at > since).length - moves.clearedSince;
}

interface ClockText {
  /** Whose the timers should be. */
  readonly owner: string;
  /** What was replaced, and that it still is. */
  readonly replaced: string;
  readonly still: string;
  /** What goes by the clock since. */
  readonly used: string;
  readonly fix: string;
}

const texts: Readonly<Record<ThreadRecord['runtime'], ClockText>> = {
  node: {
    owner: 'Node’s',
    replaced: 'setTimeout and the other timers were',
    still: 'still were',
    used: 'timers were set with the fake clock',
    fix: 'Restore the real timers (clock.uninstall(), useRealTimers(), mock.timers.reset()), or keep fake ones out of the running program',
  },
  python: {
    owner: 'the system’s',
    replaced: 'the clock was',
    still: 'still was',
    used: 'the program waits by that clock',
    fix: 'Restore the real clock (patch.stop(), mock.patch.stopall(), the end of freeze_time) before anything waits, or replace only what is displayed and leave time.monotonic alone',
  },
};

function suspicion(thread: ThreadRecord, clock: ReplacedClock, record: ProgramRecord): Suspicion {
  const [timer] = clock.timersSet;
  const [installed] = clock.stack;
  const { owner, replaced, still, used, fix } = texts[thread.runtime];
  const until = thread.end?.at ?? record.end.at;
  return {
    code: 'clock-replaced',
    severity: 'error',
    title: `The timers of ${threadText(thread)} are not ${owner}: ${clock.by}`,
    thread,
    request: null,
    evidence: [
      `${replaced} replaced${installed === undefined ? '' : ` at ${installed}`} by ${clock.by}, and ${still} ${showMs(until - clock.at)} later, at the end`,
      timer === undefined
        ? 'no request was started since'
        : `${used}${placesOf(clock)}; no request was started since: such a timer fires only when the program advances the clock`,
    ],
    stack: timer !== undefined && timer.stack.length > 0 ? timer.stack : clock.stack,
    fix,
  };
}

const placesShown = 3;

/** The last of them: those before may have fired when the program moved the clock on. */
function placesOf({ timersSet }: ReplacedClock): string {
  const places = [...new Set(timersSet.flatMap(({ stack: [place] }) => place ?? []))].slice(-placesShown);
  return places.length === 0 ? '' : ` at ${places.join(', ')}`;
}
