import type { LinkControl } from './link-control.ts';
import {
  jumpBytes,
  outcomeRoomBytes,
  padded,
  type RecordFields,
  recordHeaderBytes,
  Segment,
  segmentHeaderBytes,
} from './segment.ts';

const smallestSegmentBytes = 32 * 1024;
const largestSegmentBytes = 1024 * 1024;

/** Empty segments kept for the next burst; more are given back. */
const spareSegments = 2;

/** Where a record is. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
}

/** Told of memory that the reader must know before it meets it, or may forget. */
export interface SegmentNews {
  readonly added: Segment | null;
  readonly dropped: readonly number[];
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
  readonly #onNews: (news: SegmentNews) => void;
  #current: Part;
  #offset = segmentHeaderBytes;
  #nextNumber = 0;

  constructor(control: LinkControl, onNews: (news: SegmentNews) => void) {
    this.#control = control;
    this.#onNews = onNews;
    this.#current = this.#add(smallestSegmentBytes);
  }

  get segments(): readonly Segment[] {
    return [...this.#parts.values()].map(({ segment }) => segment);
  }

  /** Writes one record. It is not visible to the reader until it is published. */
  append(channel: string, body: string, fields: RecordFields): Place {
    this.#makeRoom(channel, body);
    const { segment } = this.#current;
    const offset = this.#offset;
    segment.writeHeader(offset, fields);
    const start = offset + recordHeaderBytes;
    const channelBytes = segment.bytes.write(channel, start);
    const bodyBytes = segment.bytes.write(body, start + channelBytes);
    const record = recordSize(channelBytes + bodyBytes);
    segment.writeSizes(offset, { record, channel: channelBytes, body: bodyBytes });
    this.#offset += record;
    segment.filledTo = this.#offset;
    this.#current.live += 1;
    return { segment, offset };
  }

  /** The record's outcome was read; its memory may be used again. */
  release({ segment }: Place): void {
    const part = this.#parts.get(segment.number);
    if (part !== undefined) part.live -= 1;
  }

  #makeRoom(channel: string, body: string): void {
    const room = this.#current.segment.size - this.#offset - jumpBytes;
    if (recordSize(3 * (channel.length + body.length)) <= room) return;
    const needed = recordSize(Buffer.byteLength(channel) + Buffer.byteLength(body));
    if (needed > room) this.#goOn(needed);
  }

  #goOn(recordBytes: number): void {
    const needed = recordBytes + segmentHeaderBytes + jumpBytes;
    const free = [...this.#parts.values()].filter((part) => this.#isFree(part));
    const next = free.find(({ segment }) => segment.size >= needed);
    const { segment, added } =
      next === undefined ? this.#grow(needed) : { segment: next.segment, added: null };
    const dropped = this.#drop(free.filter((part) => part.segment !== segment));
    if (added !== null || dropped.length > 0) this.#onNews({ added, dropped });
    this.#current.segment.writeJump(this.#offset, segment.number);
    segment.filledTo = segmentHeaderBytes;
    this.#current = this.#parts.get(segment.number) ?? this.#current;
    this.#offset = segmentHeaderBytes;
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
    segment.filledTo = segmentHeaderBytes;
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
