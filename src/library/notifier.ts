import type { SendOutcome } from '../delivery/outcome.ts';
import type { NotifierHandle } from './handle.ts';
import type { Message } from './message.ts';
import type { NotifierStats } from './stats.ts';

/** Delivers notifications from one thread. */
export interface AttachedNotifier extends AsyncDisposable {
  /**
   * Hands one message over before it returns: this thread may block, park or exit in the next statement. Never rejects;
   * what went wrong is in the outcome. A message that Slack would refuse is not sent (`invalid-notification`).
   */
  send(message: Message): Promise<SendOutcome>;
  /**
   * As `send` for each, in the order given; resolves to their outcomes in that order. With `durable`, all of them share one
   * write and one sync of the disk, which is what a `send` costs most.
   */
  sendAll(messages: readonly Message[]): Promise<SendOutcome[]>;
  /** A handle for one thread started from this one. */
  handle(): NotifierHandle;
  /** Ends this thread's connection. What was handed over is still delivered. */
  close(): Promise<void>;
}

/** The notifier of a process, in the thread that created it. */
export interface Notifier extends AttachedNotifier {
  readonly name: string;
  /** What all threads have sent since the notifier was created, and what became of it. */
  stats(): NotifierStats;
  /** The same in Prometheus' text format 0.0.4, to be served as `text/plain; version=0.0.4`. */
  metrics(): string;
  /** Resolves when nothing is in flight, whichever thread sent it. */
  drain(): Promise<void>;
  /** Drains, then ends the I/O thread and its sockets. Idempotent; also what `await using` calls. */
  close(): Promise<void>;
}
