import type { Notification } from '../notification/notification.ts';
import { openClient } from './client.ts';
import { deliver, type Means, openResilience } from './deliver.ts';
import { queueFull, senderClosed } from './failure.ts';
import { InFlight } from './in-flight.ts';
import type { SendOutcome } from './outcome.ts';
import type { OnSending } from './post.ts';
import type { DeliveryHost, DeliveryOptions, Sender, SenderHandle } from './strategy.ts';
import { threadName } from './thread-name.ts';

/** Sends on the calling thread's own loop through one pool of its own. */
export class LocalSender implements Sender, DeliveryHost {
  readonly sender: Sender = this;
  readonly #options: DeliveryOptions;
  readonly #means: Means;
  readonly #inFlight = new InFlight();
  readonly #thread = threadName();
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const dispatcher = openClient(options.target, { connections: options.connections });
    this.#means = { dispatcher, options, resilience: openResilience(options) };
  }

  /** Notifications sent from here and not ended. */
  get pending(): number {
    return this.#inFlight.count;
  }

  /** @param onSending called when the request is about to be written */
  async send(notification: Notification, onSending?: OnSending): Promise<SendOutcome> {
    if (this.#closed) return senderClosed(notification.id);
    if (this.#inFlight.count >= this.#options.queueLimit)
      return queueFull(notification.id, this.#options.queueLimit);
    return this.#inFlight.track(
      deliver(this.#means, notification, this.#thread, onSending === undefined ? {} : { onSending }),
    );
  }

  handle(): SenderHandle {
    return { value: this.#options, transferList: [] };
  }

  drain(): Promise<void> {
    return this.#inFlight.drained();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.drain();
    await this.#means.dispatcher.destroy();
  }
}
