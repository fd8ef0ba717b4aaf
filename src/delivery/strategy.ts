import type { StrategyName } from '../model/names.ts';
import type { Notification } from '../notification/notification.ts';
import type { Target } from '../slack/target.ts';
import type { StrategyCapabilities } from './capabilities.ts';
import type { HandleValue, SenderHandle } from './handle.ts';
import type { SendOutcome } from './outcome.ts';
import type { ResilienceOptions } from './resilience/options.ts';

export interface DeliveryOptions {
  readonly target: Target;
  /** Total time for one notification, in ms, retries included. */
  readonly deadlineMs: number;
  /** Sockets to the target kept open by one pool. */
  readonly connections: number;
  /** Notifications accepted but not yet settled, per host; past it `send` fails with `queue-full`. */
  readonly queueLimit: number;
  /** Retries, rate and circuit; default: one attempt, as fast as can be. */
  readonly resilience?: ResilienceOptions;
  /** Memory of the `Tally` that counts what is sent and what becomes of it; default: nothing is counted. */
  readonly tally?: SharedArrayBuffer;
  /** Path or file URL of what the I/O thread runs, for a bundle in which it is not where the package has it. */
  readonly ioThread?: string;
  /**
   * Path of the journal: what was handed over is on the disk before `send` returns, and is sent again at the next start
   * where it had not ended. With `shared-pool` and `adaptive`.
   */
  readonly durable?: string;
  /** `adaptive` starts and retires I/O threads within these bounds; default: one. */
  readonly ioThreads?: ScalingOptions;
  /** An open file descriptor to which each outcome is written as a line of JSON by the thread that made the request. */
  readonly outcomeFd?: number;
}

export interface ScalingOptions {
  /** I/O threads at most: 1 to `maxIoThreads`. */
  readonly most: number;
  /** For how long, in ms, one fewer must have sufficed before one is retired. */
  readonly quietMs: number;
}

/** Sends notifications from one thread. */
export interface Sender {
  /** Never rejects. The notification has left this thread's hands when the call returns, where the strategy can do that. */
  send(notification: Notification): Promise<SendOutcome>;
  /** As `send` for each, in this turn; where there is a journal, all of them share one write and one sync. */
  sendAll(notifications: readonly Notification[]): Promise<SendOutcome>[];
  /**
   * To be called with each outcome once the caller of `send` can know it: only then does the message end in the journal,
   * so that what a killed process had reported to nobody is sent again.
   */
  readonly acknowledge?: ((outcome: SendOutcome) => void) | undefined;
  /** A handle for a thread started from this one. */
  handle(): SenderHandle;
  close(): Promise<void>;
}

/** The end that lives on main, opened once. */
export interface DeliveryHost {
  /** The sender for the thread that opened the host. */
  readonly sender: Sender;
  /** A handle for one other thread. */
  handle(): SenderHandle;
  /** Notifications of all threads that are under way: of an ended thread only those that it had handed over. */
  readonly inFlight: number;
  /** Resolves when nothing is in flight. */
  drain(): Promise<void>;
  /**
   * Refuses what is sent from now on, drains, then frees every socket and thread. Resolves within the notifications' own
   * deadline, or `timeoutMs` where that is given. Idempotent.
   */
  close(timeoutMs?: number): Promise<void>;
}

/** What a host reports while it is open. */
export interface DeliveryEvents {
  /** An I/O thread has ended unasked, and another one is started in its place. */
  readonly onIoThreadRestart?: () => void;
}

/** How a notification leaves the sender's thread. */
export interface DeliveryStrategy {
  readonly name: StrategyName;
  readonly capabilities: StrategyCapabilities;
  open(options: DeliveryOptions, events?: DeliveryEvents): Promise<DeliveryHost>;
  /** @throws TypeError when another strategy wrote the handle, or nobody did. */
  attach(handle: HandleValue): Promise<Sender>;
}
