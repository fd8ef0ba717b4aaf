import { failure } from '../failure.ts';
import type { SendOutcome, Via } from '../outcome.ts';
import { type PartialOutcome, PendingSends } from '../pending-sends.ts';
import { announce } from './announce.ts';
import type { Board, ReaderWords } from './board.ts';
import { LinkControl } from './link-control.ts';
import { LogWriter, type Place } from './log-writer.ts';
import { LongOutcomes } from './long-outcomes.ts';
import { readOutcome } from './outcome-text.ts';
import type { SharedPoolHandle, SharedSegment } from './protocol.ts';
import type { Segment } from './segment.ts';

/** What is written for one notification. */
export interface Written {
  readonly id: string;
  readonly channel: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly ticket: number;
  readonly via?: Via | undefined;
}

/** A sender's end of its way to one I/O thread. */
export class SenderLink {
  readonly thread: number;
  readonly #reader: ReaderWords;
  readonly #ringReader: () => void;
  readonly #control = new LinkControl();
  readonly #log: LogWriter;
  readonly #longOutcomes: LongOutcomes;
  readonly #pending: PendingSends;
  readonly #places: (Place | undefined)[] = [];
  #isLeft = false;

  constructor({ channel, options }: SharedPoolHandle, board: Board, thread: number) {
    const number = board.nextLink();
    this.thread = thread;
    this.#reader = board.readerWordsOf(thread);
    this.#ringReader = () => board.bellOf(thread).ring();
    this.#longOutcomes = new LongOutcomes(channel, number);
    this.#pending = new PendingSends(options.deadlineMs, {
      readResults: () => void this.settleEnded(),
      onIdle: () => this.#closeIfDone(),
    });
    this.#log = new LogWriter(this.#control, {
      onChange: ({ added, dropped }) => {
        const shared = added === null ? null : sharedOf(added);
        announce(channel, { kind: 'segments', link: number, thread, added: shared, dropped });
      },
      onFull: () => void this.settleEnded(),
    });
    const segments = this.#log.segments.map(sharedOf);
    announce(channel, { kind: 'link', link: { number, thread, control: this.#control.shared, segments } });
  }

  /**
   * Hands one notification over, in this statement; null when this link is no longer read.
   * @throws RangeError where there is no memory for it; then it was not handed over.
   */
  send({ id, channel, body, sentAtMs, ticket, via }: Written): Promise<SendOutcome> | null {
    this.#log.makeRoom(channel, body);
    const slot = this.#pending.nextSlot;
    this.#places[slot] = this.#log.append(channel, body, { slot, sentAtMs, ticket });
    const { outcome } = this.#pending.add(id, sentAtMs, via);
    if (!this.#log.commit(this.#reader)) {
      this.#pending.cancel(slot);
      return null;
    }
    this.#listen();
    return outcome;
  }

  /** Nobody in this thread will write any more. */
  leave(): void {
    this.#control.leave();
    this.#ringReader();
    this.#isLeft = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isLeft && this.#pending.size === 0) this.#longOutcomes.close();
  }

  #listen(): void {
    if (this.#pending.size === 0) return;
    this.#control.bell.listen(
      () => this.#control.hasEnded,
      () => {
        this.settleEnded();
        this.#listen();
      },
    );
  }

  /** Settles what has ended; returns how many of them were not delivered. */
  settleEnded(): number {
    if (!this.#control.hasEnded) return 0;
    const slots = this.#control.takeEnded((slot) => this.#nextEndedOf(slot));
    return slots.filter((slot) => this.#settle(slot) !== 'delivered').length;
  }

  #settle(slot: number): SendOutcome['status'] | null {
    const place = this.#places[slot];
    if (place === undefined) return null;
    const outcome = this.#outcomeAt(place, slot);
    this.#log.release(place);
    this.#places[slot] = undefined;
    this.#pending.settle(slot, outcome);
    return outcome.status;
  }

  #outcomeAt({ segment, offset }: Place, slot: number): PartialOutcome {
    const found = segment.outcomeAt(offset);
    if (found.kind === 'none') return unreadable();
    const text = found.kind === 'here' ? found.text : this.#longOutcomes.take(slot);
    return (text === null ? null : readOutcome(text)) ?? unreadable();
  }

  #nextEndedOf(slot: number): number {
    const place = this.#places[slot];
    return place === undefined ? 0 : (place.segment.words[place.segment.nextEndedWordAt(place.offset)] ?? 0);
  }
}

function sharedOf({ number, shared }: Segment): SharedSegment {
  return { number, shared };
}

/** What can't be read is not guessed. */
function unreadable(): PartialOutcome {
  return failure('', 'io-thread-lost', {
    message: 'the outcome from the I/O thread could not be read; the message may have been posted',
    retryable: true,
    ambiguous: true,
  });
}
