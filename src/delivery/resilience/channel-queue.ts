import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../time/clock.ts';
import { settlesWithin } from '../../time/long-timer.ts';
import { type RateOptions, slackPace } from './options.ts';
import { Pace } from './pace.ts';
import type { SharedHold } from './shared-holds.ts';

/** May go now; or does not come to it before its deadline, because of the channel's pace or by the server's word. */
export type Go =
  | { readonly kind: 'go' }
  | { readonly kind: 'overdue' }
  | { readonly kind: 'held'; readonly untilMs: number };

/**
 * One channel's messages: one at a time and in the order they came, so that no retry overtakes another message, at no
 * more than the channel's pace. Nothing is dropped: what has to wait waits until its own deadline. Without a rate all go
 * at once, until the server refuses one: from then on the channel is sent to as others are.
 */
export class ChannelQueue {
  readonly #shared: SharedHold | null;
  #pace: Pace | null;
  #last: Promise<unknown> = Promise.resolve();
  #occupants = 0;

  /** @param shared with other threads that send to the channel; null where there is none */
  constructor(rate: RateOptions | null, shared: SharedHold | null = null) {
    this.#shared = shared;
    this.#pace = rate === null ? null : new Pace(rate);
  }

  get isPaced(): boolean {
    if (this.#shared?.isKnown === true) this.#paceFromNowOn();
    return this.#pace !== null;
  }

  /** One message's turn, which begins in the order of these calls. */
  turn(deadlineAtMs: number): Turn {
    this.#occupants += 1;
    return new Turn(this, deadlineAtMs);
  }

  end(): void {
    this.#occupants -= 1;
  }

  /** Waits for all before. Resolves to the function that lets the next begin, or to null when the deadline came first. */
  async enter(deadlineAtMs: number): Promise<(() => void) | null> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise<void>((resolve) => {
      end = resolve;
    });
    if (await settlesWithin(before, deadlineAtMs - monotonicMs())) return end;
    void before.then(end);
    return null;
  }

  /** Waits until one more request may go. Only in one's turn. */
  async takeToken(deadlineAtMs: number): Promise<Go> {
    for (;;) {
      const now = monotonicMs();
      const readyAtMs = this.#pace?.nextAtMs(now) ?? now;
      if (readyAtMs >= deadlineAtMs) return this.whyNot(deadlineAtMs);
      if (readyAtMs > now) {
        // Again after that: a timer may be up to a millisecond early.
        await sleep(Math.ceil(readyAtMs - now));
      } else if (this.#pace?.take() ?? true) return { kind: 'go' };
    }
  }

  whyNot(deadlineAtMs: number): Go {
    const untilMs = this.#pace?.heldUntilMs ?? Number.NEGATIVE_INFINITY;
    return untilMs >= deadlineAtMs ? { kind: 'held', untilMs } : { kind: 'overdue' };
  }

  answered(): void {
    this.#pace?.answered();
  }

  accepted(): void {
    this.#pace?.accepted();
  }

  hold(retryAfterMs: number | null): void {
    this.#paceFromNowOn().hold(retryAfterMs);
  }

  #paceFromNowOn(): Pace {
    this.#pace ??= new Pace({ ...slackPace, burst: 1 }, this.#shared);
    return this.#pace;
  }

  isAtRest(): boolean {
    return this.#occupants === 0 && (this.#pace?.isAtRest(monotonicMs()) ?? true);
  }

  /** Another queue has been for the same channel: what comes from now on comes after both, and they share one pace. */
  join(other: ChannelQueue): void {
    this.#last = Promise.all([this.#last, other.#last]);
    const now = monotonicMs();
    const paces = [this.#pace, other.#pace].filter((pace) => pace !== null);
    const slowest = paces.toSorted((a, b) => b.nextAtMs(now) - a.nextAtMs(now))[0] ?? null;
    this.#pace = slowest;
    other.#pace = slowest;
  }
}

/** One message's turn on its channel. */
export class Turn {
  readonly #queue: ChannelQueue;
  readonly #deadlineAtMs: number;
  #entering: Promise<(() => void) | null> | null;

  constructor(queue: ChannelQueue, deadlineAtMs: number) {
    this.#queue = queue;
    this.#deadlineAtMs = deadlineAtMs;
    this.#entering = queue.isPaced ? queue.enter(deadlineAtMs) : null;
  }

  /** Waits until one more request may go. */
  async next(): Promise<Go> {
    if (this.#queue.isPaced) {
      this.#entering ??= this.#queue.enter(this.#deadlineAtMs);
      if ((await this.#entering) === null) return this.#queue.whyNot(this.#deadlineAtMs);
    }
    return this.#queue.takeToken(this.#deadlineAtMs);
  }

  answered(): void {
    this.#queue.answered();
  }

  accepted(): void {
    this.#queue.accepted();
  }

  /** The server refused: too many messages. */
  hold(retryAfterMs: number | null): void {
    this.#queue.hold(retryAfterMs);
  }

  end(): void {
    this.#queue.end();
    void this.#entering?.then((leave) => leave?.());
  }
}
