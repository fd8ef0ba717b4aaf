import { Bell } from './bell.ts';
import { publish, publishEnd } from './board.ts';
import { endedState, type LogRecord, segmentHeaderBytes } from './segment.ts';

/** Words of a link's control memory; the slots of ended notifications follow. */
const written = 0;
const taken = 1;
const cursorSegment = 2;
const cursorOffset = 3;
const use = 4;
const bell = 5;
const tail = 6;
const left = 7;
const waiters = 8;
const firstEntry = 9;

const uses = { idle: 0, writing: 1, revoked: 2, held: 3 } as const;

/** Longest time, in ms, that a writer waits for a reader that recovers, and a reader for a writer in the middle of it. */
const useWaitMs = 1000;

/** Where the reader goes on. */
export interface Cursor {
  readonly segment: number;
  readonly offset: number;
}

/** What the two ends of a link tell each other. The memory outlives either of them. */
export class LinkControl {
  readonly shared: SharedArrayBuffer;
  /** Rung by the reader when notifications have ended. */
  readonly bell: Bell;
  readonly #words: Int32Array;
  readonly #entries: number;
  #head = 0;

  constructor(source: number | SharedArrayBuffer) {
    this.shared = typeof source === 'number' ? allocate(source) : source;
    this.#words = new Int32Array(this.shared);
    this.#entries = this.#words.length - firstEntry;
    this.bell = new Bell(this.#words, bell);
    if (typeof source === 'number') this.cursor = { segment: 0, offset: segmentHeaderBytes };
  }

  /** Counts the record just written, on the board and at `thread`'s word there, and lets the reader see it. */
  publish(board: Int32Array, thread: number): void {
    publish(board, thread, this.#words, written);
  }

  get hasUntaken(): boolean {
    return Atomics.load(this.#words, written) !== Atomics.load(this.#words, taken);
  }

  /**
   * Moves the reader past a record. The words must change together, and a thread can be terminated at any call of a
   * function, but not between these built-ins.
   */
  advance(segment: number, offset: number): void {
    Atomics.store(this.#words, cursorOffset, offset);
    Atomics.store(this.#words, cursorSegment, segment);
    Atomics.add(this.#words, taken, 1);
  }

  get cursor(): Cursor {
    return {
      segment: Atomics.load(this.#words, cursorSegment),
      offset: Atomics.load(this.#words, cursorOffset),
    };
  }

  set cursor({ segment, offset }: Cursor) {
    Atomics.store(this.#words, cursorOffset, offset);
    Atomics.store(this.#words, cursorSegment, segment);
  }

  /** Tells the sender that this record has ended. */
  publishEnd(board: Int32Array, thread: number, { segment, offset }: LogRecord): void {
    publishEnd(board, thread, this.#words, {
      segment: segment.words,
      state: segment.stateWordAt(offset),
      ended: endedState,
      entry: this.#entryAt(Atomics.load(this.#words, tail)),
      slot: segment.slotAt(offset),
      tail,
    });
  }

  /** Ended notifications that can wait to be read. */
  get room(): number {
    return this.#entries;
  }

  get hasEnded(): boolean {
    return this.#head !== Atomics.load(this.#words, tail);
  }

  /** The slot of the next ended notification, or null when there is none. Only one thread reads them. */
  nextEnded(): number | null {
    if (!this.hasEnded) return null;
    const slot = Atomics.load(this.#words, this.#entryAt(this.#head));
    this.#head = (this.#head + 1) | 0;
    return slot;
  }

  /** True when the caller may write until `endUse`; false when this link is no longer read. */
  beginUse(): boolean {
    for (;;) {
      const found = Atomics.compareExchange(this.#words, use, uses.idle, uses.writing);
      if (found === uses.idle) return true;
      if (found === uses.revoked) return false;
      this.#waitWhile(found, useWaitMs);
    }
  }

  endUse(): void {
    Atomics.store(this.#words, use, uses.idle);
    // A notification takes a lock that all threads share, also where nobody waits.
    if (Atomics.load(this.#words, waiters) !== 0) Atomics.notify(this.#words, use);
  }

  /** Keeps the writer away until `endUse`; true when that was done, so that its memory stands still. */
  hold(): boolean {
    return this.#takeFromWriter(uses.held);
  }

  /** Ends the link: the writer will begin another one. False where the writer is in the middle of a record. */
  revoke(): boolean {
    return this.#takeFromWriter(uses.revoked);
  }

  /** The sender's thread has ended, so nobody will write or read. */
  leave(): void {
    Atomics.store(this.#words, left, 1);
  }

  get isLeft(): boolean {
    return Atomics.load(this.#words, left) !== 0;
  }

  #takeFromWriter(next: number): boolean {
    const endsAt = performance.now() + useWaitMs;
    for (;;) {
      const found = Atomics.compareExchange(this.#words, use, uses.idle, next);
      if (found === uses.idle || found === next) return true;
      const leftMs = endsAt - performance.now();
      // A thread terminated in the middle of a record never ends it.
      if (leftMs <= 0) return false;
      this.#waitWhile(found, leftMs);
    }
  }

  #waitWhile(found: number, ms: number): void {
    Atomics.add(this.#words, waiters, 1);
    Atomics.wait(this.#words, use, found, ms);
    Atomics.sub(this.#words, waiters, 1);
  }

  #entryAt(count: number): number {
    return firstEntry + ((count >>> 0) % this.#entries);
  }
}

/** The number of entries is a power of two, so that a count may wrap around. */
function allocate(slots: number): SharedArrayBuffer {
  const entries = 2 ** Math.ceil(Math.log2(Math.max(2, slots)));
  return new SharedArrayBuffer((firstEntry + entries) * Int32Array.BYTES_PER_ELEMENT);
}
