import type { Notification } from '../../notification/notification.ts';
import { writeLine } from './journal-line.ts';
import { JournalWriter } from './journal-writer.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** Whether a notification is on the disk now. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly ticket: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** Writes down what one thread sends, before it hands it over, and what it has been told. */
export class SenderJournal {
  readonly #state: JournalState;
  readonly #writer: JournalWriter;
  #ended = '';
  #writing: NodeJS.Immediate | null = null;

  constructor(journal: SharedJournal) {
    this.#state = new JournalState(journal.words);
    this.#writer = new JournalWriter(journal);
  }

  /** Returns when it is on the disk, or can't be. */
  accept(notification: Notification): Acceptance {
    const ticket = this.#state.nextTicket();
    try {
      this.#writer.writeDurably(writeLine({ kind: 'accepted', ticket, atMs: Date.now(), notification }));
      return { kind: 'accepted', ticket };
    } catch (error) {
      this.endSoon(ticket);
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
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
