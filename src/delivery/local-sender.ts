import type { Notification } from '../notification/notification.ts';
import { openClient } from './client.ts';
import { admitThrough, type CountedThread, CountedThreads } from './counted-threads.ts';
import { deliver, type Means, openResilience } from './deliver.ts';
import { queueFull, senderClosed } from './failure.ts';
import { foreignHandle, type HandleValue, type SenderHandle } from './handle.ts';
import { InFlight } from './in-flight.ts';
import type { SendOutcome } from './outcome.ts';
import type { DeliveryHost, DeliveryOptions, Sender } from './strategy.ts';
import { counted } from './tally.ts';
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
export class LocalSender implements Sender {
  readonly #options: DeliveryOptions;
  readonly #means: Means;
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
    this.#means = { dispatcher, options, resilience: openResilience(options) };
  }

  static attach(handle: HandleValue): LocalSender {
    if (!isLocalHandle(handle)) throw foreignHandle('fetch-in-worker');
    const { options, thread } = handle;
    // Kept, because the thread counts for as long as its port is open.
    const { lifeline } = thread;
    return new LocalSender(options, new InFlight(thread.inFlight), () => admitThrough(lifeline));
  }

  async send(notification: Notification): Promise<SendOutcome> {
    const options = this.#options;
    if (this.#closed) return counted(options, senderClosed(notification.id));
    if (this.#inFlight.count >= options.queueLimit)
      return counted(options, queueFull(notification.id, options.queueLimit));
    return this.#inFlight.track(deliver(this.#means, notification, this.#thread));
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
    await this.#means.dispatcher.destroy();
  }
}

/** Where each thread has a sender of its own, the host has nothing but its own one, and the counts of the others. */
export class LocalHost implements DeliveryHost {
  readonly sender: LocalSender;
  readonly #own = new InFlight();
  readonly #threads = new CountedThreads();

  constructor(options: DeliveryOptions) {
    this.sender = new LocalSender(options, this.#own, () => this.#threads.admit());
  }

  get inFlight(): number {
    return this.#own.count + this.#threads.inFlight;
  }

  handle(): SenderHandle {
    return this.sender.handle();
  }

  drain(): Promise<void> {
    return this.sender.drain();
  }

  async close(): Promise<void> {
    await this.sender.close();
    this.#threads.close();
  }
}
