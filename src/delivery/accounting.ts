import type { DeliveryPath } from '../model/names.ts';
import type { Notification } from '../notification/notification.ts';
import type { SenderHandle } from './handle.ts';
import type { SendOutcome } from './outcome.ts';
import { logOutcome } from './outcome-log.ts';
import type { DeliveryOptions, Sender } from './strategy.ts';
import { tallyOf } from './tally.ts';
import { threadName } from './thread-name.ts';

/** By what an outcome is written down. */
export interface Label {
  readonly id: string;
  readonly path: DeliveryPath;
  /** Name of the sending thread. */
  readonly thread: string;
}

/**
 * Counts an outcome, and writes it down where that was asked for: once each, by whoever decides it, so that it counts also
 * where the sending thread is parked or gone.
 */
export function account(options: DeliveryOptions, { id, path, thread }: Label, outcome: SendOutcome): void {
  tallyOf(options)?.settle(outcome.status, outcome.durationMs);
  const { outcomeFd } = options;
  if (outcomeFd !== undefined) logOutcome(outcomeFd, { kind: 'settled', id, path, thread, outcome });
}

/** An outcome that was decided at once, in this thread; a promise where the notification is out of its hands. */
export type HandedOver = SendOutcome | Promise<SendOutcome>;

/** A strategy's own part of sending from one thread. */
export interface HandOver {
  handOver(notification: Notification): HandedOver;
  /** As `handOver` for each; default: one after another. */
  handOverAll?(notifications: readonly Notification[]): readonly HandedOver[];
  readonly acknowledge?: Sender['acknowledge'];
  handle(): SenderHandle;
  close(): Promise<void>;
}

/** Any strategy's sender: accounts for what that decides at once. Whoever takes the rest over accounts for it. */
export class AccountedSender implements Sender {
  readonly #options: DeliveryOptions;
  readonly #own: HandOver;
  readonly #thread = threadName();

  constructor(options: DeliveryOptions, own: HandOver) {
    this.#options = options;
    this.#own = own;
  }

  send(notification: Notification): Promise<SendOutcome> {
    return this.#accounted(notification, this.#own.handOver(notification));
  }

  sendAll(notifications: readonly Notification[]): Promise<SendOutcome>[] {
    const handedOver = this.#own.handOverAll?.(notifications);
    return notifications.map((notification, index) =>
      this.#accounted(notification, handedOver?.[index] ?? this.#own.handOver(notification)),
    );
  }

  get acknowledge(): Sender['acknowledge'] {
    return this.#own.acknowledge;
  }

  handle(): SenderHandle {
    return this.#own.handle();
  }

  close(): Promise<void> {
    return this.#own.close();
  }

  #accounted({ id, path }: Notification, handedOver: HandedOver): Promise<SendOutcome> {
    if (handedOver instanceof Promise) return handedOver;
    account(this.#options, { id, path, thread: this.#thread }, handedOver);
    return Promise.resolve(handedOver);
  }
}
