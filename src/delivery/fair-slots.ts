import { startTimer } from '../time/long-timer.ts';
import { type Listed, OrderedList } from './ordered-list.ts';

interface Waiting extends Listed<Waiting> {
  readonly begin: () => void;
}

/**
 * As many requests at once as there are connections. Those that wait are served sender by sender, so that one thread's
 * burst does not hold up another's single message, as it would in the client's own queue.
 */
export class FairSlots {
  #free: number;
  /** The sender whose turn it is next comes first. */
  readonly #waiting = new Map<number, OrderedList<Waiting>>();

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Resolves to true when a slot is had, which `leave` gives back; to false when none came within `timeoutMs`. */
  enter(sender: number, timeoutMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const giveUp = startTimer(() => {
        this.#takeOut(sender, waiting);
        resolve(false);
      }, timeoutMs);
      const begin = () => {
        giveUp.clear();
        resolve(true);
      };
      const waiting: Waiting = { begin, previous: null, next: null };
      this.#listOf(sender).add(waiting);
    });
  }

  leave(): void {
    for (const [sender, { first }] of this.#waiting) {
      if (first === null) continue;
      this.#takeOut(sender, first);
      first.begin();
      return;
    }
    this.#free += 1;
  }

  #listOf(sender: number): OrderedList<Waiting> {
    const known = this.#waiting.get(sender);
    if (known !== undefined) return known;
    const list = new OrderedList<Waiting>();
    this.#waiting.set(sender, list);
    return list;
  }

  /** What is left of the sender's is behind all others'. */
  #takeOut(sender: number, waiting: Waiting): void {
    const list = this.#listOf(sender);
    list.delete(waiting);
    this.#waiting.delete(sender);
    if (list.first !== null) this.#waiting.set(sender, list);
  }
}
