import type { MessagePort } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryOptions } from '../strategy.ts';

/** A sender's connection to the I/O thread. */
export interface Link {
  readonly port: MessagePort;
  readonly states: SharedArrayBuffer;
}

/** What the I/O thread is started with. */
export interface IoThreadData {
  readonly options: DeliveryOptions;
  readonly counter: SharedArrayBuffer;
}

/** What main tells the I/O thread. */
export type MainToIo =
  | ({ readonly kind: 'link' } & Link)
  | { readonly kind: 'drain' }
  | { readonly kind: 'close' };

/** What the I/O thread tells main. */
export type IoToMain = { readonly kind: 'ready' } | { readonly kind: 'drained' };

/** What a sender tells the I/O thread. */
export type SenderToIo =
  | {
      readonly kind: 'send';
      readonly slot: number;
      readonly notification: Notification;
      readonly thread: string;
      /** `monotonicMs` of the call of `send`: the deadline counts from there. */
      readonly sentAtMs: number;
    }
  | ({ readonly kind: 'link' } & Link);

export interface IoToSender {
  readonly slot: number;
  readonly outcome: SendOutcome;
}

/** What a sender tells main: a thread started from it has a connection of its own. */
export interface SenderToMain {
  readonly control: MessagePort;
  readonly states: SharedArrayBuffer;
}

/** Main's word to a sender after the I/O thread was started anew: the port to the new one. */
export interface MainToSender {
  readonly port: MessagePort;
}

export interface SharedPoolHandle {
  readonly sharedPool: 'timer-notify';
  readonly options: DeliveryOptions;
  readonly counter: SharedArrayBuffer;
  readonly states: SharedArrayBuffer;
  /** To the I/O thread. */
  readonly port: MessagePort;
  /** To main. */
  readonly control: MessagePort;
}

export function isSharedPoolHandle(value: unknown): value is SharedPoolHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sharedPool' in value &&
    value.sharedPool === 'timer-notify'
  );
}
