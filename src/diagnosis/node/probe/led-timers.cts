import { isGone, reportTimer } from './reported-timers.cjs';
import { now } from './sink.cjs';
import { framesHere, stackNumber } from './stack.cjs';

/**
 * What sets a timer again and again, such as one job of a scheduler. Once a request has come of one of its timers the
 * next is to send as well, whatever its code says.
 */
export class TimerChain {
  /** Of the callbacks of its timers. */
  readonly text: string;
  /** Where its first timer was set. */
  readonly frames: readonly string[];
  /** In whose timer that was. */
  readonly parent: TimerChain | null;
  #leads = false;
  #waiting: SetTimer[] = [];

  constructor(text: string, frames: readonly string[], parent: TimerChain | null) {
    this.text = text;
    this.frames = frames;
    this.parent = parent;
  }

  timerSet(set: Omit<SetTimer, 'at'>): void {
    const one = { ...set, at: now() };
    if (this.#leads) this.#report(one);
    else this.#waiting = [...this.#waiting.slice(1 - waitingKept), one];
  }

  requestCame(): void {
    if (this.#leads) return;
    this.#leads = true;
    for (const one of this.#waiting.splice(0)) this.#report(one);
    this.parent?.requestCame();
  }

  /** It comes round: what is not sent now is sent by the next, and nobody has lost it who ends the program. */
  #report({ timer, delayMs, at }: SetTimer): void {
    const waiting = timer.deref();
    if (waiting === undefined || isGone(waiting)) return;
    // The one whose callback runs is over only afterwards.
    if (!isInterval(waiting) && now() >= at + delayMs) return;
    reportTimer(waiting, { t: at, delayMs, repeats: true, stack: stackNumber(this.frames) });
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

const waitingKept = 3;
/** A timer that waits less has fired before its lateness could matter, in ms. */
const leastMs = 200;
const mostMs = 2 ** 31 - 1;
const longestText = 2000;
/** Timers that are set in each other's callbacks without end are no chain. */
const mostParents = 8;
const sourceOf = Function.prototype.toString;

/** The chain that a timer belongs to: one in whose timer it is set, if it calls the same code; a short one goes on with what sets it. */
export function chainOf(
  callback: object,
  delayMs: number,
  repeats: boolean,
  setIn: TimerChain | null,
): TimerChain | null {
  if (!(delayMs <= mostMs) || !(repeats || delayMs >= leastMs)) return setIn;
  const text = sourceOf.call(callback);
  if (text.length > longestText) return setIn;
  let parents = 0;
  for (let chain = setIn; chain !== null; chain = chain.parent) {
    if (chain.text === text) return chain;
    if (++parents > mostParents) return null;
  }
  return new TimerChain(text, framesHere(), setIn);
}
