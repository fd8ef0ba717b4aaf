import { isMainThread } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import type { LocalSender } from '../local-sender.ts';
import { type Listed, OrderedList } from '../ordered-list.ts';
import { type SendOutcome, type Via, withVia } from '../outcome.ts';
import type { SharedPoolHost } from '../shared-pool/shared-pool-host.ts';
import type { DeliveryHost, DeliveryOptions, Sender, SenderHandle } from '../strategy.ts';
import { chooseStrategy } from './choose.ts';
import { LoopLoad } from './loop-load.ts';

interface Unwritten extends Listed<Unwritten> {
  readonly notification: Notification;
  isListed: boolean;
}

/** Sends on main's own loop or through the shared pool, whichever the context calls for. */
export class AdaptiveHost implements DeliveryHost, Sender {
  readonly sender: Sender = this;
  readonly #local: LocalSender;
  readonly #shared: SharedPoolHost;
  readonly #isDurable: boolean;
  readonly #isPaced: boolean;
  /** Given to main's own loop and not written to a socket yet. */
  readonly #unwritten = new OrderedList<Unwritten>();
  readonly #load = new LoopLoad();
  readonly #handOverUnwritten = () => {
    for (let unwritten = this.#unwritten.first; unwritten !== null; unwritten = unwritten.next)
      void this.#shared.sender.send(unwritten.notification);
  };

  constructor(local: LocalSender, shared: SharedPoolHost, options: DeliveryOptions) {
    this.#local = local;
    this.#shared = shared;
    this.#isDurable = options.durable !== undefined;
    this.#isPaced = (options.resilience?.rate ?? null) !== null;
    // Before the shared pool's own listener, which waits for what it has been given.
    process.prependListener('exit', this.#handOverUnwritten);
  }

  send(notification: Notification): Promise<SendOutcome> {
    const via = this.#choose();
    return via.strategy === 'shared-pool'
      ? this.#shared.sender.send(notification, via)
      : this.#sendHere(notification, via);
  }

  sendAll(notifications: readonly Notification[]): Promise<SendOutcome>[] {
    return this.#isDurable
      ? this.#shared.sender.sendAll(notifications, this.#choose())
      : notifications.map((notification) => this.send(notification));
  }

  get told(): Sender['told'] {
    return this.#shared.sender.told;
  }

  handle(): SenderHandle {
    return this.#shared.handle();
  }

  async drain(): Promise<void> {
    await Promise.all([this.#local.drain(), this.#shared.drain()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#local.close(), this.#shared.close()]);
    process.off('exit', this.#handOverUnwritten);
  }

  #choose(): Via {
    const { ioThreads, pending } = this.#shared.sender;
    if (!isMainThread) return chooseStrategy({ isMainThread, ioThreads });
    this.#load.send(this.#local.pending + pending);
    const { busyOtherwise, mostUnderWay } = this.#load;
    return chooseStrategy({
      isMainThread,
      ioThreads,
      isIoSaturated: this.#shared.isSaturated,
      isDurable: this.#isDurable,
      isPaced: this.#isPaced,
      busyOtherwise,
      mostUnderWay,
    });
  }

  async #sendHere(notification: Notification, via: Via): Promise<SendOutcome> {
    const unwritten: Unwritten = { notification, isListed: true, previous: null, next: null };
    this.#unwritten.add(unwritten);
    try {
      return withVia(await this.#local.send(notification, () => this.#written(unwritten)), via);
    } finally {
      this.#written(unwritten);
    }
  }

  #written(unwritten: Unwritten): void {
    if (unwritten.isListed) this.#unwritten.delete(unwritten);
    unwritten.isListed = false;
  }
}
