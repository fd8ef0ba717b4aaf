import TinyQueue from 'tinyqueue';
import type { Timer } from './timer.ts';

/**
 * Knows every pending timer and which are due. A heap of plain numbers, not one `setTimeout` a timer: delays above
 * 2^31-1 ms work (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args would fire them after 1 ms).
 * Adding and taking are O(log n); cancelling is O(1), its place in the heap is dropped when it comes up.
 */
export class TimerMonitor {
  readonly #timers = new Map<string, Timer>();
  readonly #heap = new TinyQueue<Timer>([], (a, b) => a.dueAtMs - b.dueAtMs);

  get size(): number {
    return this.#timers.size;
  }

  /** Adds a timer, or replaces the one with the same id. */
  add(timer: Timer): void {
    this.#timers.set(timer.id, timer);
    this.#heap.push(timer);
  }

  /** Returns whether there was such a timer. */
  cancel(id: string): boolean {
    return this.#timers.delete(id);
  }

  /** Every pending timer, the next to expire first. */
  list(): Timer[] {
    return [...this.#timers.values()].sort((a, b) => a.dueAtMs - b.dueAtMs);
  }

  /** `dueAtMs` of the next timer, or null when there is none. */
  nextDueAtMs(): number | null {
    return this.#next()?.dueAtMs ?? null;
  }

  /** Removes and returns every timer due at `nowMs`, earliest first. */
  takeDue(nowMs: number): Timer[] {
    const due: Timer[] = [];
    for (let next = this.#next(); next !== null && next.dueAtMs <= nowMs; next = this.#next()) {
      this.#heap.pop();
      this.#timers.delete(next.id);
      due.push(next);
    }
    return due;
  }

  #next(): Timer | null {
    for (;;) {
      const top = this.#heap.peek();
      if (top === undefined) return null;
      if (this.#timers.get(top.id) === top) return top;
      this.#heap.pop();
    }
  }
}
