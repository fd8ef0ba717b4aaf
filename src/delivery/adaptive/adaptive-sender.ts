import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';
import type { Sender, SenderHandle } from '../strategy.ts';
import { chooseStrategy } from './choose.ts';

const via = chooseStrategy({ isMainThread: false, isDurable: false, utilization: 0, underWay: 0 });

/** The sender of every thread but main: always the shared pool, and it says so. */
export class AdaptiveSender implements Sender {
  readonly #shared: Sender;

  constructor(shared: Sender) {
    this.#shared = shared;
  }

  send(notification: Notification): Promise<SendOutcome> {
    return this.#shared.send(notification).then((outcome) => ({ ...outcome, via }));
  }

  handle(): SenderHandle {
    return this.#shared.handle();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }
}
