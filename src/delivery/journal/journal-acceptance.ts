import type { Notification } from '../../notification/notification.ts';
import { writeLine } from './journal-line.ts';
import { JournalWriter } from './journal-writer.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** Whether a notification is on the disk now. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly ticket: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** Writes down what one thread sends, before it hands it over. */
export class JournalAcceptance {
  readonly #state: JournalState;
  readonly #writer: JournalWriter;

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
      this.takeBack(ticket);
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Its sender is told that it was not sent, so the next start must not send it. */
  takeBack(ticket: number): void {
    try {
      this.#writer.write(writeLine({ kind: 'ended', ticket }));
    } catch {
      // Where this can't be written either, the message comes as a possible duplicate at the most.
    }
  }

  close(): void {
    this.#writer.close();
  }
}
