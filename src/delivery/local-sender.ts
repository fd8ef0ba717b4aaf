import type { Notification } from '../notification/notification.ts';
import { AccountedSender, type HandedOver, type HandOver } from './accounting.ts';
import { openClient } from './client.ts';
import { admitThrough, type CountedThread, CountedThreads } from './counted-threads.ts';
import { type DeliveryContext, deliver, openResilience } from './deliver.ts';
import { queueFull, senderClosed } from './failure.ts';
import { foreignHandle, type HandleValue, type SenderHandle } from './handle.ts';
import { InFlight } from './in-flight.ts';
import type { DeliveryHost, DeliveryOptions, Sender } from './strategy.ts';
import { threadName } from './thread-name.ts';

/** What a thread that sends on its own loop is started with. */
interface LocalHandle extends HandleValue {
  readonly writtenBy: 'own-loop';
  readonly options: DeliveryOptions;
  readonly thread: CountedThread;
}

function isLocalHandle(value: HandleValue): value is LocalHandle {
  return value.writtenBy === 'own-loop';
}

/** Sends on the calling thread's own loop through one pool of its own. */
class LocalHandOver implements HandOver {
  readonly #options: DeliveryOptions;
  readonly #context: DeliveryContext;
  readonly #inFlight: InFlight;
  readonly #admit: () => CountedThread;
  readonly #thread = threadName();
  #closed = false;

  /** @param admit counts one more thread */
  constructor(options: DeliveryOptions, inFlight: InFlight, admit: () => CountedThread) {
    this.#options = options;
    this.#inFlight = inFlight;
    this.#admit = admit;
    const dispatcher = openClient(options.target, { connections: options.connections });
    this.#context = { dispatcher, options, resilience: openResilience(options) };
  }

  handOver(notification: Notification): HandedOver {
    const { queueLimit } = this.#options;
    if (this.#closed) return senderClosed(notification.id);
    if (this.#inFlight.count >= queueLimit) return queueFull(notification.id, queueLimit);
    return this.#inFlight.track(deliver(this.#context, notification, this.#thread));
  }

  handle(): SenderHandle {
    const thread = this.#admit();
    const value: LocalHandle = { writtenBy: 'own-loop', options: this.#options, thread };
    return { value, transferList: [thread.lifeline] };
  }

  drain(): Promise<void> {
    return this.#inFlight.drained();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.drain();
    await this.#context.dispatcher.destroy();
  }
}

export function attachLocalSender(handle: HandleValue): Sender {
  if (!isLocalHandle(handle)) throw foreignHandle('fetch-in-worker');
  const { options, thread } = handle;
  // Kept, because the thread counts for as long as its port is open.
  const { lifeline } = thread;
  const own = new LocalHandOver(options, new InFlight(thread.inFlight), () => admitThrough(lifeline));
  return new AccountedSender(options, own);
}

/** Where each thread has a sender of its own, the host has nothing but its own one, and the counts of the others. */
export class LocalHost implements DeliveryHost {
  readonly sender: Sender;
  readonly #own: LocalHandOver;
  readonly #inFlight = new InFlight();
  readonly #threads = new CountedThreads();

  constructor(options: DeliveryOptions) {
    this.#own = new LocalHandOver(options, this.#inFlight, () => this.#threads.admit());
    this.sender = new AccountedSender(options, this.#own);
  }

  get inFlight(): number {
    return this.#inFlight.count + this.#threads.inFlight;
  }

  handle(): SenderHandle {
    return this.sender.handle();
  }

  drain(): Promise<void> {
    return this.#own.drain();
  }

  async close(): Promise<void> {
    await this.sender.close();
    this.#threads.close();
  }
}
