import type { Notification } from '../notification/notification.ts';
import { AccountedSender, type HandedOver, type HandOver } from './accounting.ts';
import { capabilities } from './capabilities.ts';
import { openClient } from './client.ts';
import { deliver, openResilience } from './deliver.ts';
import { foreignHandle, type HandleValue, type SenderHandle } from './handle.ts';
import { InFlight } from './in-flight.ts';
import type { SendOutcome } from './outcome.ts';
import type { Resilience } from './resilience/resilience.ts';
import type { DeliveryHost, DeliveryOptions, DeliveryStrategy, Sender } from './strategy.ts';
import { threadName } from './thread-name.ts';

/** The bug: a client made per call in the calling thread, and a promise nobody awaits. */
export const detached: DeliveryStrategy = {
  name: 'detached',
  capabilities: capabilities.detached,
  open: async (options) => new DetachedHost(options),
  attach: async (handle) => attach(handle),
};

interface DetachedHandle extends HandleValue {
  readonly writtenBy: 'detached';
  readonly options: DeliveryOptions;
}

function isDetachedHandle(value: HandleValue): value is DetachedHandle {
  return value.writtenBy === 'detached';
}

function attach(handle: HandleValue): Sender {
  if (isDetachedHandle(handle)) return new DetachedHost(handle.options).sender;
  throw foreignHandle('detached');
}

class DetachedHost implements HandOver, DeliveryHost {
  readonly sender: Sender;
  readonly #options: DeliveryOptions;
  readonly #resilience: Resilience | null;
  readonly #inFlight = new InFlight();
  readonly #thread = threadName();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.sender = new AccountedSender(options, this);
    this.#resilience = openResilience(options);
  }

  handOver(notification: Notification): HandedOver {
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
    const value: DetachedHandle = { writtenBy: 'detached', options: this.#options };
    return { value, transferList: [] };
  }

  drain(): Promise<void> {
    return this.#inFlight.drained();
  }

  close(): Promise<void> {
    return this.drain();
  }
}
