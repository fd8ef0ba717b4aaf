import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { monotonicMs } from '../../measure/clock.ts';
import type { Notification } from '../../notification/notification.ts';
import { senderClosed } from '../failure.ts';
import { InFlight } from '../in-flight.ts';
import type { SendOutcome } from '../outcome.ts';
import { PendingSends } from '../pending-sends.ts';
import type { DeliveryOptions, Sender, SenderHandle } from '../strategy.ts';
import { threadName } from '../thread-name.ts';
import type { BridgeHandle, ToMain, ToSender } from './protocol.ts';

/** Hands each notification to main by message and waits for main's answer, with a deadline on its own loop. */
export class BridgeSender implements Sender {
  readonly #options: DeliveryOptions;
  readonly #port: MessagePort;
  readonly #pending: PendingSends;
  readonly #thread = threadName();
  readonly #waiting = new InFlight();
  #closed = false;

  constructor(handle: BridgeHandle) {
    this.#options = handle.options;
    this.#port = handle.port;
    this.#pending = new PendingSends(handle.options.deadlineMs, {
      readResults: () => this.#readAnswers(),
      onIdle: () => this.#port.unref(),
    });
    this.#port.on('message', (answer: ToSender) => this.#settle(answer));
    this.#port.unref();
  }

  async send(notification: Notification): Promise<SendOutcome> {
    if (this.#closed) return senderClosed(notification.id);
    const { slot, outcome } = this.#pending.add(notification.id, monotonicMs());
    this.#port.ref();
    this.#tellMain({ kind: 'send', slot, notification, thread: this.#thread });
    return this.#waiting.track(outcome);
  }

  /** Resolves when main has answered all that was handed to it. */
  idle(): Promise<void> {
    return this.#waiting.drained();
  }

  handle(): SenderHandle {
    const { port1, port2 } = new MessageChannel();
    this.#tellMain({ kind: 'serve', port: port2 }, [port2]);
    const value: BridgeHandle = { bridge: 'timer-notify', options: this.#options, port: port1 };
    return { value, transferList: [port1] };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#port.close();
  }

  /** What has come while this thread's loop did not run. */
  #readAnswers(): void {
    for (;;) {
      const received: { message: ToSender } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#settle(received.message);
    }
  }

  #settle({ slot, outcome }: ToSender): void {
    this.#pending.settle(slot, outcome);
  }

  #tellMain(message: ToMain, transferList: readonly MessagePort[] = []): void {
    this.#port.postMessage(message, transferList);
  }
}
