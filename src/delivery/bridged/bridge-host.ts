import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { openClient } from '../client.ts';
import { deliver, type Means, openResilience } from '../deliver.ts';
import { queueFull } from '../failure.ts';
import { InFlight } from '../in-flight.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryHost, DeliveryOptions, SenderHandle } from '../strategy.ts';
import { BridgeSender } from './bridge-sender.ts';
import type { BridgeHandle, ToMain } from './protocol.ts';

/** Serves, on main's loop, the requests of every sender. */
export class BridgeHost implements DeliveryHost {
  readonly sender: BridgeSender;
  readonly #options: DeliveryOptions;
  readonly #means: Means;
  readonly #ports = new Set<MessagePort>();
  readonly #inFlight = new InFlight();
  #closed = false;

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
    await this.drain();
    await this.sender.close();
    for (const port of this.#ports) port.close();
    await this.#means.dispatcher.destroy();
  }

  #connect(): BridgeHandle {
    const { port1, port2 } = new MessageChannel();
    this.#serve(port2);
    return { bridge: 'timer-notify', options: this.#options, port: port1 };
  }

  #serve(port: MessagePort): void {
    this.#ports.add(port);
    port.on('close', () => this.#ports.delete(port));
    port.on('message', (message: ToMain) => {
      if (message.kind === 'serve') this.#serve(message.port);
      else void this.#answer(port, message);
    });
    // An idle bridge must not keep the process running.
    port.unref();
  }

  async #answer(port: MessagePort, message: Extract<ToMain, { kind: 'send' }>): Promise<void> {
    port.postMessage({ slot: message.slot, outcome: await this.#deliver(message) });
  }

  async #deliver({ notification, thread }: Extract<ToMain, { kind: 'send' }>): Promise<SendOutcome> {
    const { queueLimit } = this.#options;
    if (this.#inFlight.count >= queueLimit) return queueFull(notification.id, queueLimit);
    return this.#inFlight.track(deliver(this.#means, notification, thread));
  }
}
