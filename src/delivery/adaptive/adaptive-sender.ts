import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome, Via } from '../outcome.ts';
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
    return this.#shared.send(notification, this.#choose());
  }

  sendAll(notifications: readonly Notification[]): Promise<SendOutcome>[] {
    return this.#shared.sendAll(notifications, this.#choose());
  }

  get told(): Sender['told'] {
    return this.#shared.told;
  }

  handle(): SenderHandle {
    return this.#shared.handle();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  /** The same until the number of I/O threads changes. */
  #choose(): Via {
    const { ioThreads } = this.#shared;
    if (ioThreads !== this.#ioThreads) {
      this.#ioThreads = ioThreads;
      this.#via = chooseStrategy({ isMainThread: false, ioThreads });
    }
    return this.#via;
  }
}
