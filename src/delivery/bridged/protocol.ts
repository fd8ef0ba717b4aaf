import type { MessagePort } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryOptions } from '../strategy.ts';

/** What a sender tells main. */
export type ToMain =
  | {
      readonly kind: 'send';
      readonly slot: number;
      readonly notification: Notification;
      readonly thread: string;
    }
  | { readonly kind: 'serve'; readonly port: MessagePort };

/** What main answers. */
export interface ToSender {
  readonly slot: number;
  readonly outcome: SendOutcome;
}

export interface BridgeHandle {
  readonly bridge: 'timer-notify';
  readonly options: DeliveryOptions;
  readonly port: MessagePort;
}

export function isBridgeHandle(value: unknown): value is BridgeHandle {
  return typeof value === 'object' && value !== null && 'bridge' in value && value.bridge === 'timer-notify';
}
