import { monotonicMs } from './clock.ts';

/** The longest delay of Node's own timers, in ms; a longer one would fire after 1 ms (https://nodejs.org/api/timers.html). */
const longestDelayMs = 2 ** 31 - 1;

/** A timer of any length. */
export interface LongTimer {
  clear(): void;
  /** It does not keep the thread alive. */
  unref(): LongTimer;
}

/** As `setTimeout`, for any delay in ms; `Infinity` never fires. Never early by the monotonic clock. */
export function startTimer(callback: () => void, delayMs: number): LongTimer {
  return new Timer(callback, monotonicMs() + delayMs);
}

class Timer implements LongTimer {
  readonly #callback: () => void;
  readonly #dueAtMs: number;
  #timeout: NodeJS.Timeout;
  #isRefed = true;

  constructor(callback: () => void, dueAtMs: number) {
    this.#callback = callback;
    this.#dueAtMs = dueAtMs;
    this.#timeout = this.#arm();
  }

  clear(): void {
    clearTimeout(this.#timeout);
  }

  unref(): LongTimer {
    this.#isRefed = false;
    this.#timeout.unref();
    return this;
  }

  /** Node's timers count whole ms and may fire a fraction of one early. */
  #arm(): NodeJS.Timeout {
    const leftMs = Math.max(1, Math.min(longestDelayMs, Math.ceil(this.#dueAtMs - monotonicMs())));
    const timeout = setTimeout(() => this.#wake(), leftMs);
    return this.#isRefed ? timeout : timeout.unref();
  }

  #wake(): void {
    if (monotonicMs() < this.#dueAtMs) this.#timeout = this.#arm();
    else this.#callback();
  }
}

/** True when the promise has settled within `ms`; false when that time has passed. Keeps the thread alive meanwhile. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = startTimer(() => resolve(false), ms);
    const settle = () => {
      timer.clear();
      resolve(true);
    };
    promise.then(settle, settle);
  });
}
