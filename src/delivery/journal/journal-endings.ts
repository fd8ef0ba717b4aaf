import { Compaction } from './compaction.ts';
import { writeLine } from './journal-line.ts';
import { JournalWriter } from './journal-writer.ts';
import type { SharedJournal } from './shared-journal.ts';

/**
 * Writes down which notifications were delivered, those of one turn of the loop together. Any other outcome is an end only
 * when its sender has been told, so the sender writes that down.
 */
export class JournalEndings {
  readonly #writer: JournalWriter;
  readonly #compaction: Compaction | null;
  #lines = '';

  /** @param keepsItSmall true in the one thread of the process that does */
  constructor(journal: SharedJournal, keepsItSmall: boolean) {
    this.#writer = new JournalWriter(journal);
    this.#compaction = keepsItSmall ? new Compaction(journal) : null;
  }

  add(ticket: number): void {
    this.#lines += writeLine({ kind: 'ended', ticket });
  }

  /** Not synced: an end that the disk forgets is a duplicate at the most. */
  write(): void {
    if (this.#lines === '') return;
    try {
      this.#writer.write(this.#lines);
      this.#lines = '';
    } catch {
      // A full disk keeps the lines here for the next turn.
    }
    this.#compaction?.begin();
  }
}
