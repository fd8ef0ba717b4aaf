import { JournalFile } from './journal-file.ts';
import { writeLine } from './journal-line.ts';

/** Writes down which notifications have ended, those of one turn of the loop together. */
export class JournalEndings {
  readonly #path: string | undefined;
  #file: JournalFile | null = null;
  #lines = '';

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** A notification without a journal has the ticket 0. */
  add(ticket: number): void {
    if (ticket > 0) this.#lines += writeLine({ kind: 'ended', ticket });
  }

  /** Not synced: an end that the disk forgets is a duplicate at the most. */
  write(): void {
    if (this.#lines === '' || this.#path === undefined) return;
    const lines = this.#lines;
    try {
      this.#file ??= new JournalFile(this.#path);
      this.#file.append(lines);
      this.#lines = '';
    } catch {
      // A full disk keeps the lines here for the next turn.
    }
  }
}
