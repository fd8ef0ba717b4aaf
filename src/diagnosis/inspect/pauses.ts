import { type Question, Unanswered } from './conversation.ts';
import type { InspectedThread } from './remote.ts';

/** How long a thread of the process was kept from its work, at most, in ms. */
export interface Pauses {
  /** Of all questions but the next. */
  readonly longestMs: number;
  /** Of what reads or walks the whole heap: the snapshots first of all. */
  readonly snapshotMs: number;
  /** All of that together. */
  readonly heapMs: number;
}

export const noPauses: Pauses = { longestMs: 0, snapshotMs: 0, heapMs: 0 };

/** Each question keeps its thread from its work for no longer than it took to be answered. */
export class PauseWatch {
  #longestMs = 0;
  #snapshotMs = 0;
  #heapMs = 0;
  #allMs: number;

  /** @param openingMs how long it took to come to a first question */
  constructor(openingMs = 0) {
    this.#allMs = openingMs;
  }

  /** All questions together, and what came before them: what came due meanwhile could not come to run. */
  get allMs(): number {
    return this.#allMs;
  }

  over(thread: InspectedThread): InspectedThread {
    return {
      ...thread,
      ask: async (question) => {
        const from = performance.now();
        try {
          const response = await thread.ask(question);
          this.#add(question, performance.now() - from);
          return response;
        } catch (error) {
          // What was not answered has perhaps not been asked: its thread was kept from nothing, or by something else.
          if (!(error instanceof Unanswered)) this.#add(question, performance.now() - from);
          throw error;
        }
      },
    };
  }

  #add({ readsHeap }: Question, tookMs: number): void {
    this.#allMs += tookMs;
    if (readsHeap !== true) {
      this.#longestMs = Math.max(this.#longestMs, tookMs);
      return;
    }
    this.#snapshotMs = Math.max(this.#snapshotMs, tookMs);
    this.#heapMs += tookMs;
  }

  pauses(): Pauses {
    return {
      longestMs: this.#longestMs,
      snapshotMs: this.#snapshotMs,
      heapMs: this.#heapMs,
    };
  }
}
