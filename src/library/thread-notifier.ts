import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure, senderClosed } from '../delivery/failure.ts';
import { fillGaps } from '../delivery/fill-gaps.ts';
import { InFlight } from '../delivery/in-flight.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { Sender } from '../delivery/strategy.ts';
import type { Tally } from '../delivery/tally.ts';
import { threadName } from '../delivery/thread-name.ts';
import type { Notification } from '../notification/notification.ts';
import { type SendEvent, type SettledEvent, sendEvents, settledEvents } from './events.ts';
import type { HandleValue, NotifierHandle, NotifierIdentity } from './handle.ts';
import { kindOf, type Message, readMessage } from './message.ts';
import type { AttachedNotifier } from './notifier.ts';
import type { Telemetry } from './open-telemetry.ts';

export interface ThreadNotifierOptions {
  readonly identity: NotifierIdentity;
  readonly sender: Sender;
  readonly tally: Tally;
  readonly telemetry: Telemetry | null;
}

type ReadMessage =
  | { readonly kind: 'readable'; readonly notification: Notification }
  | { readonly kind: 'refused'; readonly outcome: SendOutcome };

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
    const read = this.#read(message);
    if (read.kind === 'refused') return this.#refuse(read.outcome);
    const report = this.#begin(read.notification);
    return this.#acknowledged(this.#inFlight.track(report(this.#handOver(read.notification))));
  }

  sendAll(messages: readonly Message[]): Promise<SendOutcome[]> {
    const read = this.#readAll(messages);
    const readable = read.flatMap((one) => (one.kind === 'readable' ? [one.notification] : []));
    const reports = readable.map((notification) => this.#begin(notification));
    const sent = this.#handOverAll(readable);
    const reported = sent.map((one, index) => this.#inFlight.track(reports[index]?.(one) ?? one));
    const refused = read.map((one) => (one.kind === 'refused' ? this.#refuse(one.outcome) : null));
    return this.#acknowledged(Promise.all(fillGaps(refused, reported)));
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

  /** Resolves when the outcome of all that this thread sent has been reported. */
  async settled(): Promise<void> {
    await this.#inFlight.drained();
    // What waits for the last outcome runs before this turn of the loop ends.
    await nextTurn();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(message: unknown): ReadMessage {
    const read = readMessage(message, this.#identity.needsChannel);
    if (read.problem !== null) return { kind: 'refused', outcome: invalid(read.id, read.problem) };
    const { notification } = read;
    return this.#closing === null && !this.#tally.isClosed
      ? { kind: 'readable', notification }
      : { kind: 'refused', outcome: senderClosed(notification.id) };
  }

  #readAll(messages: unknown): readonly ReadMessage[] {
    const list = listOf(messages);
    if (list !== null) return list.map((message) => this.#read(message));
    const problem = `sendAll takes an array of messages; got ${kindOf(messages)}`;
    return [{ kind: 'refused', outcome: invalid(randomUUID(), problem) }];
  }

  /** A sender never throws; if one does all the same, it is this message's outcome and no one else's. */
  #handOver(notification: Notification): Promise<SendOutcome> {
    try {
      return this.#sender.send(notification);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #handOverAll(notifications: readonly Notification[]): readonly Promise<SendOutcome>[] {
    try {
      return this.#sender.sendAll(notifications);
    } catch (error) {
      return notifications.map(() => Promise.reject(error));
    }
  }

  /** To be called right before it is handed over. Returns what reports its outcome. */
  #begin(notification: Notification): (sent: Promise<SendOutcome>) => Promise<SendOutcome> {
    this.#tally.send();
    if (sendEvents.hasSubscribers) sendEvents.publish(this.#eventOf(notification));
    const endSpan = this.#telemetry?.startSpan(notification, this.#identity.strategy);
    const report = (outcome: SendOutcome) => {
      endSpan?.(outcome);
      if (settledEvents.hasSubscribers) {
        const event: SettledEvent = { ...this.#eventOf(notification), outcome };
        settledEvents.publish(event);
      }
      return outcome;
    };
    const fail = (error: unknown) => {
      this.#tally.settle('failed', 0);
      const message = error instanceof Error ? error.message : String(error);
      const verdict = { message, retryable: false, ambiguous: true };
      return failure(notification.id, 'unexpected-error', verdict);
    };
    return (sent) => sent.catch(fail).then(report);
  }

  /** Once the promise that the caller has is fulfilled, right before what waits for it runs. */
  #acknowledged<Known extends SendOutcome | SendOutcome[]>(known: Promise<Known>): Promise<Known> {
    const { acknowledge } = this.#sender;
    if (acknowledge !== undefined) void known.then((outcomes) => [outcomes].flat().forEach(acknowledge));
    return known;
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

/** The messages, each read once, holes included; null for what is no list. */
function listOf(messages: unknown): readonly unknown[] | null {
  try {
    if (!Array.isArray(messages)) return null;
    return Array.from({ length: messages.length }, (_, index) => entryOf(messages, index));
  } catch {
    return null;
  }
}

function entryOf(list: readonly unknown[], index: number): unknown {
  try {
    return list[index];
  } catch {
    return undefined;
  }
}

function invalid(id: string, problem: string): SendOutcome {
  return failure(id, 'invalid-notification', { message: problem, retryable: false, ambiguous: false });
}
