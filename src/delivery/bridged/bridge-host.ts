import { setImmediate as turn } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { openClient } from '../client.ts';
import { deliver, type Means, openResilience } from '../deliver.ts';
import { queueFull, senderClosed } from '../failure.ts';
import { InFlight } from '../in-flight.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryHost, DeliveryOptions, SenderHandle } from '../strategy.ts';
import { counted } from '../tally.ts';
import { BridgeSender } from './bridge-sender.ts';
import { type BridgeHandle, openBridge, type ServedThread, type ToMain } from './protocol.ts';

interface Served {
  readonly posted: Int32Array;
  received: number;
}

/** Serves, on main's loop, the requests of every sender. */
export class BridgeHost implements DeliveryHost {
  readonly sender: BridgeSender;
  readonly #options: DeliveryOptions;
  readonly #means: Means;
  readonly #served = new Map<MessagePort, Served>();
  readonly #inFlight = new InFlight();
  #closed = false;
  #refuses = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const dispatcher = openClient(options.target, { connections: options.connections });
    this.#means = { dispatcher, options, resilience: openResilience(options) };
    this.sender = new BridgeSender(this.#connect());
  }

  handle(): SenderHandle {
    const value = this.#connect();
    return { value, transferList: [value.port] };
  }

  async drain(): Promise<void> {
    do {
      // What other threads have posted until now is read in this turn of the loop.
      await turn();
      await this.#inFlight.drained();
    } while (this.#inFlight.count > 0);
    await this.sender.idle();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // What was posted before this is read in this turn of the loop; what comes later is refused.
    await turn();
    this.#refuses = true;
    await this.drain();
    await this.sender.close();
    for (const port of this.#served.keys()) port.close();
    await this.#means.dispatcher.destroy();
  }

  /** Those that main delivers and those that it has not read yet. */
  get inFlight(): number {
    let unread = 0;
    for (const { posted, received } of this.#served.values())
      unread += Math.max(0, Atomics.load(posted, 0) - received);
    return this.#inFlight.count + unread;
  }

  #connect(): BridgeHandle {
    const { served, handle } = openBridge(this.#options);
    this.#serve(served);
    return handle;
  }

  #serve({ port, posted }: ServedThread): void {
    const served: Served = { posted: new Int32Array(posted), received: 0 };
    this.#served.set(port, served);
    port.on('close', () => this.#served.delete(port));
    port.on('message', (message: ToMain) => {
      if (message.kind === 'serve') {
        this.#serve(message.served);
        return;
      }
      served.received += 1;
      void this.#answer(port, message);
    });
    // An idle bridge must not keep the process running.
    port.unref();
  }

  async #answer(port: MessagePort, message: Extract<ToMain, { kind: 'send' }>): Promise<void> {
    port.postMessage({ slot: message.slot, outcome: await this.#deliver(message) });
  }

  async #deliver({ notification, thread }: Extract<ToMain, { kind: 'send' }>): Promise<SendOutcome> {
    const { queueLimit } = this.#options;
    if (this.#refuses) return counted(this.#options, senderClosed(notification.id));
    if (this.#inFlight.count >= queueLimit)
      return counted(this.#options, queueFull(notification.id, queueLimit));
    return this.#inFlight.track(deliver(this.#means, notification, thread));
  }
}
