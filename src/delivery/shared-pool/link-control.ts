import { Bell } from './bell.ts';
import { commit, type InProgressEntry, publishEnd, type ReaderWords } from './board.ts';
import type { LogRecord } from './segment.ts';

/** Words of a link's control memory. */
const written = 0;
const taken = 1;
const cursorSegment = 2;
const cursorOffset = 3;
const endedHead = 4;
const bell = 5;
const left = 6;
const wordCount = 7;

/** The count of written records has 31 bits and wraps around; the bit above them says that no more are read. */
const countMask = 0x7fffffff;
const revoked = -0x80000000;

/** The count of records after one more. */
export function nextCount(count: number): number {
  return (count + 1) & countMask;
}

/** Where the reader goes on. */
export interface Cursor {
  readonly segment: number;
  readonly offset: number;
}

/**
 * What the two ends of a link share. The memory outlives either of them, and neither ever waits for the other:
 * a thread can be terminated anywhere, so each step that the other end sees is one atomic operation.
 */
export class LinkControl {
  readonly shared: SharedArrayBuffer;
  /** Rung by the reader when notifications have ended. */
  readonly bell: Bell;
  readonly #words: Int32Array;

  constructor(shared = new SharedArrayBuffer(wordCount * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.bell = new Bell(this.#words, bell);
  }

  /**
   * Lets the reader see the record just written, the `count`th, counts it and wakes the reader. False where this link is
   * no longer read: then nothing has happened. Only the link's writer may call it.
   */
  commit(count: number, reader: ReaderWords): boolean {
    return commit(reader, this.#words, written, {
      before: count & countMask,
      after: (count + 1) & countMask,
    });
  }

  /** Records that are committed and not taken. */
  get untaken(): number {
    return (Atomics.load(this.#words, written) - Atomics.load(this.#words, taken)) & countMask;
  }

  get hasUntaken(): boolean {
    return (Atomics.load(this.#words, written) & countMask) !== Atomics.load(this.#words, taken);
  }

  /** The sequence of the record to be taken next. */
  get nextSequence(): number {
    return Atomics.load(this.#words, taken);
  }

  /** Moves the reader past a record. The last of the steps takes it; see `LogReader.takeOver` for what ends before that. */
  advance(segment: number, offset: number): void {
    this.cursor = { segment, offset };
    Atomics.store(this.#words, taken, nextCount(Atomics.load(this.#words, taken)));
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

  /** Gives this record back to the sender, as ended. */
  publishEnd(reader: ReaderWords, { segment, offset }: LogRecord, entry: InProgressEntry): void {
    publishEnd(
      reader,
      { words: this.#words, head: endedHead },
      { words: segment.words, next: segment.nextEndedWordAt(offset), slot: segment.slotAt(offset) },
      entry,
    );
  }

  get hasEnded(): boolean {
    return Atomics.load(this.#words, endedHead) !== 0;
  }

  /**
   * Slots of the notifications that have ended since the last call, in the order in which they ended. Only one thread
   * reads them. `nextOf` reads the link from a slot's record to the next one.
   */
  takeEnded(nextOf: (slot: number) => number): number[] {
    const slots: number[] = [];
    for (let entry = Atomics.exchange(this.#words, endedHead, 0); entry !== 0; ) {
      const slot = entry - 1;
      slots.push(slot);
      entry = nextOf(slot);
    }
    return slots.reverse();
  }

  /** Ends the link: its writer commits no more and will begin another one. Takes effect at once, whatever it is doing. */
  revoke(): void {
    Atomics.or(this.#words, written, revoked);
  }

  /** The sender's thread has ended, so nobody will write or read. */
  leave(): void {
    Atomics.store(this.#words, left, 1);
  }

  get isLeft(): boolean {
    return Atomics.load(this.#words, left) !== 0;
  }
}
