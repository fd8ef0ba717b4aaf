import type { Notification } from '../../notification/notification.ts';
import type { HandedOver, HandOver } from '../accounting.ts';
import type { SenderHandle } from '../handle.ts';
import type { Via } from '../outcome.ts';
import type { SharedPoolSender } from '../shared-pool/shared-pool-sender.ts';

/**
 * Hands over from whatever thread, main included: a request on the sender's own loop would be lost where that blocks or
 * exits next, and so would its retries. Says how many I/O threads share the load.
 */
export class AdaptiveSender implements HandOver {
  readonly #shared: SharedPoolSender;
  #ioThreads = 1;
  #via = viaOf(1);

  constructor(shared: SharedPoolSender) {
    this.#shared = shared;
  }

  handOver(notification: Notification): HandedOver {
    return this.#shared.handOver(notification, this.#viaNow());
  }

  handOverAll(notifications: readonly Notification[]): readonly HandedOver[] {
    return this.#shared.handOverAll(notifications, this.#viaNow());
  }

  get acknowledge(): HandOver['acknowledge'] {
    return this.#shared.acknowledge;
  }

  handle(): SenderHandle {
    return this.#shared.handle();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  /** The same object until the number of I/O threads changes. */
  #viaNow(): Via {
    const { ioThreads } = this.#shared;
    if (ioThreads !== this.#ioThreads) {
      this.#ioThreads = ioThreads;
      this.#via = viaOf(ioThreads);
    }
    return this.#via;
  }
}

function viaOf(ioThreads: number): Via {
  const shareOfLoad = ioThreads > 1 ? `; ${ioThreads} I/O threads share the load` : '';
  return {
    strategy: 'shared-pool',
    because: `what is handed over arrives whatever this thread does next${shareOfLoad}`,
  };
}
