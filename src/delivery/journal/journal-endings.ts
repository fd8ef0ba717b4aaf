import { Compaction } from './compaction.ts';
import { type JournalEntry, writeTogether } from './journal-line.ts';
import { JournalWriter } from './journal-writer.ts';
import type { SharedJournal } from './shared-journal.ts';

/**
 * Writes down which notifications were delivered, those of one turn of the loop together. Any other outcome is an end only
 * when it was reported to its sender, so the sender writes that down.
 */
export class JournalEndings {
  readonly #writer: JournalWriter;
  readonly #compaction: Compaction | null;
  #entries: JournalEntry[] = [];

  /** @param keepsItSmall true in the one thread of the process that does */
  constructor(journal: SharedJournal, keepsItSmall: boolean) {
    this.#writer = new JournalWriter(journal);
    this.#compaction = keepsItSmall ? new Compaction(journal) : null;
  }

  add(ticket: number): void {
    this.#entries.push({ kind: 'ended', ticket });
  }

  /** Not synced: an end that the disk forgets is a duplicate at the most. */
  write(): void {
    if (this.#entries.length === 0) return;
    try {
      this.#writer.write(writeTogether(this.#entries));
      this.#entries = [];
    } catch {
      // They are kept here until the disk has room.
    }
    this.#compaction?.begin();
  }

  /** To be called now and then, also where nothing ends. */
  keepUp(): void {
    try {
      this.#writer.check();
    } catch {
      // It is the outcome of whatever is sent next.
    }
    this.write();
  }
}
