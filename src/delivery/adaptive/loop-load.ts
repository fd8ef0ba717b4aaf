import { performance } from 'node:perf_hooks';

/** Shortest time, in ms, over which a loop's load is measured: within one burst it is always busy. */
const windowMs = 50;

/** What one request costs the loop that makes it, in ms; generously, so that it never counts as other work. */
const requestMs = 0.1;

/** How busy this thread's loop is with other work than the requests that it makes. */
export class LoopLoad {
  #last = performance.eventLoopUtilization();
  #lastAtMs = performance.now();
  #requests = 0;
  #busyOtherwise = 0;

  requested(): void {
    this.#requests += 1;
  }

  /** 0..1, of the last window that has ended. */
  get busyOtherwise(): number {
    const now = performance.now();
    if (now - this.#lastAtMs >= windowMs) this.#measure(now);
    return this.#busyOtherwise;
  }

  #measure(now: number): void {
    const current = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(current, this.#last);
    const otherMs = Math.max(0, active - this.#requests * requestMs);
    this.#busyOtherwise = active + idle > 0 ? otherMs / (active + idle) : 0;
    this.#last = current;
    this.#lastAtMs = now;
    this.#requests = 0;
  }
}
