import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';
import type { SharedPoolSender } from '../shared-pool/shared-pool-sender.ts';
import type { Sender, SenderHandle } from '../strategy.ts';
import { chooseStrategy } from './choose.ts';

/** The sender of every thread but main: always the shared pool, and it says so. */
export class AdaptiveSender implements Sender {
  readonly #shared: SharedPoolSender;
  #ioThreads = 1;
  #via = chooseStrategy({ isMainThread: false, ioThreads: 1 });

  constructor(shared: SharedPoolSender) {
    this.#shared = shared;
  }

  send(notification: Notification): Promise<SendOutcome> {
    const { ioThreads } = this.#shared;
    if (ioThreads !== this.#ioThreads) {
      this.#ioThreads = ioThreads;
      this.#via = chooseStrategy({ isMainThread: false, ioThreads });
    }
    return this.#shared.send(notification, this.#via);
  }

  sendAll(notifications: readonly Notification[]): Promise<SendOutcome>[] {
    const via = chooseStrategy({ isMainThread: false, ioThreads: this.#shared.ioThreads });
    return this.#shared.sendAll(notifications, via);
  }

  handle(): SenderHandle {
    return this.#shared.handle();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }
}
