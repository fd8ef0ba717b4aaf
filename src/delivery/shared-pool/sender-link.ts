import type { SendOutcome, Via } from '../outcome.ts';
import { PendingSends } from '../pending-sends.ts';
import { announce } from './announce.ts';
import type { Bell } from './bell.ts';
import type { Board } from './board.ts';
import { LinkControl } from './link-control.ts';
import { LogWriter, type Place } from './log-writer.ts';
import { readOutcome } from './outcome-text.ts';
import type { SharedPoolHandle } from './protocol.ts';

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
  readonly #board: Board;
  readonly #control: LinkControl;
  readonly #log: LogWriter;
  readonly #pending: PendingSends;
  readonly #places: (Place | undefined)[] = [];
  readonly #bellOfThread: Bell;

  /** @param replays notifications of an earlier process, which no queue limit stops */
  constructor(
    handle: SharedPoolHandle,
    board: Board,
    { thread, replays }: { thread: number; replays: number },
  ) {
    const { channel, options } = handle;
    const number = board.nextLink();
    this.thread = thread;
    this.#board = board;
    this.#bellOfThread = board.bellOf(thread);
    this.#control = new LinkControl(options.queueLimit + replays);
    this.#pending = new PendingSends(options.deadlineMs, () => {});
    this.#log = new LogWriter(this.#control, ({ added, dropped }) => {
      announce(channel, {
        kind: 'segments',
        link: number,
        thread,
        added: added === null ? null : { number: added.number, shared: added.shared },
        dropped,
      });
    });
    const segments = this.#log.segments.map((segment) => ({
      number: segment.number,
      shared: segment.shared,
    }));
    announce(channel, {
      kind: 'link',
      link: { number, thread, control: this.#control.shared, segments },
    });
  }

  /** Notifications handed over here and not ended. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Hands one notification over, in this statement; null when this link is no longer read. */
  send({ id, channel, body, sentAtMs, ticket, via }: Written): Promise<SendOutcome> | null {
    if (!this.#control.beginUse()) return null;
    try {
      // A thread whose loop does not turn while it sends reads what has ended here, before the list of it runs over.
      if (this.#pending.size >= this.#control.room) this.#settleEnded();
      const { slot, outcome } = this.#pending.add(id, sentAtMs, via);
      this.#places[slot] = this.#log.append(channel, body, { slot, sentAtMs, ticket });
      this.#control.publish(this.#board.words, this.#board.inFlightWordOf(this.thread));
      return outcome;
    } finally {
      this.#control.endUse();
      this.#bellOfThread.ring();
      this.#listen();
    }
  }

  /** Nobody in this thread will read or write any more. */
  leave(): void {
    this.#control.leave();
    this.#bellOfThread.ring();
  }

  #listen(): void {
    if (this.#pending.size === 0) return;
    this.#control.bell.listen(
      () => this.#control.hasEnded,
      () => this.#settleEnded(),
    );
  }

  #settleEnded(): void {
    for (let slot = this.#control.nextEnded(); slot !== null; slot = this.#control.nextEnded()) {
      const place = this.#places[slot];
      if (place === undefined) continue;
      const outcome = readOutcome(place.segment.readOutcome(place.offset));
      this.#log.release(place);
      this.#places[slot] = undefined;
      this.#pending.settle(slot, outcome);
    }
    this.#listen();
  }
}
