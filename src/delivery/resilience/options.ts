export type CircuitName = 'closed' | 'half-open' | 'open';

/** Plain data, so that it crosses threads with the other delivery options. */
export interface ResilienceOptions {
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Also sends again what may have been posted, at the risk of a duplicate. */
  readonly retryAmbiguous: boolean;
  /** Null sends as fast as it can and keeps no order within a channel. */
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

export interface BreakerOptions {
  /** Failures of the server or the network in a row after which requests stop. */
  readonly failures: number;
  /** How long they then stop, in ms, before one request tries again. */
  readonly openMs: number;
}
