import type { LinkControl } from './link-control.ts';
import { type LogRecord, type RecordState, Segment, segmentHeaderBytes } from './segment.ts';

/** The reading end of a link's log. A new I/O thread goes on where one that died has stopped. */
export class LogReader {
  readonly #control: LinkControl;
  readonly #segments = new Map<number, Segment>();
  #segment: Segment | null = null;
  #offset: number;

  constructor(control: LinkControl) {
    this.#control = control;
    this.#offset = control.cursor.offset;
  }

  /** Returns null where it is known. */
  addSegment(number: number, shared: SharedArrayBuffer): Segment | null {
    if (this.#segments.has(number)) return null;
    const segment = new Segment(number, shared);
    this.#segments.set(number, segment);
    return segment;
  }

  dropSegments(numbers: readonly number[]): void {
    for (const number of numbers) this.#segments.delete(number);
  }

  /** True when `take` would return a record. */
  get hasNext(): boolean {
    return this.#control.hasUntaken && this.#goToNext() !== null;
  }

  /** When the next record was sent, on `monotonicMs`; null where there is none. */
  get nextSentAtMs(): number | null {
    return this.hasNext ? (this.#segment?.sentAtMs(this.#offset) ?? null) : null;
  }

  /** The next record, marked as taken; null where there is none. */
  take(): LogRecord | null {
    while (this.#control.hasUntaken) {
      const segment = this.#goToNext();
      if (segment === null) return null;
      const record = { segment, offset: this.#offset };
      const isNew = segment.isAt(record.offset, 'queued');
      if (isNew) segment.setState(record.offset, 'taken');
      this.#offset += segment.sizeAt(record.offset);
      this.#control.advance(segment.number, this.#offset);
      // A record that is not new was taken by a thread that died before it could move on.
      if (isNew) return record;
    }
    return null;
  }

  /** Records that a thread which died has taken and not ended, in the order of sending. */
  takenBefore(segments: readonly Segment[] = [...this.#segments.values()]): LogRecord[] {
    const held = this.#control.hold();
    const records = segments.flatMap((segment) => [...recordsOf(segment)]);
    if (held) this.#control.endUse();
    const open: RecordState[] = ['taken', 'sending'];
    return records
      .filter(({ segment, offset }) => open.some((state) => segment.isAt(offset, state)))
      .sort((a, b) => a.segment.sentAtMs(a.offset) - b.segment.sentAtMs(b.offset));
  }

  /** The segment of the next record, or null when it is not known here yet: its announcement is on the way. */
  #goToNext(): Segment | null {
    this.#segment ??= this.#segments.get(this.#control.cursor.segment) ?? null;
    const jump = this.#segment?.jumpAt(this.#offset) ?? null;
    if (jump === null) return this.#segment;
    const next = this.#segments.get(jump);
    if (next === undefined) return null;
    this.#segment = next;
    this.#offset = segmentHeaderBytes;
    this.#control.cursor = { segment: next.number, offset: this.#offset };
    return next;
  }
}

function* recordsOf(segment: Segment): Generator<LogRecord> {
  let offset = segmentHeaderBytes;
  while (offset < segment.filledTo) {
    const size = segment.sizeAt(offset);
    if (size <= 0) return;
    yield { segment, offset };
    offset += size;
  }
}
