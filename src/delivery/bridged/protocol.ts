import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import type { HandleValue } from '../handle.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryOptions } from '../strategy.ts';

/** What a sender sends main. */
export type ToMain =
  | {
      readonly kind: 'send';
      readonly slot: number;
      readonly notification: Notification;
      readonly thread: string;
    }
  | { readonly kind: 'serve'; readonly served: ServedThread };

/** One thread as main serves it. */
export interface ServedThread {
  readonly port: MessagePort;
  /** One word: how many messages that thread has posted. */
  readonly posted: SharedArrayBuffer;
}

/** What main replies. */
export interface ToSender {
  readonly slot: number;
  readonly outcome: SendOutcome;
}

export interface BridgeHandle extends HandleValue {
  readonly writtenBy: 'bridged';
  readonly options: DeliveryOptions;
  readonly port: MessagePort;
  readonly posted: SharedArrayBuffer;
}

/** Both ends of a bridge for one thread. */
export function openBridge(options: DeliveryOptions): { served: ServedThread; handle: BridgeHandle } {
  const { port1, port2 } = new MessageChannel();
  const posted = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  return {
    served: { port: port2, posted },
    handle: { writtenBy: 'bridged', options, port: port1, posted },
  };
}

export function isBridgeHandle(value: HandleValue): value is BridgeHandle {
  return value.writtenBy === 'bridged';
}
