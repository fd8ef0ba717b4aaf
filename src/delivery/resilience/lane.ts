import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../measure/clock.ts';
import type { RateOptions } from './options.ts';
import { settlesWithin } from './wait.ts';

/**
 * One channel's messages: one at a time and in the order they came, so that no retry overtakes another message, at no
 * more than the channel's rate. Nothing is dropped: what has to wait waits until its own deadline.
 */
export class Lane {
  readonly #rate: RateOptions;
  #last: Promise<void> = Promise.resolve();
  #occupants = 0;
  #tokens: number;
  #countedAtMs = monotonicMs();

  constructor(rate: RateOptions) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Waits for the turn. Resolves to the function that ends it, or to null when the deadline came first. */
  async enter(deadlineAtMs: number): Promise<(() => void) | null> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    this.#occupants += 1;
    const leave = () => {
      this.#occupants -= 1;
      end();
    };
    if (await settlesWithin(before, deadlineAtMs - monotonicMs())) return leave;
    void before.then(leave);
    return null;
  }

  /** Waits until one more request may go; false when the deadline comes first. Only in one's turn. */
  async takeToken(notBeforeMs: number, deadlineAtMs: number): Promise<boolean> {
    for (;;) {
      const now = monotonicMs();
      const readyAtMs = Math.max(notBeforeMs, this.#nextTokenAtMs(now));
      if (readyAtMs >= deadlineAtMs) return false;
      if (readyAtMs <= now) break;
      // Again after that: a timer may be up to a millisecond early.
      await sleep(Math.ceil(readyAtMs - now));
    }
    this.#tokens -= 1;
    return true;
  }

  /**
   * A token's time begins when its request was answered, because only then the server has surely counted it: a request
   * that took long to arrive must not be followed too soon.
   */
  requestAnswered(): void {
    this.#countedAtMs = monotonicMs();
  }

  isAtRest(): boolean {
    if (this.#occupants > 0) return false;
    this.#refill(monotonicMs());
    return this.#tokens >= this.#rate.burst;
  }

  #nextTokenAtMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? now : now + ((1 - this.#tokens) / this.#rate.perS) * 1000;
  }

  #refill(now: number): void {
    const gained = ((now - this.#countedAtMs) / 1000) * this.#rate.perS;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#countedAtMs = now;
  }
}
