import type { SendOutcome } from '../../delivery/outcome.ts';
import { monotonicMs } from '../../time/clock.ts';
import { type CallRow, logLoadEvent, type OutcomeRow } from './load-event.ts';

/** A line stays below what a pipe takes at once, so that lines of several threads do not mix. */
const rowsALine = 48;

/** Writes calls and outcomes in batches: once an iteration of the loop, and before the loop is stopped. */
export class CallLog {
  readonly #calls: CallRow[] = [];
  readonly #outcomes: OutcomeRow[] = [];
  #flushing: NodeJS.Immediate | null = null;

  called(index: number, dueAtMs: number): void {
    this.#calls.push([index, micros(dueAtMs), micros(monotonicMs())]);
  }

  settled(index: number, outcome: SendOutcome): void {
    this.#outcomes.push([index, micros(monotonicMs()), outcome.status === 'delivered' ? null : outcome]);
    this.#flushing ??= setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#flushing !== null) clearImmediate(this.#flushing);
    this.#flushing = null;
    while (this.#calls.length > 0) logLoadEvent({ kind: 'calls', rows: this.#calls.splice(0, rowsALine) });
    while (this.#outcomes.length > 0) {
      logLoadEvent({ kind: 'outcomes', rows: this.#outcomes.splice(0, rowsALine) });
    }
  }
}

/** A microsecond is finer than anything measured, and half as long to write. */
function micros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
