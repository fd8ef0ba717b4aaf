import type { DeliveryOptions } from '../strategy.ts';
import type { InProgressEntry } from './board.ts';
import type { LogRecord } from './segment.ts';

/** Notifications that wait for their channel's turn or for a retry at the same time; more stay in the senders' logs. */
const mostWaiting = 10_000;

/** How many notifications one I/O thread takes at a time. */
export function mostInProgress({ resilience, connections }: DeliveryOptions): number {
  return resilience === undefined ? connections : mostWaiting;
}

/** Words of an entry. */
const link = 0;
const segment = 1;
const offset = 2;
const entryWords = 3;

/** Where a record is that a thread has taken. */
export interface Noted {
  readonly entry: number;
  readonly link: number;
  readonly segment: number;
  readonly offset: number;
}

/**
 * What one I/O thread has taken and not ended. It is shared memory that outlives the thread, so that the next one knows
 * exactly what was under way, without a look into memory that a sender may be writing.
 */
export class InProgress {
  readonly #words: Int32Array;
  readonly #free: number[] = [];

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
    for (let entry = this.#words.length / entryWords - 1; entry >= 0; entry -= 1) {
      if (this.#isFree(entry)) this.#free.push(entry);
    }
  }

  /** Memory for as many records as a thread takes at once. */
  static allocate(entries: number): SharedArrayBuffer {
    return new SharedArrayBuffer(entries * entryWords * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Returns the record's entry. There must be no more records than there are entries. */
  add(linkNumber: number, record: LogRecord): number {
    const entry = this.#free.pop();
    if (entry === undefined) throw new Error('more notifications under way than the I/O thread can note');
    const at = entry * entryWords;
    Atomics.store(this.#words, at + segment, record.segment.number);
    Atomics.store(this.#words, at + offset, record.offset);
    // Last: this word says that the entry is in use.
    Atomics.store(this.#words, at + link, linkNumber + 1);
    return entry;
  }

  /** Where an entry says that it is in use: what ends its record writes 0 there. */
  wordOf(entry: number): InProgressEntry {
    return { words: this.#words, word: entry * entryWords + link };
  }

  /** The record has ended, or was never taken. */
  delete(entry: number): void {
    Atomics.store(this.#words, entry * entryWords + link, 0);
    this.#free.push(entry);
  }

  /** What a thread that died has left. */
  left(): Noted[] {
    const noted: Noted[] = [];
    for (let entry = 0; entry < this.#words.length / entryWords; entry += 1) {
      const at = entry * entryWords;
      if (this.#isFree(entry)) continue;
      noted.push({
        entry,
        link: Atomics.load(this.#words, at + link) - 1,
        segment: Atomics.load(this.#words, at + segment),
        offset: Atomics.load(this.#words, at + offset),
      });
    }
    return noted;
  }

  #isFree(entry: number): boolean {
    return Atomics.load(this.#words, entry * entryWords + link) === 0;
  }
}
