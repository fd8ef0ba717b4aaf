import { lineOf } from '../../model/frame.ts';
import type { EventOf } from './protocol.ts';
import type { Thread } from './thread.ts';

/** Of those the newest: what was sent long ago has been answered, or reported. */
const kept = 5000;

/** Who called `send()` of this package's library, for requests that it makes elsewhere: in its I/O thread, or in main. */
export class NotificationSenders {
  readonly #calls = new Map<string, { readonly thread: Thread; readonly stack: number | null }>();

  sends(thread: Thread, { id, stack }: EventOf<'notifies'>): void {
    this.#calls.set(id, { thread, stack });
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > kept && oldest !== undefined) this.#calls.delete(oldest);
  }

  /** The lines of the program's own that sent the notification come before those that made its request. */
  stackOf(notification: string | null, frames: readonly string[]): readonly string[] {
    const call = notification === null ? undefined : this.#calls.get(notification);
    if (call === undefined) return frames;
    const lines = new Set(frames.map(lineOf));
    return [...call.thread.stack(call.stack).filter((frame) => !lines.has(lineOf(frame))), ...frames];
  }
}
