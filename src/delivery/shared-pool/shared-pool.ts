import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type IoThreadRestarted, ioThreadRestarts } from '../io-thread-restarts.ts';
import type { DeliveryHost, DeliveryOptions, DeliveryStrategy, Sender, SenderHandle } from '../strategy.ts';
import { DrainCounter } from './counters.ts';
import { ioThreadFile } from './io-thread-file.ts';
import {
  type IoThreadData,
  type IoToMain,
  isSharedPoolHandle,
  type MainToIo,
  type MainToSender,
  type SenderToMain,
  type SharedPoolHandle,
} from './protocol.ts';
import { SharedPoolSender } from './shared-pool-sender.ts';
import { SlotStates } from './slot-states.ts';

/** One long-lived pool on an I/O thread of its own, reached from any thread by its own port, drained on exit. */
export const sharedPool: DeliveryStrategy = {
  name: 'shared-pool',
  awaited: true,
  open: async (options) => {
    const host = new SharedPoolHost(options);
    await host.ready();
    return host;
  },
  attach: async (handle) => {
    if (!isSharedPoolHandle(handle)) {
      throw new TypeError(
        'not a handle of a shared pool; pass what its handle() returned, with its transferList',
      );
    }
    return new SharedPoolSender(handle);
  },
};

/** Time, in ms, that the exit listener gives the I/O thread beyond a notification's own deadline. */
const exitGraceMs = 500;

class SharedPoolHost implements DeliveryHost {
  readonly sender: Sender;
  readonly #options: DeliveryOptions;
  readonly #counter = new DrainCounter();
  /** By each sender's control port: the states of its slots. */
  readonly #senders = new Map<MessagePort, SharedArrayBuffer>();
  #worker: Worker;
  #opened = false;
  #lastError: unknown = null;
  #closing: Promise<void> | null = null;
  readonly #drainOnExit = () => this.#counter.waitUntilDrained(this.#options.deadlineMs + exitGraceMs);

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#worker = this.#start();
    this.sender = new SharedPoolSender(this.#connect());
    process.on('exit', this.#drainOnExit);
  }

  /**
   * Resolves when the I/O thread runs.
   * @throws Error when it ends before that.
   */
  async ready(): Promise<void> {
    this.#worker.ref();
    this.#opened = await this.#answer('ready');
    if (!this.#opened) {
      process.off('exit', this.#drainOnExit);
      throw new Error('the I/O thread could not be started', { cause: this.#lastError });
    }
    this.#worker.unref();
  }

  handle(): SenderHandle {
    const value = this.#connect();
    return { value, transferList: [value.port, value.control] };
  }

  async drain(): Promise<void> {
    this.#worker.ref();
    this.#tellIo({ kind: 'drain' });
    await this.#answer('drained');
    this.#worker.unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.drain();
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#tellIo({ kind: 'close' });
    await ended;
    await this.sender.close();
    for (const control of this.#senders.keys()) control.close();
    process.off('exit', this.#drainOnExit);
  }

  #start(): Worker {
    const data: IoThreadData = { options: this.#options, counter: this.#counter.shared };
    const worker = new Worker(ioThreadFile(this.#options.ioThread), {
      name: 'timer-notify-io',
      workerData: data,
    });
    worker.on('error', (error: unknown) => {
      // The exit that follows starts a new thread; senders learn what became of their notifications then.
      this.#lastError = error;
    });
    worker.on('exit', () => this.#restart());
    worker.unref();
    return worker;
  }

  #restart(): void {
    if (!this.#opened || this.#closing !== null) return;
    this.#worker = this.#start();
    const restarted: IoThreadRestarted = { options: this.#options, error: this.#lastError };
    ioThreadRestarts.publish(restarted);
    for (const [control, states] of this.#senders) {
      const { port1, port2 } = new MessageChannel();
      this.#tellIo({ kind: 'link', port: port2, states }, [port2]);
      const message: MainToSender = { port: port1 };
      control.postMessage(message, [port1]);
    }
  }

  #connect(): SharedPoolHandle {
    const data = new MessageChannel();
    const control = new MessageChannel();
    const states = new SlotStates(this.#options.queueLimit).shared;
    this.#tellIo({ kind: 'link', port: data.port2, states }, [data.port2]);
    this.#register({ control: control.port2, states });
    return {
      sharedPool: 'timer-notify',
      options: this.#options,
      counter: this.#counter.shared,
      states,
      port: data.port1,
      control: control.port1,
    };
  }

  #register({ control, states }: SenderToMain): void {
    this.#senders.set(control, states);
    control.on('close', () => this.#senders.delete(control));
    control.on('message', (message: SenderToMain) => this.#register(message));
    control.unref();
  }

  #tellIo(message: MainToIo, transferList: readonly MessagePort[] = []): void {
    this.#worker.postMessage(message, transferList);
  }

  /** True when the I/O thread says `kind`, false when it has ended. */
  #answer(kind: IoToMain['kind']): Promise<boolean> {
    const worker = this.#worker;
    return new Promise((resolve) => {
      const settle = (answered: boolean) => {
        worker.off('message', listen).off('exit', end);
        resolve(answered);
      };
      const end = () => settle(false);
      const listen = (message: IoToMain) => {
        if (message.kind === kind) settle(true);
      };
      worker.on('message', listen).on('exit', end);
    });
  }
}
