import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Notification } from '../../notification/notification.ts';
import { monotonicMs } from '../../time/clock.ts';
import type { HandedOver, HandOver } from '../accounting.ts';
import { senderClosed } from '../failure.ts';
import type { SenderHandle } from '../handle.ts';
import { InFlight } from '../in-flight.ts';
import { PendingSends } from '../pending-sends.ts';
import type { DeliveryOptions } from '../strategy.ts';
import { threadName } from '../thread-name.ts';
import { type BridgeHandle, openBridge, type ToMain, type ToSender } from './protocol.ts';

/** Hands each notification to main by message and waits for main's reply, with a deadline on its own loop. */
export class BridgeSender implements HandOver {
  readonly #options: DeliveryOptions;
  readonly #port: MessagePort;
  readonly #posted: Int32Array;
  readonly #pending: PendingSends;
  readonly #thread = threadName();
  readonly #waiting = new InFlight();
  #closed = false;

  constructor(handle: BridgeHandle) {
    this.#options = handle.options;
    this.#port = handle.port;
    this.#posted = new Int32Array(handle.posted);
    this.#pending = new PendingSends(handle.options.deadlineMs, {
      readResults: () => this.#readReplies(),
      onIdle: () => this.#port.unref(),
    });
    this.#port.on('message', (reply: ToSender) => this.#settle(reply));
    this.#port.unref();
  }

  handOver(notification: Notification): HandedOver {
    if (this.#closed) return senderClosed(notification.id);
    const { slot, outcome } = this.#pending.add(notification.id, monotonicMs());
    this.#port.ref();
    this.#post({ kind: 'send', slot, notification, thread: this.#thread });
    Atomics.add(this.#posted, 0, 1);
    return this.#waiting.track(outcome);
  }

  /** Resolves when main has answered all that was handed to it. */
  idle(): Promise<void> {
    return this.#waiting.drained();
  }

  handle(): SenderHandle {
    const { served, handle } = openBridge(this.#options);
    this.#post({ kind: 'serve', served }, [served.port]);
    return { value: handle, transferList: [handle.port] };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#port.close();
  }

  /** What has come while this thread's loop did not run. */
  #readReplies(): void {
    for (;;) {
      const received: { message: ToSender } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#settle(received.message);
    }
  }

  #settle({ slot, outcome }: ToSender): void {
    this.#pending.settle(slot, outcome);
  }

  #post(message: ToMain, transferList: readonly MessagePort[] = []): void {
    this.#port.postMessage(message, transferList);
  }
}
