import type { Notification } from '../../notification/notification.ts';
import { bodyOf } from '../../slack/request.ts';
import { monotonicMs } from '../../time/clock.ts';
import type { HandedOver, HandOver } from '../accounting.ts';
import { onExitLast } from '../exit-listeners.ts';
import { notDurable, queueFull, senderClosed } from '../failure.ts';
import { fillGaps } from '../fill-gaps.ts';
import type { SenderHandle } from '../handle.ts';
import { type Acceptance, SenderJournal } from '../journal/sender-journal.ts';
import { type SendOutcome, type Via, withVia } from '../outcome.ts';
import { refuseInvalid } from '../refuse-invalid.ts';
import type { DeliveryOptions, Sender } from '../strategy.ts';
import { threadName } from '../thread-name.ts';
import { Board } from './board.ts';
import type { SharedPoolHandle } from './protocol.ts';
import { SenderLink, type Written } from './sender-link.ts';

/** Links of this thread's senders, which the I/O threads may forget when the thread ends. */
const openLinks = new Set<SenderLink>();

/** Journals of this thread's senders. */
const openJournals = new Set<SenderJournal>();

let stopListening = () => {};

function leaveAll(): void {
  for (const journal of openJournals) journal.writeEnded();
  for (const link of openLinks) link.leave();
}

/** Hands each notification straight to the I/O thread; this thread may park, block or end in the next statement. */
export class SharedPoolSender implements HandOver {
  readonly #handle: SharedPoolHandle;
  readonly #board: Board;
  readonly #thread = threadName();
  readonly #links = new Map<number, SenderLink>();
  readonly #journal: SenderJournal | null;
  /** Tickets of the outcomes that end in the journal once they are known to the caller. */
  readonly #tickets = new WeakMap<SendOutcome, number>();
  /** Called when one was handed over, before `send` returns. */
  onHandedOver: () => void = () => {};
  #closed = false;

  constructor(handle: SharedPoolHandle) {
    this.#handle = handle;
    this.#board = new Board(handle.board);
    this.#journal = handle.journal === null ? null : new SenderJournal(handle.journal);
    if (this.#journal !== null) openJournals.add(this.#journal);
    // Made known now, so that the first notification finds the way open.
    this.#linkTo(this.#board.leastLoadedThread());
  }

  /** @param via comes with the outcome */
  handOver(notification: Notification, via?: Via): HandedOver {
    const refusal = this.#refusalOf(notification, 0);
    if (refusal !== null) return withVia(refusal, via);
    return this.#journal === null
      ? this.#write(notification, 0, via)
      : this.#handOverDurably(this.#journal.accept(notification), via);
  }

  /** As `handOver` for each; where there is a journal, all of them share one write and one sync. */
  handOverAll(notifications: readonly Notification[], via?: Via): readonly HandedOver[] {
    if (this.#journal === null) return notifications.map((notification) => this.handOver(notification, via));
    let ahead = 0;
    const refusals = notifications.map((notification): HandedOver | null => {
      const refusal = this.#refusalOf(notification, ahead);
      if (refusal !== null) return withVia(refusal, via);
      ahead += 1;
      return null;
    });
    const accepted = this.#journal.acceptAll(notifications.filter((_, index) => refusals[index] === null));
    return fillGaps(
      refusals,
      accepted.map((one) => this.#handOverDurably(one, via)),
    );
  }

  /** Where there is a journal. What was delivered is written down by the I/O thread. */
  get acknowledge(): Sender['acknowledge'] {
    const journal = this.#journal;
    if (journal === null) return undefined;
    return (outcome) => {
      const ticket = this.#tickets.get(outcome);
      if (ticket !== undefined) journal.endSoon(ticket);
    };
  }

  /** Settles what has ended without a turn of the loop; returns how many of them were not delivered. */
  settleEnded(): number {
    let notDelivered = 0;
    for (const link of this.#links.values()) notDelivered += link.settleEnded();
    return notDelivered;
  }

  get options(): DeliveryOptions {
    return this.#handle.options;
  }

  /** I/O threads that share the load. */
  get ioThreads(): number {
    return this.#board.runningThreads;
  }

  handle(): SenderHandle {
    return { value: this.#handle, transferList: [] };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const link of this.#links.values()) this.#forget(link);
    this.#journal?.close();
    if (this.#journal !== null) openJournals.delete(this.#journal);
  }

  /** What an earlier process had accepted: it is in the journal under this ticket. */
  replay(notification: Notification, ticket: number): HandedOver {
    return this.#write({ ...notification, possibleDuplicate: true }, ticket);
  }

  /** Another attempt would not change it, so no further start needs to know of it. */
  settleReplayed(ticket: number, outcome: SendOutcome): void {
    if (outcome.status !== 'delivered') this.#journal?.endSoon(ticket);
  }

  #handOverDurably(accepted: Acceptance, via: Via | undefined): HandedOver {
    const { notification } = accepted;
    if (accepted.kind === 'failed') {
      const { reason, isLeft } = accepted;
      return withVia(notDurable(notification.id, reason, isLeft), via);
    }
    const { ticket } = accepted;
    const handedOver = this.#write({ ...notification, possibleDuplicate: false }, ticket, via);
    return handedOver instanceof Promise
      ? handedOver.then((outcome) => this.#remember(outcome, ticket))
      : this.#remember(handedOver, ticket);
  }

  #remember(outcome: SendOutcome, ticket: number): SendOutcome {
    if (outcome.status !== 'delivered') this.#tickets.set(outcome, ticket);
    return outcome;
  }

  /** @param ahead how many are about to be handed over before it */
  #refusalOf(notification: Notification, ahead: number): SendOutcome | null {
    const { queueLimit } = this.#handle.options;
    if (this.#closed || this.#board.isClosed) return senderClosed(notification.id);
    if (this.#board.inFlight + ahead >= queueLimit) return queueFull(notification.id, queueLimit);
    return refuseInvalid(notification);
  }

  #write(notification: Notification, ticket: number, via?: Via): HandedOver {
    const { id, channel } = notification;
    const body = bodyOf(this.#handle.options.target, notification, this.#thread);
    const written: Written = { id, channel, body, sentAtMs: monotonicMs(), ticket, via };
    while (!this.#board.isClosed) {
      const link = this.#linkTo(this.#board.leastLoadedThread());
      const outcome = link.send(written);
      if (outcome !== null) {
        this.onHandedOver();
        return outcome;
      }
      this.#forget(link);
    }
    return withVia(senderClosed(id), via);
  }

  #linkTo(thread: number): SenderLink {
    const known = this.#links.get(thread);
    if (known !== undefined) return known;
    const link = new SenderLink(this.#handle, this.#board, thread);
    this.#links.set(thread, link);
    if (openLinks.size === 0) stopListening = onExitLast(leaveAll);
    openLinks.add(link);
    return link;
  }

  #forget(link: SenderLink): void {
    link.leave();
    this.#links.delete(link.thread);
    openLinks.delete(link);
    if (openLinks.size === 0) stopListening();
  }
}
