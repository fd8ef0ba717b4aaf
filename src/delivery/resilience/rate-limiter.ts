import { monotonicMs } from '../../measure/clock.ts';
import { Lane } from './lane.ts';
import type { RateOptions } from './options.ts';

/** One message's turn on its channel. */
export interface Turn {
  /** Waits until one more request may go; false when the deadline comes first. */
  takeToken(): Promise<boolean>;
  requestAnswered(): void;
  end(): void;
}

/** Channels at rest that are kept before they are looked through. */
const lanesKept = 1000;

/**
 * Slack takes about one message a second to a channel: https://docs.slack.dev/apis/web-api/rate-limits.
 * Counts the requests of one thread; with the `shared-pool` strategy that is all of the process.
 */
export class RateLimiter {
  readonly #rate: RateOptions;
  readonly #lanes = new Map<string, Lane>();
  #pausedUntilMs = 0;

  constructor(rate: RateOptions) {
    this.#rate = rate;
  }

  /** Null when the deadline comes before the turn. */
  async enter(channel: string, deadlineAtMs: number): Promise<Turn | null> {
    const lane = this.#laneOf(channel);
    const end = await lane.enter(deadlineAtMs);
    if (end === null) return null;
    return {
      takeToken: () => lane.takeToken(this.#pausedUntilMs, deadlineAtMs),
      requestAnswered: () => lane.requestAnswered(),
      end,
    };
  }

  /** A 429 may count the whole workspace, so every channel waits. */
  pauseFor(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, monotonicMs() + ms);
  }

  #laneOf(channel: string): Lane {
    const known = this.#lanes.get(channel);
    if (known !== undefined) return known;
    if (this.#lanes.size >= lanesKept) this.#forgetLanesAtRest();
    const lane = new Lane(this.#rate);
    this.#lanes.set(channel, lane);
    return lane;
  }

  #forgetLanesAtRest(): void {
    for (const [channel, lane] of this.#lanes) if (lane.isAtRest()) this.#lanes.delete(channel);
  }
}
