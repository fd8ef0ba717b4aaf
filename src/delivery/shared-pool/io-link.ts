import { markPossibleDuplicate } from '../../slack/request.ts';
import { failure } from '../failure.ts';
import type { Untold } from '../pending-sends.ts';
import type { Board } from './board.ts';
import { LinkControl } from './link-control.ts';
import { LogReader } from './log-reader.ts';
import { shortened, writeOutcome } from './outcome-text.ts';
import type { SharedLink, SharedSegment } from './protocol.ts';
import type { LogRecord } from './segment.ts';

/** Time, in ms, after which a link that nobody uses is given up; its sender begins another one when it needs it. */
const quietMs = 60_000;

/** What a thread that died had begun. */
interface RecoveredRecord {
  readonly record: LogRecord;
  /** True where it had been sent, so that it may have been posted. */
  readonly wasSent: boolean;
}

/** The I/O thread's end of one sender's link. */
export class IoLink {
  readonly number: number;
  readonly #board: Board;
  readonly #inFlightWord: number;
  readonly #control: LinkControl;
  readonly #log: LogReader;
  #open = 0;
  #usedAtMs = performance.now();

  constructor(link: SharedLink, board: Board) {
    this.number = link.number;
    this.#board = board;
    this.#inFlightWord = board.inFlightWordOf(link.thread);
    this.#control = new LinkControl(link.control);
    this.#log = new LogReader(this.#control);
    for (const segment of link.segments) this.#log.addSegment(segment.number, segment.shared);
  }

  /** Returns what a thread that died had begun in the one that was added. */
  changeSegments(added: SharedSegment | null, dropped: readonly number[]): RecoveredRecord[] {
    this.#log.dropSegments(dropped);
    const segment = added === null ? null : this.#log.addSegment(added.number, added.shared);
    return segment === null ? [] : this.#recover(this.#log.takenBefore([segment]));
  }

  get hasNext(): boolean {
    return this.#log.hasNext;
  }

  get nextSentAtMs(): number | null {
    return this.#log.nextSentAtMs;
  }

  take(): LogRecord | null {
    const record = this.#log.take();
    if (record !== null) this.#begin();
    return record;
  }

  /**
   * What a thread that died had begun and is to be delivered by this one. What may have been posted ends as such, but for
   * what is in a journal: that is promised at least once, so it is sent again, and says so.
   */
  recover(): RecoveredRecord[] {
    return this.#recover(this.#log.takenBefore());
  }

  #recover(taken: readonly LogRecord[]): RecoveredRecord[] {
    return taken.flatMap((record) => {
      const { segment, offset } = record;
      const wasSent = segment.isAt(offset, 'sending');
      this.#begin();
      if (!wasSent || segment.ticketAt(offset) > 0) {
        if (wasSent) markPossibleDuplicate(segment.bodyAt(offset));
        return [{ record, wasSent }];
      }
      this.end(record, ioThreadLost());
      return [];
    });
  }

  end(record: LogRecord, outcome: Untold): void {
    const { segment, offset } = record;
    const text = writeOutcome(outcome);
    if (!segment.writeOutcome(offset, text)) segment.writeOutcome(offset, writeOutcome(shortened(outcome)));
    this.#control.publishEnd(this.#board.words, this.#inFlightWord, record);
    this.#open -= 1;
    this.#usedAtMs = performance.now();
  }

  wakeSender(): void {
    this.#control.bell.ring();
  }

  /** True when the link was given up, because its sender has ended or has not used it for long. */
  giveUpIfUnused(now: number): boolean {
    if (this.#open > 0 || this.#control.hasUntaken) return false;
    if (this.#control.isLeft) return true;
    return now - this.#usedAtMs >= quietMs && this.revoke() && !this.#control.hasUntaken;
  }

  /** From now on the sender writes no more records here. */
  revoke(): boolean {
    return this.#control.revoke();
  }

  #begin(): void {
    this.#open += 1;
    this.#usedAtMs = performance.now();
  }
}

function ioThreadLost(): Untold {
  return failure('', 'io-thread-lost', {
    message: 'the I/O thread ended while the request was under way; the message may have been posted',
    retryable: true,
    ambiguous: true,
  });
}
