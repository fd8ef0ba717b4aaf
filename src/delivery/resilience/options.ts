export type CircuitName = 'closed' | 'half-open' | 'open';

/** Plain data, so that it crosses threads with the other delivery options. */
export interface ResilienceOptions {
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Also sends again what may have been posted, at the risk of a duplicate. */
  readonly retryAmbiguous: boolean;
  /** Null sends as fast as it can and in no order, until the server answers 429: then that channel is paced as Slack asks. */
  readonly rate: RateOptions | null;
  /** Null never stops sending. */
  readonly breaker: BreakerOptions | null;
}

export interface RateOptions {
  /** Messages a second to one channel. */
  readonly perS: number;
  /** Messages that may go at once after a quiet time. */
  readonly burst: number;
}

/**
 * About one message a second to a channel, and short bursts: https://docs.slack.dev/apis/web-api/rate-limits. Slack does
 * not say how short; four stays below what anybody has seen refused.
 */
export const slackPace: RateOptions = { perS: 1, burst: 4 };

export interface BreakerOptions {
  /** Failures of the server or the network in a row after which requests stop. */
  readonly failures: number;
  /** How long they then stop, in ms, before one request tries again. */
  readonly openMs: number;
}
