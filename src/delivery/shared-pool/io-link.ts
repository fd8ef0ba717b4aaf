import type { PartialOutcome } from '../pending-sends.ts';
import type { Board, ReaderWords } from './board.ts';
import type { InProgress, Noted } from './in-progress.ts';
import { LinkControl } from './link-control.ts';
import { LogReader } from './log-reader.ts';
import { passLongOutcome } from './long-outcomes.ts';
import { writeOutcome } from './outcome-text.ts';
import type { SharedLink, SharedSegment } from './protocol.ts';
import type { LogRecord } from './segment.ts';

/**
 * Time, in ms, after which a link that nobody uses is given up; its sender begins another one when it needs it. A thread
 * that was terminated never says so, and its memory stays until then.
 */
const quietMs = 10_000;

/** A record that this thread has taken. */
export interface Taken {
  readonly record: LogRecord;
  /** Its entry in what is in progress. */
  readonly entry: number;
}

export interface IoLinkOptions {
  readonly board: Board;
  readonly inProgress: InProgress;
  /** Name of the pool's `BroadcastChannel`. */
  readonly channel: string;
}

/** The I/O thread's end of one sender's link. */
export class IoLink {
  readonly number: number;
  readonly #reader: ReaderWords;
  readonly #inProgress: InProgress;
  readonly #channel: string;
  readonly #control: LinkControl;
  readonly #log: LogReader;
  /** True while it is not known what a thread that died had taken of it. */
  isHeld = false;
  #open = 0;
  #usedAtMs = performance.now();

  constructor(link: SharedLink, { board, inProgress, channel }: IoLinkOptions) {
    this.number = link.number;
    this.#reader = board.readerWordsOf(link.thread);
    this.#inProgress = inProgress;
    this.#channel = channel;
    this.#control = new LinkControl(link.control);
    this.#log = new LogReader(this.#control);
    for (const segment of link.segments) this.#log.addSegment(segment.number, segment.shared);
  }

  changeSegments(added: SharedSegment | null, dropped: readonly number[]): void {
    this.#log.dropSegments(dropped);
    if (added !== null) this.#log.addSegment(added.number, added.shared);
  }

  get hasNext(): boolean {
    return !this.isHeld && this.#log.hasNext;
  }

  /** Records that are committed and have not ended. */
  get inFlight(): number {
    return this.#control.untaken + this.#open;
  }

  take(): Taken | null {
    if (this.isHeld) return null;
    let entry = -1;
    const record = this.#log.take((next) => {
      entry = this.#inProgress.add(this.number, next);
    });
    if (record === null) return null;
    this.#begin();
    return { record, entry };
  }

  /**
   * Takes over what a thread that died has noted; `unknown` while its memory was not announced here, `untaken` where it
   * comes again.
   */
  takeOver({ segment, offset, entry }: Noted): Taken | 'unknown' | 'untaken' {
    const record = this.#log.takeOver(segment, offset);
    if (typeof record === 'string') return record;
    this.#begin();
    return { record, entry };
  }

  end({ record, entry }: Taken, outcome: PartialOutcome): void {
    const { segment, offset } = record;
    const text = writeOutcome(outcome);
    if (!segment.writeOutcome(offset, text))
      passLongOutcome(this.#channel, this.number, { slot: segment.slotAt(offset), text });
    this.#control.publishEnd(this.#reader, record, this.#inProgress.wordOf(entry));
    this.#inProgress.delete(entry);
    this.#open -= 1;
    this.#usedAtMs = performance.now();
  }

  wakeSender(): void {
    this.#control.bell.ring();
  }

  /** True when the link was given up, because its sender has ended or has not used it for long. */
  giveUpIfUnused(now: number): boolean {
    if (this.#open > 0 || this.#control.hasUntaken) return false;
    if (!this.#control.isLeft && now - this.#usedAtMs < quietMs) return false;
    // Also where its sender has left: an exit listener may still send, and begins another link then.
    this.revoke();
    return !this.#control.hasUntaken;
  }

  /** From now on the sender commits no more records here. */
  revoke(): void {
    this.#control.revoke();
  }

  #begin(): void {
    this.#open += 1;
    this.#usedAtMs = performance.now();
  }
}
