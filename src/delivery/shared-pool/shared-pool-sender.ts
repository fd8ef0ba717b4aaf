import { monotonicMs } from '../../measure/clock.ts';
import type { Notification } from '../../notification/notification.ts';
import { bodyOf } from '../../slack/request.ts';
import { notDurable, queueFull, senderClosed } from '../failure.ts';
import { JournalFile } from '../journal/journal-file.ts';
import { writeLine } from '../journal/journal-line.ts';
import type { SendOutcome } from '../outcome.ts';
import { refuseInvalid } from '../refuse-invalid.ts';
import type { Sender, SenderHandle } from '../strategy.ts';
import { tallyOf } from '../tally.ts';
import { threadName } from '../thread-name.ts';
import { Board } from './board.ts';
import type { SharedPoolHandle } from './protocol.ts';
import { SenderLink, type Written } from './sender-link.ts';

/** Links of this thread's senders, which the I/O threads may forget when the thread ends. */
const openLinks = new Set<SenderLink>();

function leaveAll(): void {
  for (const link of openLinks) link.leave();
}

/** Hands each notification straight to the I/O thread; this thread may stop turning, or end, in the next statement. */
export class SharedPoolSender implements Sender {
  readonly #handle: SharedPoolHandle;
  readonly #board: Board;
  readonly #thread = threadName();
  readonly #links = new Map<number, SenderLink>();
  #journal: JournalFile | null = null;
  #closed = false;

  constructor(handle: SharedPoolHandle) {
    this.#handle = handle;
    this.#board = new Board(handle.board);
    // Made known now, so that the first notification finds the way open.
    this.#linkTo(this.#board.leastLoadedThread());
  }

  send(notification: Notification): Promise<SendOutcome> {
    const { id, channel } = notification;
    const refusal = this.#refuse(notification);
    if (refusal !== null) return Promise.resolve(refusal);
    const { target, durable } = this.#handle.options;
    const ticket = durable === undefined ? 0 : this.#board.nextTicket();
    const failed = durable === undefined ? null : this.#writeDown(durable, ticket, notification);
    if (failed !== null) return Promise.resolve(failed);
    return this.#handOver({
      id,
      channel,
      body: bodyOf(target, notification, this.#thread),
      sentAtMs: monotonicMs(),
      ticket,
    });
  }

  handle(): SenderHandle {
    return { value: this.#handle, transferList: [] };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const link of this.#links.values()) this.#forget(link);
    this.#journal?.close();
  }

  /** What an earlier process had accepted: it is in the journal under this ticket. */
  replay(notification: Notification, ticket: number): Promise<SendOutcome> {
    const { id, channel } = notification;
    const { target } = this.#handle.options;
    const body = bodyOf(target, { ...notification, possibleDuplicate: true }, this.#thread);
    return this.#handOver({ id, channel, body, sentAtMs: monotonicMs(), ticket });
  }

  #writeDown(path: string, ticket: number, notification: Notification): SendOutcome | null {
    try {
      this.#journal ??= new JournalFile(path);
      this.#journal.appendDurably(writeLine({ kind: 'accepted', ticket, atMs: Date.now(), notification }));
      return null;
    } catch (error) {
      return notDurable(notification.id, error instanceof Error ? error.message : String(error));
    }
  }

  #refuse(notification: Notification): SendOutcome | null {
    const { options } = this.#handle;
    const { queueLimit } = options;
    if (this.#closed || this.#board.isClosed) return senderClosed(notification.id);
    if (this.#board.inFlight >= queueLimit) return queueFull(notification.id, queueLimit);
    const invalid = refuseInvalid(notification);
    if (invalid !== null) tallyOf(options)?.settle(invalid.status, 0);
    return invalid;
  }

  #handOver(written: Written): Promise<SendOutcome> {
    while (!this.#board.isClosed) {
      const link = this.#linkTo(this.#board.leastLoadedThread());
      const outcome = link.send(written);
      if (outcome !== null) return outcome;
      this.#forget(link);
    }
    return Promise.resolve(senderClosed(written.id));
  }

  #linkTo(thread: number): SenderLink {
    const known = this.#links.get(thread);
    if (known !== undefined) return known;
    const link = new SenderLink(this.#handle, this.#board, thread);
    this.#links.set(thread, link);
    if (openLinks.size === 0) process.on('exit', leaveAll);
    openLinks.add(link);
    return link;
  }

  #forget(link: SenderLink): void {
    link.leave();
    this.#links.delete(link.thread);
    openLinks.delete(link);
    if (openLinks.size === 0) process.off('exit', leaveAll);
  }
}
