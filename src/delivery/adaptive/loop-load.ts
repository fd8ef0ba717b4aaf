import { performance } from 'node:perf_hooks';

/** Shortest time, in ms, over which a loop's load is measured: within one burst it is always busy. */
const windowMs = 50;

/** What one notification costs the loop that sends it, in ms; generously, so that it never counts as other work. */
const sendMs = 0.1;

/** How busy this thread's loop is with other work than its notifications, and how many of them it has at once. */
export class LoopLoad {
  #last = performance.eventLoopUtilization();
  #lastAtMs = performance.now();
  #sent = 0;
  #most = 0;
  #mostBefore = 0;
  #busyOtherwise = 0;

  /** One more is sent, beside so many that are under way. */
  send(underWay: number): void {
    const now = performance.now();
    if (now - this.#lastAtMs >= windowMs) this.#measure(now);
    this.#sent += 1;
    this.#most = Math.max(this.#most, underWay);
  }

  /** 0..1, of the last window that has ended. */
  get busyOtherwise(): number {
    return this.#busyOtherwise;
  }

  /** Of this window and the one before: replies come many at a time, so that a burst often looks over when it is not. */
  get mostUnderWay(): number {
    return Math.max(this.#most, this.#mostBefore);
  }

  #measure(now: number): void {
    const current = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(current, this.#last);
    const otherMs = Math.max(0, active - this.#sent * sendMs);
    this.#busyOtherwise = active + idle > 0 ? otherMs / (active + idle) : 0;
    // After a pause, what was before it says nothing about now.
    this.#mostBefore = now - this.#lastAtMs < 2 * windowMs ? this.#most : 0;
    this.#last = current;
    this.#lastAtMs = now;
    this.#sent = 0;
    this.#most = 0;
  }
}
