import type { InspectedThread } from './remote.ts';

/** How long a thread of the process was kept from its work, at most, in ms. */
export interface Pauses {
  /** Of all questions but the next. */
  readonly longestMs: number;
  /** Of the heap snapshots. */
  readonly snapshotMs: number;
}

/** Each question keeps its thread from its work for no longer than it took to be answered. */
export class PauseWatch {
  #longestMs = 0;
  #snapshotMs = 0;

  over(thread: InspectedThread): InspectedThread {
    return {
      ...thread,
      ask: async (question) => {
        const from = performance.now();
        try {
          return await thread.ask(question);
        } finally {
          const took = performance.now() - from;
          if (question.readsHeap === true) this.#snapshotMs = Math.max(this.#snapshotMs, took);
          else this.#longestMs = Math.max(this.#longestMs, took);
        }
      },
    };
  }

  pauses(): Pauses {
    return { longestMs: this.#longestMs, snapshotMs: this.#snapshotMs };
  }
}
