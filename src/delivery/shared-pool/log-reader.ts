import type { LinkControl } from './link-control.ts';
import { type LogRecord, Segment } from './segment.ts';

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

  addSegment(number: number, shared: SharedArrayBuffer): void {
    if (!this.#segments.has(number)) this.#segments.set(number, new Segment(number, shared));
  }

  dropSegments(numbers: readonly number[]): void {
    for (const number of numbers) this.#segments.delete(number);
  }

  /** True when `take` would return a record. */
  get hasNext(): boolean {
    return this.#control.hasUntaken && this.#goToNext() !== null;
  }

  /**
   * The next record; null where there is none. `note` is called before this thread has taken it, so that a record which
   * was taken is always noted.
   */
  take(note: (record: LogRecord) => void): LogRecord | null {
    if (!this.#control.hasUntaken) return null;
    const segment = this.#goToNext();
    if (segment === null) return null;
    const record = { segment, offset: this.#offset };
    note(record);
    this.#offset += segment.sizeAt(record.offset);
    this.#control.advance(segment.number, this.#offset);
    return record;
  }

  /**
   * A record that a thread which died has noted: `unknown` while its memory is not known here; `untaken` where it died
   * before it had taken it, so that this reader goes on there. To be called before anything is taken.
   */
  takeOver(segment: number, offset: number): LogRecord | 'unknown' | 'untaken' {
    const known = this.#segments.get(segment);
    if (known === undefined) return 'unknown';
    if (known.sequenceAt(offset) !== this.#control.nextSequence) return { segment: known, offset };
    this.#segment = known;
    this.#offset = offset;
    return 'untaken';
  }

  /** The segment of the next record, or null when it is not known here yet: its announcement is on the way. */
  #goToNext(): Segment | null {
    this.#segment ??= this.#segments.get(this.#control.cursor.segment) ?? null;
    const jump = this.#segment?.jumpAt(this.#offset) ?? null;
    if (jump === null) return this.#segment;
    const next = this.#segments.get(jump);
    if (next === undefined) return null;
    this.#segment = next;
    this.#offset = 0;
    return next;
  }
}
