import { failure, senderClosed } from '../delivery/failure.ts';
import { InFlight } from '../delivery/in-flight.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { Sender } from '../delivery/strategy.ts';
import type { Tally } from '../delivery/tally.ts';
import { threadName } from '../delivery/thread-name.ts';
import type { Notification } from '../notification/notification.ts';
import { type SendEvent, type SettledEvent, sendEvents, settledEvents } from './events.ts';
import type { HandleValue, NotifierIdentity } from './handle.ts';
import { type Message, readMessage } from './message.ts';
import type { AttachedNotifier, NotifierHandle } from './notifier.ts';
import type { Telemetry } from './open-telemetry.ts';

export interface ThreadNotifierOptions {
  readonly identity: NotifierIdentity;
  readonly sender: Sender;
  readonly tally: Tally;
  readonly telemetry: Telemetry | null;
}

/** One thread's sender with what the library adds: messages read, outcomes counted, events published. */
export class ThreadNotifier implements AttachedNotifier {
  readonly #identity: NotifierIdentity;
  readonly #sender: Sender;
  readonly #tally: Tally;
  readonly #telemetry: Telemetry | null;
  readonly #inFlight = new InFlight();
  readonly #thread = threadName();
  #closing: Promise<void> | null = null;

  constructor({ identity, sender, tally, telemetry }: ThreadNotifierOptions) {
    this.#identity = identity;
    this.#sender = sender;
    this.#tally = tally;
    this.#telemetry = telemetry;
  }

  send(message: Message): Promise<SendOutcome> {
    const read = readMessage(message, this.#identity.needsChannel);
    if (read.problem !== null) return this.#refuse(invalid(read.id, read.problem));
    const { notification } = read;
    if (this.#closing !== null) return this.#refuse(senderClosed(notification.id));
    return this.#inFlight.track(this.#observed(notification));
  }

  handle(): NotifierHandle {
    const { value, transferList } = this.#sender.handle();
    const own: HandleValue = { ...this.#identity, tally: this.#tally.shared, delivery: value };
    return { value: own, transferList };
  }

  close(): Promise<void> {
    this.#closing ??= this.settled().then(() => this.#sender.close());
    return this.#closing;
  }

  /** Resolves when this thread has been told the outcome of all that it sent. */
  settled(): Promise<void> {
    return this.#inFlight.drained();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Hands over in this turn; everything else comes later. */
  #observed(notification: Notification): Promise<SendOutcome> {
    this.#tally.send();
    if (sendEvents.hasSubscribers) sendEvents.publish(this.#eventOf(notification));
    const endSpan = this.#telemetry?.startSpan(notification, this.#identity.strategy);
    return this.#handOver(notification).then((outcome) => {
      if (wasDecidedHere(outcome)) this.#tally.settle(outcome.status, outcome.durationMs);
      endSpan?.(outcome);
      if (settledEvents.hasSubscribers) {
        const event: SettledEvent = { ...this.#eventOf(notification), outcome };
        settledEvents.publish(event);
      }
      return outcome;
    });
  }

  #handOver(notification: Notification): Promise<SendOutcome> {
    return this.#sender.send(notification).catch((error: unknown) => {
      this.#tally.settle('failed', 0);
      return invalid(notification.id, error instanceof Error ? error.message : String(error));
    });
  }

  async #refuse(outcome: SendOutcome): Promise<SendOutcome> {
    this.#tally.send();
    this.#tally.settle(outcome.status, 0);
    return outcome;
  }

  #eventOf({ id, path, channel }: Notification): SendEvent {
    return { notifier: this.#identity.name, id, path, channel, thread: this.#thread };
  }
}

const decidedBySender: ReadonlySet<string> = new Set(['queue-full', 'closed', 'io-thread-lost']);

/** True for an outcome that no thread which makes requests has counted. */
function wasDecidedHere(outcome: SendOutcome): boolean {
  return outcome.status === 'failed' && decidedBySender.has(outcome.code);
}

function invalid(id: string, problem: string): SendOutcome {
  return failure(id, 'invalid-notification', { message: problem, retryable: false, ambiguous: false });
}
