import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import type { LocalSender } from '../local-sender.ts';
import type { SendOutcome } from '../outcome.ts';
import type { SharedPoolHost } from '../shared-pool/shared-pool-host.ts';
import type { DeliveryHost, Sender, SenderHandle } from '../strategy.ts';
import { chooseStrategy } from './choose.ts';

/** Sends on main's own loop or through the shared pool, whichever the context calls for. */
export class AdaptiveHost implements DeliveryHost, Sender {
  readonly sender: Sender = this;
  readonly #local: LocalSender;
  readonly #shared: SharedPoolHost;
  readonly #isDurable: boolean;
  /** Given to main's own loop and not written to a socket yet. */
  readonly #unwritten = new Set<Notification>();
  #underWay = 0;
  #lastUtilization = performance.eventLoopUtilization();
  readonly #handOverUnwritten = () => {
    for (const notification of this.#unwritten) void this.#shared.sender.send(notification);
  };

  constructor(local: LocalSender, shared: SharedPoolHost, isDurable: boolean) {
    this.#local = local;
    this.#shared = shared;
    this.#isDurable = isDurable;
    // Before the shared pool's own listener, which waits for what it has been given.
    process.prependListener('exit', this.#handOverUnwritten);
  }

  async send(notification: Notification): Promise<SendOutcome> {
    const { ioThreads } = this.#shared.sender;
    const via = isMainThread
      ? chooseStrategy({
          isMainThread,
          ioThreads,
          isIoSaturated: this.#shared.isSaturated,
          isDurable: this.#isDurable,
          utilization: this.#utilizationSinceLastSend(),
          underWay: this.#underWay,
        })
      : chooseStrategy({ isMainThread, ioThreads });
    const sent =
      via.strategy === 'shared-pool' ? this.#shared.sender.send(notification) : this.#sendHere(notification);
    return { ...(await sent), via };
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

  async #sendHere(notification: Notification): Promise<SendOutcome> {
    this.#unwritten.add(notification);
    this.#underWay += 1;
    try {
      return await this.#local.send(notification, () => this.#unwritten.delete(notification));
    } finally {
      this.#underWay -= 1;
      this.#unwritten.delete(notification);
    }
  }

  #utilizationSinceLastSend(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#lastUtilization);
    this.#lastUtilization = now;
    return utilization;
  }
}
