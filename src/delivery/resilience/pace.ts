import { monotonicMs } from '../../time/clock.ts';
import type { RateOptions } from './options.ts';
import type { SharedHold } from './shared-holds.ts';

/**
 * The longest, in ms, that one 429 stops a channel: all of Slack's limits count by the minute, so one message may then
 * see whether the channel is open again. https://docs.slack.dev/apis/web-api/rate-limits
 */
export const longestHoldMs = 60_000;

/** How long a 429 without Retry-After stops a channel, in ms; twice as long after each that follows. */
const firstHoldMs = 1000;

/** How fast one channel may be sent to, and until when the server wants nothing for it. */
export class Pace {
  readonly #rate: RateOptions;
  readonly #shared: SharedHold | null;
  #burst: number;
  #tokens: number;
  #countedAtMs = monotonicMs();
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #refusals = 0;

  /** @param shared with other threads that send to the channel; null where there is none */
  constructor(rate: RateOptions, shared: SharedHold | null = null) {
    this.#rate = rate;
    this.#shared = shared;
    this.#burst = rate.burst;
    this.#tokens = rate.burst;
  }

  /** Until when nothing may go, by the server's word; in the past where it may. */
  get heldUntilMs(): number {
    return Math.max(this.#heldUntilMs, this.#shared?.heldUntilMs ?? this.#heldUntilMs);
  }

  /** When the next request may go. */
  nextAtMs(now: number): number {
    this.#refill(now);
    const tokenAtMs = this.#tokens >= 1 ? now : now + ((1 - this.#tokens) / this.#rate.perS) * 1000;
    return Math.max(this.#heldUntilMs, tokenAtMs, this.#shared?.nextAtMs ?? 0);
  }

  /** False where another thread has just taken it. */
  take(): boolean {
    if (this.#shared?.take(monotonicMs(), this.#pauseMs) === false) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * A token's time begins when its request was answered, because only then the server has surely counted it: a request
   * that took long to arrive must not be followed too soon.
   */
  answered(): void {
    const now = monotonicMs();
    this.#countedAtMs = Math.max(this.#countedAtMs, now);
    this.#shared?.answered(now, this.#pauseMs);
  }

  /** The server took a message. */
  accepted(): void {
    this.#refusals = 0;
  }

  /**
   * The server answered that there were too many messages: nothing goes until it allows it, and then no burst for a while.
   * @param retryAfterMs null where the server does not say for how long
   */
  hold(retryAfterMs: number | null): void {
    const now = monotonicMs();
    // Several may have been under way at once: the server has refused them together.
    const isFirst = now >= this.#heldUntilMs;
    if (isFirst) this.#refusals += 1;
    const backOffMs = firstHoldMs * 2 ** (this.#refusals - 1);
    // Who asks again and again to wait for no time means more than that.
    const leastMs = this.#refusals > 1 ? backOffMs : 0;
    const holdMs = Math.min(longestHoldMs, Math.max(leastMs, retryAfterMs ?? backOffMs));
    this.#heldUntilMs = Math.max(this.#heldUntilMs, now + holdMs);
    this.#shared?.hold(this.#heldUntilMs);
    this.#burst = 1;
    this.#tokens = 1;
    this.#countedAtMs = this.#heldUntilMs;
  }

  /** True when nothing that went before matters to the next request. */
  isAtRest(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#rate.burst;
  }

  get #pauseMs(): number {
    return 1000 / this.#rate.perS;
  }

  #refill(now: number): void {
    if (now >= this.#heldUntilMs + longestHoldMs) this.#burst = this.#rate.burst;
    const gained = (Math.max(0, now - this.#countedAtMs) / 1000) * this.#rate.perS;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#countedAtMs = Math.max(this.#countedAtMs, now);
  }
}
