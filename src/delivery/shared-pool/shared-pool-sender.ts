import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { monotonicMs } from '../../measure/clock.ts';
import type { Notification } from '../../notification/notification.ts';
import { failure, queueFull, senderClosed } from '../failure.ts';
import type { SendOutcome } from '../outcome.ts';
import { PendingSends } from '../pending-sends.ts';
import type { DeliveryOptions, Sender, SenderHandle } from '../strategy.ts';
import { threadName } from '../thread-name.ts';
import { DrainCounter } from './counters.ts';
import type { IoToSender, MainToSender, SenderToIo, SenderToMain, SharedPoolHandle } from './protocol.ts';
import { SlotStates } from './slot-states.ts';

/** Hands each notification straight to the I/O thread; this thread may stop turning, or end, in the next statement. */
export class SharedPoolSender implements Sender {
  readonly #options: DeliveryOptions;
  readonly #counter: DrainCounter;
  readonly #states: SlotStates;
  readonly #control: MessagePort;
  readonly #pending: PendingSends;
  readonly #thread = threadName();
  #port: MessagePort;
  #closed = false;

  constructor(handle: SharedPoolHandle) {
    this.#options = handle.options;
    this.#counter = new DrainCounter(handle.counter);
    this.#states = new SlotStates(handle.states);
    this.#control = handle.control;
    this.#pending = new PendingSends(handle.options.deadlineMs, () => this.#port.unref());
    this.#port = this.#listen(handle.port);
    this.#control.on('message', ({ port }: MainToSender) => this.#moveTo(port));
    this.#control.unref();
  }

  async send(notification: Notification): Promise<SendOutcome> {
    if (this.#closed) return senderClosed(notification.id);
    const { queueLimit } = this.#options;
    if (this.#counter.inFlight >= queueLimit || this.#pending.size >= queueLimit) {
      return queueFull(notification.id, queueLimit);
    }
    const sentAtMs = monotonicMs();
    const { slot, outcome } = this.#pending.add(notification, sentAtMs);
    this.#states.queue(slot);
    this.#port.ref();
    this.#counter.handOver();
    this.#tellIo({ kind: 'send', slot, notification, thread: this.#thread, sentAtMs });
    return outcome;
  }

  handle(): SenderHandle {
    const data = new MessageChannel();
    const control = new MessageChannel();
    const states = new SlotStates(this.#options.queueLimit);
    const forMain: SenderToMain = { control: control.port2, states: states.shared };
    this.#tellIo({ kind: 'link', port: data.port2, states: states.shared }, [data.port2]);
    this.#control.postMessage(forMain, [control.port2]);
    const value: SharedPoolHandle = {
      sharedPool: 'timer-notify',
      options: this.#options,
      counter: this.#counter.shared,
      states: states.shared,
      port: data.port1,
      control: control.port1,
    };
    return { value, transferList: [data.port1, control.port1] };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.close();
    this.#control.close();
  }

  #listen(port: MessagePort): MessagePort {
    port.on('message', (message: IoToSender) => this.#settle(message));
    if (this.#pending.size === 0) port.unref();
    return port;
  }

  #settle({ slot, outcome }: IoToSender): void {
    this.#pending.settle(slot, outcome);
  }

  /** The I/O thread was started anew: what may have been posted ends as ambiguous, what was queued is handed over again. */
  #moveTo(port: MessagePort): void {
    this.#readLastAnswers();
    this.#port.close();
    this.#port = this.#listen(port);
    for (const [slot, { notification, sentAtMs }] of [...this.#pending.entries()]) {
      if (this.#states.isQueued(slot)) {
        this.#tellIo({ kind: 'send', slot, notification, thread: this.#thread, sentAtMs });
      } else {
        if (!this.#states.hasEnded(slot)) this.#counter.settle();
        this.#pending.settle(slot, ioThreadLost(notification.id));
      }
    }
  }

  #readLastAnswers(): void {
    for (;;) {
      const received: { message: IoToSender } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#settle(received.message);
    }
  }

  #tellIo(message: SenderToIo, transferList: readonly MessagePort[] = []): void {
    this.#port.postMessage(message, transferList);
  }
}

function ioThreadLost(id: string): SendOutcome {
  return failure(id, 'io-thread-lost', {
    message: 'the I/O thread ended while the request was under way; the message may have been posted',
    retryable: true,
    ambiguous: true,
  });
}
