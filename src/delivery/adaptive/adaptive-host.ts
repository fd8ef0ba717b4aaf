import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import type { LocalSender } from '../local-sender.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryHost, Sender, SenderHandle } from '../strategy.ts';
import { chooseStrategy } from './choose.ts';

/** Sends on main's own loop or through the shared pool, whichever the context calls for. */
export class AdaptiveHost implements DeliveryHost, Sender {
  readonly sender: Sender = this;
  readonly #local: LocalSender;
  readonly #shared: DeliveryHost;
  #lastUtilization = performance.eventLoopUtilization();

  constructor(local: LocalSender, shared: DeliveryHost) {
    this.#local = local;
    this.#shared = shared;
  }

  send(notification: Notification): Promise<SendOutcome> {
    const strategy = chooseStrategy({ isMainThread, utilization: this.#utilizationSinceLastSend() });
    return strategy === 'shared-pool'
      ? this.#shared.sender.send(notification)
      : this.#local.send(notification);
  }

  handle(): SenderHandle {
    return this.#shared.handle();
  }

  async drain(): Promise<void> {
    await Promise.all([this.#local.drain(), this.#shared.drain()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#local.close(), this.#shared.close()]);
  }

  #utilizationSinceLastSend(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#lastUtilization);
    this.#lastUtilization = now;
    return utilization;
  }
}
