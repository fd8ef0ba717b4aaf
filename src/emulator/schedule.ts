import { type LongTimer, startTimer } from '../time/long-timer.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Posting } from './response-builders.ts';

/** A message that is to be posted later. */
export interface ScheduledMessage {
  readonly id: string;
  /** Seconds since 1970. */
  readonly postAt: number;
  readonly createdAt: number;
  /** What is posted then, except for its timestamps. */
  readonly posting: Posting;
}

/** The scheduled messages of one workspace, and the clock that posts them. */
export class Schedule {
  readonly #messages = new BoundedMap<ScheduledMessage>();
  readonly #post: (message: ScheduledMessage) => void;
  #timer: LongTimer | null = null;

  constructor(post: (message: ScheduledMessage) => void) {
    this.#post = post;
  }

  /** False where no more are kept. */
  add(message: ScheduledMessage): boolean {
    if (!this.#messages.set(message.id, message)) return false;
    this.#arm();
    return true;
  }

  /** False where no message of that channel has this ID, or it is posted already. */
  delete(channel: string, id: string): boolean {
    if (this.#messages.get(id)?.posting.message.channel !== channel) return false;
    this.#messages.delete(id);
    this.#arm();
    return true;
  }

  /** The next one to be posted first. */
  values(): readonly ScheduledMessage[] {
    return this.#messages.values().toSorted((a, b) => a.postAt - b.postAt);
  }

  close(): void {
    this.#timer?.clear();
    this.#timer = null;
  }

  #arm(): void {
    this.close();
    const [next] = this.values();
    if (next !== undefined)
      this.#timer = startTimer(() => this.#postDue(), next.postAt * 1000 - Date.now()).unref();
  }

  #postDue(): void {
    for (const message of this.values()) {
      if (message.postAt * 1000 > Date.now()) break;
      this.#messages.delete(message.id);
      this.#post(message);
    }
    this.#arm();
  }
}
