import type { CircuitName } from '../delivery/resilience/options.ts';
import type { DeliveryPath } from '../notification/notification.ts';

/** What became of one notification that `send` was asked for. */
export interface Delivery {
  readonly id: string;
  readonly path: DeliveryPath;
  /** `skipped`: it was not attempted. */
  readonly outcome: 'delivered' | 'late' | 'failed' | 'hung' | 'lost' | 'skipped';
  /** With `ts` the identity of the message; null where it was not posted. */
  readonly channel: string | null;
  /** Null also from a webhook, which tells none. */
  readonly ts: string | null;
  /** Slack's error code, or the name of the failure. */
  readonly code: string | null;
  readonly message: string | null;
  /** What to do about it. */
  readonly fix: string | null;
  /** True when the message may have been delivered all the same. */
  readonly ambiguous: boolean;
  /** HTTP requests made for it; null where nobody told. */
  readonly attempts: number | null;
  readonly durationMs: number | null;
  readonly circuit: CircuitName | null;
  readonly warnings: readonly string[];
}
