import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import { isObject } from '../../json-object.ts';

/** An outcome that has no room where its notification was. */
interface LongOutcome {
  readonly slot: number;
  readonly text: string;
}

/** Passes an outcome of any length to a link's sender, to be called before its end is published. */
export function passLongOutcome(pool: string, link: number, outcome: LongOutcome): void {
  const channel = new BroadcastChannel(nameOf(pool, link));
  channel.postMessage(outcome);
  channel.close();
}

/** The sender's end: what was passed before an end was published can be read, without a turn of the loop. */
export class LongOutcomes {
  readonly #channel: BroadcastChannel;
  readonly #texts = new Map<number, string>();

  constructor(pool: string, link: number) {
    this.#channel = new BroadcastChannel(nameOf(pool, link));
    // What this thread's loop has read already can't be received any more.
    this.#channel.onmessage = (event: unknown) => this.#keep(isObject(event) ? event.data : null);
    this.#channel.unref();
  }

  /** Null where nothing came for that slot. */
  take(slot: number): string | null {
    for (;;) {
      const received = receiveMessageOnPort(this.#channel);
      if (received === undefined) break;
      this.#keep(received.message);
    }
    const text = this.#texts.get(slot) ?? null;
    this.#texts.delete(slot);
    return text;
  }

  close(): void {
    this.#channel.close();
  }

  #keep(message: unknown): void {
    if (isLongOutcome(message)) this.#texts.set(message.slot, message.text);
  }
}

function isLongOutcome(value: unknown): value is LongOutcome {
  return isObject(value) && typeof value.slot === 'number' && typeof value.text === 'string';
}

function nameOf(pool: string, link: number): string {
  return `${pool}/${link}`;
}
