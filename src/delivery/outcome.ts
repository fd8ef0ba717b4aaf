import type { FailureCode } from '../failures/failures.ts';
import type { SlackErrorCode } from '../slack/errors.ts';
import type { CircuitName } from './resilience/options.ts';

/** What became of one notification, as its sender knows it. Every `send` ends in exactly one of these. */
export type SendOutcome = Delivered | Failed | TimedOut;

/** Which way a notification goes with `adaptive`, and why. */
export interface Via {
  readonly strategy: 'shared-pool';
  readonly because: string;
}

/** The outcome of a notification whose way was chosen. */
export function withVia(outcome: SendOutcome, via: Via | undefined): SendOutcome {
  return via === undefined ? outcome : { ...outcome, via };
}

interface Ended {
  readonly id: string;
  /** HTTP requests made for this notification; 0 when none left the process. */
  readonly attempts: number;
  /** From the call of `send` to this outcome, in ms. */
  readonly durationMs: number;
  /** Only with `adaptive`. */
  readonly via?: Via;
  /** State of the circuit breaker at that time; absent where there is none. */
  readonly circuit?: CircuitName;
}

export interface Delivered extends Ended {
  readonly status: 'delivered';
  /** As Slack names it, which is by its ID; null from a webhook, which does not say it. */
  readonly channel: string | null;
  /** Slack's message timestamp, which with `channel` identifies the message; null from a webhook, which returns none. */
  readonly ts: string | null;
  /** Slack's remarks on a message that it took all the same, such as `message_truncated`; absent where there are none. */
  readonly warnings?: readonly string[];
}

export interface Failed extends Ended {
  readonly status: 'failed';
  readonly code: FailureCode | SlackErrorCode;
  readonly message: string;
  /** True when sending again may succeed. */
  readonly retryable: boolean;
  /** True when the message may have been posted anyway. */
  readonly ambiguous: boolean;
  readonly httpStatus: number | null;
  /** How long the server asks to wait before another request, in ms; null where it doesn't. */
  readonly retryAfterMs: number | null;
}

export interface TimedOut extends Ended {
  readonly status: 'timed-out';
  readonly deadlineMs: number;
  readonly ambiguous: boolean;
  /**
   * What had not come when the deadline passed: the channel's `turn` at its rate, the `connection`, the `response`, its
   * `body`, or the `answer` of the thread it was handed to.
   */
  readonly waitingFor: WaitingFor;
}

export type WaitingFor = 'turn' | 'connection' | 'response' | 'body' | 'answer';
