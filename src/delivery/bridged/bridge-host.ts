import { setImmediate as turn } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { AccountedSender, account } from '../accounting.ts';
import { openClient } from '../client.ts';
import { type DeliveryContext, deliver, openResilience } from '../deliver.ts';
import { queueFull, senderClosed } from '../failure.ts';
import type { SenderHandle } from '../handle.ts';
import { InFlight } from '../in-flight.ts';
import type { SendOutcome } from '../outcome.ts';
import type { DeliveryHost, DeliveryOptions, Sender } from '../strategy.ts';
import { BridgeSender } from './bridge-sender.ts';
import { type BridgeHandle, openBridge, type ServedThread, type ToMain } from './protocol.ts';

type ToSend = Extract<ToMain, { kind: 'send' }>;

interface Served {
  readonly posted: Int32Array;
  received: number;
  /** How many of its messages are delivered; those after them are refused. */
  acceptedUntil: number;
}

/** Serves, on main's loop, the requests of every sender. */
export class BridgeHost implements DeliveryHost {
  readonly sender: Sender;
  readonly #own: BridgeSender;
  readonly #options: DeliveryOptions;
  readonly #context: DeliveryContext;
  readonly #served = new Map<MessagePort, Served>();
  readonly #inFlight = new InFlight();
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const dispatcher = openClient(options.target, { connections: options.connections });
    this.#context = { dispatcher, options, resilience: openResilience(options) };
    this.#own = new BridgeSender(this.#connect());
    this.sender = new AccountedSender(options, this.#own);
  }

  handle(): SenderHandle {
    const value = this.#connect();
    return { value, transferList: [value.port] };
  }

  async drain(): Promise<void> {
    do {
      // What has been posted until now is read in the next turns of the loop.
      await turn();
      await this.#inFlight.drained();
    } while (this.inFlight > 0);
    await this.#own.idle();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // What was posted before this is still delivered; what comes later is refused.
    for (const served of this.#served.values()) served.acceptedUntil = Atomics.load(served.posted, 0);
    await this.drain();
    await this.sender.close();
    for (const port of this.#served.keys()) port.close();
    await this.#context.dispatcher.destroy();
  }

  /** Those that main delivers and those that it has not read yet. */
  get inFlight(): number {
    let unread = 0;
    for (const { posted, received, acceptedUntil } of this.#served.values())
      unread += Math.max(0, Math.min(Atomics.load(posted, 0), acceptedUntil) - received);
    return this.#inFlight.count + unread;
  }

  #connect(): BridgeHandle {
    const { served, handle } = openBridge(this.#options);
    this.#serve(served);
    return handle;
  }

  #serve({ port, posted }: ServedThread): void {
    const acceptedUntil = this.#closed ? 0 : Number.POSITIVE_INFINITY;
    const served: Served = { posted: new Int32Array(posted), received: 0, acceptedUntil };
    this.#served.set(port, served);
    port.on('close', () => this.#served.delete(port));
    port.on('message', (message: ToMain) => {
      if (message.kind === 'serve') {
        this.#serve(message.served);
        return;
      }
      served.received += 1;
      void this.#answer(port, message, served.received <= served.acceptedUntil);
    });
    // An idle bridge must not keep the process running.
    port.unref();
  }

  async #answer(port: MessagePort, message: ToSend, isAccepted: boolean): Promise<void> {
    const outcome = isAccepted
      ? await this.#deliver(message)
      : this.#refuse(message, senderClosed(message.notification.id));
    port.postMessage({ slot: message.slot, outcome });
  }

  #refuse({ notification: { id, path }, thread }: ToSend, outcome: SendOutcome): SendOutcome {
    account(this.#options, { id, path, thread }, outcome);
    return outcome;
  }

  async #deliver(message: ToSend): Promise<SendOutcome> {
    const { notification, thread } = message;
    const { queueLimit } = this.#options;
    if (this.#inFlight.count >= queueLimit)
      return this.#refuse(message, queueFull(notification.id, queueLimit));
    return this.#inFlight.track(deliver(this.#context, notification, thread));
  }
}
