import type { ReaderWords } from './board.ts';
import { type LinkControl, nextCount } from './link-control.ts';
import {
  jumpBytes,
  outcomeRoomBytes,
  padded,
  type RecordFields,
  recordHeaderBytes,
  Segment,
} from './segment.ts';

/** Most threads send few messages at once, and the memory of a thread that was terminated stays for some seconds. */
const smallestSegmentBytes = 4 * 1024;
const largestSegmentBytes = 1024 * 1024;

/** Empty segments kept for the next burst; more are given back. */
const spareSegments = 2;

/** Where a record is. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
}

export interface LogWriterOptions {
  /** Memory that the reader must know before it meets it, or may forget. */
  readonly onChange: (change: {
    readonly added: Segment | null;
    readonly dropped: readonly number[];
  }) => void;
  /** Called before memory is added: some may be released instead. */
  readonly onFull: () => void;
}

interface Part {
  readonly segment: Segment;
  /** Records in it that the writer has not released. */
  live: number;
}

/** The writing end of a link's log. Only one thread writes a log. */
export class LogWriter {
  readonly #parts = new Map<number, Part>();
  readonly #control: LinkControl;
  readonly #options: LogWriterOptions;
  #current: Part;
  #offset = 0;
  #uncommittedBytes = 0;
  #count = 0;
  #nextNumber = 0;

  constructor(control: LinkControl, options: LogWriterOptions) {
    this.#control = control;
    this.#options = options;
    this.#current = this.#add(smallestSegmentBytes);
  }

  get segments(): readonly Segment[] {
    return [...this.#parts.values()].map(({ segment }) => segment);
  }

  /**
   * To be called before `append` of the same; may call back.
   * @throws RangeError where the memory can't be had.
   */
  makeRoom(channel: string, body: string): void {
    const room = this.#current.segment.size - this.#offset - jumpBytes;
    if (recordSize(3 * (channel.length + body.length)) <= room) return;
    const needed = recordSize(Buffer.byteLength(channel) + Buffer.byteLength(body));
    if (needed > room) this.#goOn(needed);
  }

  /** Writes one record. Nobody sees it until it is committed; where that does not come, the next one takes its place. */
  append(channel: string, body: string, { slot, sentAtMs, ticket }: Omit<RecordFields, 'sequence'>): Place {
    const { segment } = this.#current;
    const offset = this.#offset;
    // No spread: a copy made by one can't be optimized away, and took a sixth of the whole hand-over.
    segment.writeHeader(offset, { slot, sentAtMs, ticket, sequence: this.#count });
    const start = offset + recordHeaderBytes;
    const channelBytes = segment.bytes.write(channel, start);
    const bodyBytes = segment.bytes.write(body, start + channelBytes);
    this.#uncommittedBytes = recordSize(channelBytes + bodyBytes);
    segment.writeSizes(offset, { record: this.#uncommittedBytes, channel: channelBytes, body: bodyBytes });
    return { segment, offset };
  }

  /** Lets the reader see the record just written; false where this link is no longer read. */
  commit(reader: ReaderWords): boolean {
    if (!this.#control.commit(this.#count, reader)) return false;
    // No call of a function may stand here: it could throw, and the next record would be written over this one.
    this.#count = nextCount(this.#count);
    this.#offset += this.#uncommittedBytes;
    this.#current.live += 1;
    return true;
  }

  /** The record's outcome was read; its memory may be used again. */
  release({ segment }: Place): void {
    const part = this.#parts.get(segment.number);
    if (part !== undefined) part.live -= 1;
  }

  #goOn(recordBytes: number): void {
    const needed = recordBytes + jumpBytes;
    this.#options.onFull();
    const free = [...this.#parts.values()].filter((part) => this.#isFree(part));
    const next = free.find(({ segment }) => segment.size >= needed);
    const { segment, added } =
      next === undefined ? this.#grow(needed) : { segment: next.segment, added: null };
    const dropped = this.#drop(free.filter((part) => part.segment !== segment));
    if (added !== null || dropped.length > 0) this.#options.onChange({ added, dropped });
    this.#current.segment.writeJump(this.#offset, segment.number);
    this.#current = this.#parts.get(segment.number) ?? this.#current;
    this.#offset = 0;
  }

  /** The reader stays at the end of a segment until it has read on, so that one is not free yet. */
  #isFree(part: Part): boolean {
    return part.live === 0 && part !== this.#current && part.segment.number !== this.#control.cursor.segment;
  }

  #grow(needed: number): { segment: Segment; added: Segment } {
    const bytes = Math.min(largestSegmentBytes, 2 * this.#current.segment.size);
    const { segment } = this.#add(Math.max(bytes, padded(needed)));
    return { segment, added: segment };
  }

  #add(bytes: number): Part {
    const segment = new Segment(this.#nextNumber++, new SharedArrayBuffer(bytes));
    const part = { segment, live: 0 };
    this.#parts.set(segment.number, part);
    return part;
  }

  #drop(free: readonly Part[]): number[] {
    const dropped = free.slice(spareSegments).map(({ segment }) => segment.number);
    for (const number of dropped) this.#parts.delete(number);
    return dropped;
  }
}

function recordSize(payloadBytes: number): number {
  return recordHeaderBytes + padded(Math.max(payloadBytes, outcomeRoomBytes));
}
