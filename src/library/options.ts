import type { ResilienceOptions } from '../delivery/resilience/options.ts';
import type { DeliveryOptions } from '../delivery/strategy.ts';
import type { StrategyName } from '../model/names.ts';
import type { AlertOptions } from './alert-options.ts';

/** Where and how a notifier delivers. All times are in ms. */
export type NotifierOptions = Destination & NotifierSettings;

type Destination =
  | {
      /** Bot token (`xoxb-…`). */
      readonly token: string;
      /** Base of the Web API; default: `SLACK_API_URL` of the environment, else `https://slack.com/api/`. */
      readonly baseUrl?: string | URL;
      readonly webhookUrl?: never;
    }
  | {
      /** URL of an incoming webhook. */
      readonly webhookUrl: string | URL;
      readonly token?: never;
      readonly baseUrl?: never;
    };

interface NotifierSettings {
  /** By which threads find this notifier when several are open; default: `default`. */
  readonly name?: string;
  /** How a notification leaves the sender's thread; default: `shared-pool`. */
  readonly strategy?: Exclude<StrategyName, 'detached'>;
  /** Total time for one notification, retries included: 1 to 2147483647; default: 15000. */
  readonly deadlineMs?: number;
  /** Sockets kept open: 1 to 1000; default: 8. */
  readonly connections?: number;
  /**
   * I/O threads at most, each with its own sockets, with `adaptive` and `rate: null`: 1 to 8; default: as many as
   * cores less one. One is added when all are saturated, and ended when the rest have sufficed for 30 s. A channel that the
   * server has answered 429 for has one pace in all of them.
   */
  readonly ioThreads?: number;
  /**
   * Notifications that may be unsettled at once, then `send` ends as `queue-full`; default: 10000. Those of all threads
   * together; with `fetch-in-worker`, which shares nothing, those of each thread.
   */
  readonly queueLimit?: number;
  /** Attempts after the first, for what was provably not posted or may be by the server's word: 0 to 20; default: 3. */
  readonly maxRetries?: number;
  /** Also sends again what may have been posted, at the risk of a duplicate; default: false. */
  readonly retryAmbiguous?: boolean;
  /**
   * Messages a second to one channel (0.001 to 10000), one after another and in order, and how many of them may go at once
   * after a quiet time (1 to 10000). Default: Slack's own pace, `{ perS: 1, burst: 4 }`. Null sends as fast as it can, in no
   * order, until the server answers 429; then that channel is sent to at Slack's pace. What does not come to it before its
   * deadline ends as `timed-out`, waiting for its `turn`: give a burst a `deadlineMs` that is long enough. With
   * `fetch-in-worker` each thread keeps its own pace.
   */
  readonly rate?: { readonly perS: number; readonly burst: number } | null;
  /** Stops for `openMs` after that many failures in a row; default: 5 and 10000, null never stops. */
  readonly breaker?: { readonly failures: number; readonly openMs: number } | null;
  /** When to publish on `timer-notify:alert`. */
  readonly alerts?: AlertOptions;
  /** False keeps out of OpenTelemetry also where `@opentelemetry/api` is installed. */
  readonly openTelemetry?: boolean;
  /**
   * Path or URL of a journal, one for each process: a message is on the disk before `send` returns. It is sent again,
   * marked `possible_duplicate` in its metadata, where the I/O thread died with it on the wire, and at the next start where
   * the process died before its outcome was reported. An outcome that was reported, also a failure, is its end. What has
   * ended is cleared out while it runs: the journal, with its parts (`<file>.part-<n>`), stays within some 8 MB and twice
   * what has not ended.
   */
  readonly durable?: string | URL;
  /** Path or URL of the I/O thread's file, for a bundle that does not have it where the package has. */
  readonly ioThread?: string | URL;
}

/** Options as checked, with every default filled in. */
export interface CheckedOptions {
  readonly name: string;
  readonly strategy: Exclude<StrategyName, 'detached'>;
  readonly delivery: DeliveryOptions & { readonly resilience: ResilienceOptions };
  readonly alerts: AlertOptions;
  readonly openTelemetry: boolean;
}
