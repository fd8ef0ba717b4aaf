import type { SwallowedError } from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

const keptErrors = 50;

/** Errors that broke off what was to send and were caught, until whoever caught them sends something. */
export class SwallowedErrors {
  readonly #open = new Map<number, WorkEventOf<'swallowed'>>();

  add(event: WorkEventOf<'swallowed'>): void {
    if (this.#open.size < keptErrors) this.#open.set(event.n, event);
  }

  hasSent(number: number): void {
    this.#open.delete(number);
  }

  that(threadOf: (reported: ReportedThread) => PythonThread): readonly SwallowedError[] {
    return [...this.#open.values()].map(({ t: at, error, how, place, named, stack: frames, thread }) => ({
      thread: threadOf(thread),
      at,
      error,
      frames,
      leads: true,
      caught: place === null ? how : `${how} at ${place}`,
      silencedAt: null,
      mayBeReplaced: false,
      isNamed: named,
    }));
  }
}
