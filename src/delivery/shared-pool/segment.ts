/** Bytes at a segment's end that stay free for the word that says where the log goes on. */
export const jumpBytes = 8;

/**
 * Layout of a record: eight words, two numbers, then channel and body; when it has ended, its outcome is written over
 * them. Sizes are in bytes and multiples of 8.
 */
const words = {
  size: 0,
  slot: 1,
  channelBytes: 2,
  bodyBytes: 3,
  isSending: 4,
  outcome: 5,
  nextEnded: 6,
  sequence: 7,
} as const;
const sentAt = 32;
const ticket = 40;
export const recordHeaderBytes = 48;

/** Room that every record has for its outcome; one that is longer goes as a message. */
export const outcomeRoomBytes = 240;

/** What the word of an outcome says where it is no length. */
const outcomes = { none: 0, elsewhere: -1 } as const;

/** One record as the reader sees it; its memory is valid until its end is published. */
export interface LogRecord {
  readonly segment: Segment;
  readonly offset: number;
}

export interface RecordFields {
  /** How many records of its link were committed before it. */
  readonly sequence: number;
  readonly slot: number;
  /** `monotonicMs` of the call of `send`. */
  readonly sentAtMs: number;
  /** The notification's number in the journal; 0 without one. */
  readonly ticket: number;
}

/** What is found where a record's outcome should be: it is never guessed. */
export type FoundOutcome =
  | { readonly kind: 'here'; readonly text: string }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'none' };

/**
 * One stretch of shared memory of a link's log. Offsets are in bytes. Its memory is written by one side at a time: by the
 * sender until the record is committed, then by the I/O thread until its end is published. Those two steps are atomic,
 * so all else here is plain memory.
 */
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

  writeHeader(offset: number, fields: RecordFields): void {
    this.#write(offset, words.slot, fields.slot);
    this.#write(offset, words.sequence, fields.sequence);
    this.#write(offset, words.isSending, 0);
    this.#write(offset, words.outcome, outcomes.none);
    this.#view.setFloat64(offset + sentAt, fields.sentAtMs, true);
    this.#view.setFloat64(offset + ticket, fields.ticket, true);
  }

  writeSizes(offset: number, sizes: { record: number; channel: number; body: number }): void {
    this.#write(offset, words.size, sizes.record);
    this.#write(offset, words.channelBytes, sizes.channel);
    this.#write(offset, words.bodyBytes, sizes.body);
  }

  /** Says that the log goes on at the beginning of another segment. */
  writeJump(offset: number, to: number): void {
    this.#write(offset, words.size, -1 - to);
  }

  /** The segment in which the log goes on, or null where there is a record. */
  jumpAt(offset: number): number | null {
    const value = this.#read(offset, words.size);
    return value < 0 ? -1 - value : null;
  }

  sizeAt(offset: number): number {
    return this.#read(offset, words.size);
  }

  slotAt(offset: number): number {
    return this.#read(offset, words.slot);
  }

  sequenceAt(offset: number): number {
    return this.#read(offset, words.sequence);
  }

  sentAtMs(offset: number): number {
    return this.#view.getFloat64(offset + sentAt, true);
  }

  ticketAt(offset: number): number {
    return this.#view.getFloat64(offset + ticket, true);
  }

  channelAt(offset: number): string {
    const start = offset + recordHeaderBytes;
    return this.bytes.toString('utf8', start, start + this.#read(offset, words.channelBytes));
  }

  /** The bytes themselves, which stay as they are until the record has ended. */
  bodyAt(offset: number): Uint8Array {
    const start = offset + recordHeaderBytes + this.#read(offset, words.channelBytes);
    return this.bytes.subarray(start, start + this.#read(offset, words.bodyBytes));
  }

  /** From now on the server may have it. */
  markSending(offset: number): void {
    this.#write(offset, words.isSending, 1);
  }

  isSending(offset: number): boolean {
    return this.#read(offset, words.isSending) === 1;
  }

  /** The one of `words` that links the ended records of a link. */
  nextEndedWordAt(offset: number): number {
    return (offset >> 2) + words.nextEnded;
  }

  /** Returns false where there is no room for it: then it goes elsewhere. */
  writeOutcome(offset: number, text: string): boolean {
    const room = this.sizeAt(offset) - recordHeaderBytes;
    const fits = text.length * 3 <= room || Buffer.byteLength(text) <= room;
    const outcome = fits ? this.bytes.write(text, offset + recordHeaderBytes) : outcomes.elsewhere;
    this.#write(offset, words.outcome, outcome);
    return fits;
  }

  outcomeAt(offset: number): FoundOutcome {
    const length = this.#read(offset, words.outcome);
    if (length === outcomes.elsewhere) return { kind: 'elsewhere' };
    if (length <= 0 || length > this.sizeAt(offset) - recordHeaderBytes) return { kind: 'none' };
    const start = offset + recordHeaderBytes;
    return { kind: 'here', text: this.bytes.toString('utf8', start, start + length) };
  }

  #read(offset: number, word: number): number {
    return this.words[(offset >> 2) + word] ?? 0;
  }

  #write(offset: number, word: number, value: number): void {
    this.words[(offset >> 2) + word] = value;
  }
}

export function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}
