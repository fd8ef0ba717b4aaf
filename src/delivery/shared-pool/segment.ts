/** Bytes before a segment's first record: how much of it is filled. */
export const segmentHeaderBytes = 8;

/** Bytes at a segment's end that stay free for the word that says where the log goes on. */
export const jumpBytes = 8;

/**
 * Layout of a record: six words, two numbers, then channel and body; when it has ended, its outcome is written over
 * them. Sizes are in bytes and multiples of 8.
 */
const size = 0;
const state = 4;
const slot = 8;
const channelBytes = 12;
const bodyBytes = 16;
const outcomeBytes = 20;
const sentAt = 24;
const ticket = 32;
export const recordHeaderBytes = 40;

/** Room that every record has for its outcome. */
export const outcomeRoomBytes = 240;

const states = { queued: 0, taken: 1, sending: 2, ended: 3 } as const;

/** What the word of a record's state says at last. */
export const endedState = states.ended;

export type RecordState = keyof typeof states;

/** One record as the reader sees it; its memory is valid until it has ended. */
export interface LogRecord {
  readonly segment: Segment;
  readonly offset: number;
}

export interface RecordFields {
  readonly slot: number;
  /** `monotonicMs` of the call of `send`. */
  readonly sentAtMs: number;
  /** The notification's number in the journal; 0 without one. */
  readonly ticket: number;
}

/** One stretch of shared memory of a link's log. Offsets are in bytes. */
export class Segment {
  readonly number: number;
  readonly shared: SharedArrayBuffer;
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly #view: DataView;

  constructor(number: number, shared: SharedArrayBuffer) {
    this.number = number;
    this.shared = shared;
    this.bytes = Buffer.from(shared);
    this.words = new Int32Array(shared);
    this.#view = new DataView(shared);
  }

  get size(): number {
    return this.shared.byteLength;
  }

  /** End of the records written since the segment was last begun. */
  get filledTo(): number {
    return this.#read(0);
  }

  set filledTo(offset: number) {
    this.#write(0, offset);
  }

  writeHeader(offset: number, fields: RecordFields): void {
    this.#write(offset + state, states.queued);
    this.#write(offset + slot, fields.slot);
    this.#write(offset + outcomeBytes, 0);
    this.#view.setFloat64(offset + sentAt, fields.sentAtMs, true);
    this.#view.setFloat64(offset + ticket, fields.ticket, true);
  }

  writeSizes(offset: number, sizes: { record: number; channel: number; body: number }): void {
    this.#write(offset + size, sizes.record);
    this.#write(offset + channelBytes, sizes.channel);
    this.#write(offset + bodyBytes, sizes.body);
  }

  /** Says that the log goes on at the beginning of another segment. */
  writeJump(offset: number, to: number): void {
    this.#write(offset, -1 - to);
  }

  /** The segment in which the log goes on, or null where there is a record. */
  jumpAt(offset: number): number | null {
    const value = this.#read(offset + size);
    return value < 0 ? -1 - value : null;
  }

  sizeAt(offset: number): number {
    return this.#read(offset + size);
  }

  slotAt(offset: number): number {
    return this.#read(offset + slot);
  }

  sentAtMs(offset: number): number {
    return this.#view.getFloat64(offset + sentAt, true);
  }

  ticketAt(offset: number): number {
    return this.#view.getFloat64(offset + ticket, true);
  }

  channelAt(offset: number): string {
    const start = offset + recordHeaderBytes;
    return this.bytes.toString('utf8', start, start + this.#read(offset + channelBytes));
  }

  /** The bytes themselves, which stay as they are until the record has ended. */
  bodyAt(offset: number): Uint8Array {
    const start = offset + recordHeaderBytes + this.#read(offset + channelBytes);
    return this.bytes.subarray(start, start + this.#read(offset + bodyBytes));
  }

  isAt(offset: number, name: RecordState): boolean {
    return this.#read(offset + state) === states[name];
  }

  setState(offset: number, name: RecordState): void {
    this.#write(offset + state, states[name]);
  }

  /** The one of `words` that says how far the record is. */
  stateWordAt(offset: number): number {
    return (offset + state) >> 2;
  }

  /** Returns false where there is no room for it. */
  writeOutcome(offset: number, text: string): boolean {
    const room = this.sizeAt(offset) - recordHeaderBytes;
    if (text.length * 3 > room && Buffer.byteLength(text) > room) return false;
    this.#write(offset + outcomeBytes, this.bytes.write(text, offset + recordHeaderBytes));
    return true;
  }

  readOutcome(offset: number): string {
    const start = offset + recordHeaderBytes;
    return this.bytes.toString('utf8', start, start + this.#read(offset + outcomeBytes));
  }

  #read(offset: number): number {
    return Atomics.load(this.words, offset >> 2);
  }

  #write(offset: number, value: number): void {
    Atomics.store(this.words, offset >> 2, value);
  }
}

export function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}
