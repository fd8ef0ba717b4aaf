import type { Notification } from '../../notification/notification.ts';
import { realDisk } from './disk.ts';
import { writeLine } from './journal-line.ts';
import type { Accepted } from './journal-lines.ts';
import { JournalWriter } from './journal-writer.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** Whether a notification is on the disk now. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly ticket: number; readonly notification: Notification }
  | { readonly kind: 'failed'; readonly notification: Notification; readonly reason: string };

/** Writes down what one thread sends, before it hands it over, and what it has been told. */
export class SenderJournal {
  readonly #state: JournalState;
  readonly #writer: JournalWriter;
  #ended = '';
  #writing: NodeJS.Immediate | null = null;

  constructor(journal: SharedJournal, disk = realDisk) {
    this.#state = new JournalState(journal.words);
    this.#writer = new JournalWriter(journal, disk);
  }

  /** Returns when it is on the disk, or can't be. */
  accept(notification: Notification): Acceptance {
    const entry = this.#entryOf(notification);
    const reason = this.#write([entry]);
    return reason === null ? entry : { kind: 'failed', notification, reason };
  }

  /** Returns when all are on the disk, by one write and one sync, or can't be. */
  acceptAll(notifications: readonly Notification[]): Acceptance[] {
    if (notifications.length === 0) return [];
    const entries = notifications.map((notification) => this.#entryOf(notification));
    const reason = this.#write(entries);
    return reason === null
      ? entries
      : notifications.map((notification) => ({ kind: 'failed', notification, reason }));
  }

  #entryOf(notification: Notification): Accepted {
    return { kind: 'accepted', ticket: this.#state.nextTicket(), atMs: Date.now(), notification };
  }

  /** Returns why they could not be written; null where they were. */
  #write(entries: readonly Accepted[]): string | null {
    try {
      this.#writer.writeDurably(entries.map(writeLine).join(''));
      return null;
    } catch (error) {
      for (const { ticket } of entries) this.endSoon(ticket);
      return error instanceof Error ? error.message : String(error);
    }
  }

  /**
   * Its sender is being told an outcome, so the next start need not send it. Written only when the sender's code has run:
   * a process that dies before that has told nobody.
   */
  endSoon(ticket: number): void {
    this.#ended += writeLine({ kind: 'ended', ticket });
    this.#writing ??= setImmediate(() => this.#writeEnded());
  }

  close(): void {
    this.#writeEnded();
    this.#writer.close();
  }

  #writeEnded(): void {
    if (this.#writing !== null) clearImmediate(this.#writing);
    this.#writing = null;
    const lines = this.#ended;
    this.#ended = '';
    try {
      if (lines !== '') this.#writer.write(lines);
    } catch {
      // Where this can't be written, the messages come as possible duplicates at the most.
    }
  }
}
