import { channel } from 'node:diagnostics_channel';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { DeliveryPath } from '../model/names.ts';

/** Published on `timer-notify:send` in the sending thread, before a message is handed over. */
export interface SendEvent {
  /** Name of the notifier. */
  readonly notifier: string;
  readonly id: string;
  readonly path: DeliveryPath;
  readonly channel: string;
  /** Name of the sending thread. */
  readonly thread: string;
}

/** Published on `timer-notify:settled` in the sending thread, when that thread's loop learns the outcome. */
export interface SettledEvent extends SendEvent {
  readonly outcome: SendOutcome;
}

export type AlertKind = 'completion-below' | 'p99-above' | 'queue-above' | 'io-thread-restarted';

/** Published on `timer-notify:alert` in the thread that created the notifier. */
export interface AlertEvent {
  readonly notifier: string;
  readonly kind: AlertKind;
  /** Each alert is raised once and cleared once, however often its figure crosses the bound in between. */
  readonly state: 'raised' | 'cleared';
  /** The bound that was given: a share, ms or a count; for a restart the number allowed, 0. */
  readonly bound: number;
  readonly actual: number;
  /** One line for a person. */
  readonly message: string;
}

export const sendEvents = channel('timer-notify:send');
export const settledEvents = channel('timer-notify:settled');
export const alertEvents = channel('timer-notify:alert');
