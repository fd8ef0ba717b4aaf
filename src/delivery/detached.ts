import type { Notification } from '../notification/notification.ts';
import { openClient } from './client.ts';
import { deliver, openResilience } from './deliver.ts';
import { InFlight } from './in-flight.ts';
import type { SendOutcome } from './outcome.ts';
import { readOptions } from './read-options.ts';
import type { Resilience } from './resilience/resilience.ts';
import type { DeliveryHost, DeliveryOptions, DeliveryStrategy, Sender, SenderHandle } from './strategy.ts';
import { threadName } from './thread-name.ts';

/** The bug: a client made per call in the calling thread, and a promise nobody awaits. */
export const detached: DeliveryStrategy = {
  name: 'detached',
  awaited: false,
  open: async (options) => new DetachedSender(options),
  attach: async (handle) => new DetachedSender(readOptions(handle)),
};

class DetachedSender implements Sender, DeliveryHost {
  readonly sender: Sender = this;
  readonly #options: DeliveryOptions;
  readonly #resilience: Resilience | null;
  readonly #inFlight = new InFlight();
  readonly #thread = threadName();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#resilience = openResilience(options);
  }

  send(notification: Notification): Promise<SendOutcome> {
    return this.#inFlight.track(this.#sendWithNewClient(notification));
  }

  async #sendWithNewClient(notification: Notification): Promise<SendOutcome> {
    const options = this.#options;
    const dispatcher = openClient(options.target, { connections: 1 });
    try {
      return await deliver({ dispatcher, options, resilience: this.#resilience }, notification, this.#thread);
    } finally {
      await dispatcher.destroy();
    }
  }

  get inFlight(): number {
    return this.#inFlight.count;
  }

  handle(): SenderHandle {
    return { value: this.#options, transferList: [] };
  }

  drain(): Promise<void> {
    return this.#inFlight.drained();
  }

  close(): Promise<void> {
    return this.drain();
  }
}
