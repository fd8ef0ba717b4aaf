import { Rounds } from '../rounds.ts';
import { isGone, leastDelayMs, mostDelayMs, reportTimerWhile } from './reported-timers.cjs';
import { now } from './sink.cjs';
import { framesHere, stackNumber } from './stack.cjs';

/**
 * What sets a timer again and again, such as one job of a scheduler. Once requests have come of all of its rounds, and
 * of two at least, the next is to send as well, whatever its code says.
 */
export class TimerChain {
  /** Of the callbacks of its timers. */
  readonly text: string;
  /** Where its first timer was set. */
  readonly frames: readonly string[];
  /** In whose timer that was. */
  readonly parent: TimerChain | null;
  /** Each is begun by a timer that is set, or an interval that comes round. */
  readonly #rounds = new Rounds();
  #interval: SetTimer | null = null;
  #roundOfInterval = 0;
  #waiting: SetTimer[] = [];

  constructor(text: string, frames: readonly string[], parent: TimerChain | null) {
    this.text = text;
    this.frames = frames;
    this.parent = parent;
  }

  timerSet(timer: object, delayMs: number): void {
    this.#rounds.begin();
    const one = { timer: new WeakRef(timer), delayMs, at: now() };
    if (isInterval(timer)) {
      this.#interval = one;
      this.#roundOfInterval = startOfRound(timer);
      withIntervals.add(this);
    }
    if (this.#rounds.lead) this.#report(one);
    else this.#waiting = [...this.#waiting.slice(1 - waitingKept), one];
  }

  requestCame(): void {
    this.lookAtInterval();
    if (!this.#rounds.send()) return;
    if (this.#rounds.lead) this.#reportAll();
    this.parent?.requestCame();
  }

  /** Whether its interval, if it has one, is still to be looked at; counts its rounds. */
  lookAtInterval(): boolean {
    const timer = this.#interval?.timer.deref();
    if (timer === undefined || isGone(timer)) return false;
    const start = startOfRound(timer);
    if (start !== this.#roundOfInterval) {
      this.#roundOfInterval = start;
      this.#rounds.begin();
    }
    return true;
  }

  #reportAll(): void {
    for (const one of this.#waiting.splice(0)) this.#report(one);
    if (this.#interval !== null) this.#report(this.#interval);
  }

  /** It comes round: what is not sent now is sent by the next, and nobody has lost it who ends the program. */
  #report({ timer, delayMs, at }: SetTimer): void {
    const waiting = timer.deref();
    if (waiting === undefined || isGone(waiting)) return;
    // The one whose callback runs is over only afterwards.
    if (!isInterval(waiting) && now() >= at + delayMs) return;
    const set = { t: at, delayMs, repeats: true, stack: stackNumber(this.frames), isLed: true as const };
    reportTimerWhile(waiting, set, () => {
      this.lookAtInterval();
      return this.#rounds.lead;
    });
  }
}

interface SetTimer {
  readonly timer: WeakRef<object>;
  readonly delayMs: number;
  readonly at: number;
}

function isInterval(timer: object): boolean {
  return typeof Reflect.get(timer, '_repeat') === 'number';
}

/** Of an interval it is another one after each of its rounds. */
function startOfRound(timer: object): number {
  const start: unknown = Reflect.get(timer, '_idleStart');
  return typeof start === 'number' ? start : 0;
}

/** Chains whose rounds nobody says: they are looked at. */
const withIntervals = new Set<TimerChain>();
const mostWithIntervals = 100;

/** Whether an interval of the program's was set when its chains were last looked at. */
export function hasRepeatingTimer(): boolean {
  return withIntervals.size > 0;
}

/** Asked at every beat, which comes as often as the shortest interval that is followed. */
export function lookAtRounds(): void {
  for (const chain of withIntervals) if (!chain.lookAtInterval()) withIntervals.delete(chain);
}

const waitingKept = 3;
const longestText = 2000;
/** Timers that are set in each other's callbacks without end are no chain. */
const mostParents = 8;
const sourceOf = Function.prototype.toString;

interface NewTimer {
  readonly timer: object;
  readonly callback: object;
  readonly delayMs: number;
  readonly repeats: boolean;
}

/**
 * The chain that a timer belongs to: one in whose timer it is set, if it calls the same code. A timer that is not
 * followed, such as a short one, is none of its rounds, but goes on with what set it.
 */
export function chainSet(
  { timer, callback, delayMs, repeats }: NewTimer,
  setIn: TimerChain | null,
): TimerChain | null {
  if (!(delayMs >= leastDelayMs && delayMs <= mostDelayMs)) return setIn;
  if (repeats && withIntervals.size >= mostWithIntervals) return setIn;
  const text = sourceOf.call(callback);
  // What wakes from a sleep says nothing of what it is to do.
  if (text.length > longestText || text.includes('[native code]')) return setIn;
  const chain = chainByText(text, setIn);
  chain?.timerSet(timer, delayMs);
  return chain;
}

function chainByText(text: string, setIn: TimerChain | null): TimerChain | null {
  let parents = 0;
  for (let chain = setIn; chain !== null; chain = chain.parent) {
    if (chain.text === text) return chain;
    if (++parents > mostParents) return null;
  }
  return new TimerChain(text, framesHere(), setIn);
}
