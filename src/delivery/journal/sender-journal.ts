import type { Notification } from '../../notification/notification.ts';
import { realDisk } from './disk.ts';
import { type JournalEntry, writeTogether } from './journal-line.ts';
import type { Accepted } from './journal-lines.ts';
import { JournalWriter, NotWritten } from './journal-writer.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** Whether a notification is on the disk now. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly ticket: number; readonly notification: Notification }
  | ({ readonly kind: 'failed'; readonly notification: Notification } & Refusal);

interface Refusal {
  readonly reason: string;
  /** True where it may be on the disk all the same, so that the next start may send it. */
  readonly isLeft: boolean;
}

/** Time, in ms, after which ends that could not be written, as on a full disk, are written once more. */
const retryMs = 1000;

/** Writes down what one thread sends, before it hands it over, and which outcomes have been reported to it. */
export class SenderJournal {
  readonly #state: JournalState;
  readonly #writer: JournalWriter;
  #ended: JournalEntry[] = [];
  #writing: NodeJS.Immediate | null = null;
  #retry: NodeJS.Timeout | null = null;

  constructor(journal: SharedJournal, disk = realDisk) {
    this.#state = new JournalState(journal.words);
    this.#writer = new JournalWriter(journal, disk);
  }

  /** Returns when it is on the disk, or can't be. */
  accept(notification: Notification): Acceptance {
    const entry = this.#entryOf(notification);
    const refusal = this.#write([entry]);
    return refusal === null ? entry : { kind: 'failed', notification, ...refusal };
  }

  /** Returns when all are on the disk, by one write and one sync, or none can be. */
  acceptAll(notifications: readonly Notification[]): Acceptance[] {
    if (notifications.length === 0) return [];
    const entries = notifications.map((notification) => this.#entryOf(notification));
    const refusal = this.#write(entries);
    return refusal === null
      ? entries
      : notifications.map((notification) => ({ kind: 'failed', notification, ...refusal }));
  }

  #entryOf(notification: Notification): Accepted {
    return { kind: 'accepted', ticket: this.#state.nextTicket(), atMs: Date.now(), notification };
  }

  /** Returns why they could not be written; null where they were. */
  #write(entries: readonly Accepted[]): Refusal | null {
    try {
      this.#writer.writeDurably(writeTogether(entries));
      return null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { reason, isLeft: !(error instanceof NotWritten) && !this.#takeBack(entries) };
    }
  }

  /** They may be on the disk, though nobody may rely on it. */
  #takeBack(entries: readonly Accepted[]): boolean {
    const ends = entries.map(({ ticket }): JournalEntry => ({ kind: 'ended', ticket }));
    try {
      this.#writer.writeDurably(writeTogether(ends));
      return true;
    } catch {
      this.#ended.push(...ends);
      this.#retryLater();
      return false;
    }
  }

  /** An outcome was reported to its sender, or is in this turn, so the next start need not send it. */
  endSoon(ticket: number): void {
    this.#ended.push({ kind: 'ended', ticket });
    this.#writing ??= setImmediate(() => this.writeEnded());
  }

  close(): void {
    this.writeEnded();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#writer.close();
  }

  /** Writes down at once which outcomes have been reported. */
  writeEnded(): void {
    if (this.#writing !== null) clearImmediate(this.#writing);
    this.#writing = null;
    if (this.#ended.length === 0) return;
    try {
      this.#writer.write(writeTogether(this.#ended));
      this.#ended = [];
    } catch {
      this.#retryLater();
    }
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.writeEnded();
    }, retryMs).unref();
  }
}
