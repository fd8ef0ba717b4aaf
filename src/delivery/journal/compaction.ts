import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Disk, realDisk } from './disk.ts';
import { writeLine } from './journal-line.ts';
import { JournalLines } from './journal-lines.ts';
import { warnOfDamage } from './journal-warnings.ts';
import { appendLines } from './journal-writer.ts';
import { damagedPath, partPath, partsOf } from './parts.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** Size, in bytes, at which a part is left behind; more where that much has not ended. */
const fullPartBytes = 4 * 1024 * 1024;

/** After one that failed, as on a full disk. */
const retryMs = 5000;

/**
 * Keeps a journal small while it is written: begins a new part, brings over what has not ended in the parts before it,
 * and removes those. One thread of a process does that; a crash between any two steps leaves every line in some part.
 */
export class Compaction {
  readonly #journal: SharedJournal;
  readonly #state: JournalState;
  readonly #disk: Disk;
  readonly #fullBytes: number;
  #running = false;
  #notBeforeMs = 0;

  constructor(journal: SharedJournal, { disk = realDisk, fullBytes = fullPartBytes } = {}) {
    this.#journal = journal;
    this.#state = new JournalState(journal.words);
    this.#disk = disk;
    this.#fullBytes = fullBytes;
  }

  /** Begins where the part is full, and goes on in later turns of the loop. */
  begin(): void {
    if (this.#running || this.#state.bytes < this.#fullBytes) return;
    if (this.#state.bytes < 2 * this.#state.carriedBytes || performance.now() < this.#notBeforeMs) return;
    this.#running = true;
    this.run()
      .catch(() => {
        // Every line is still there: the old parts are read at the next attempt, or at the next start.
        this.#notBeforeMs = performance.now() + retryMs;
      })
      .finally(() => {
        this.#running = false;
      });
  }

  /** @throws the error of the file system. */
  async run(): Promise<void> {
    const part = this.#goOn();
    const left = partsOf(this.#disk, this.#journal.path).filter((found) => found < part);
    const lines = new JournalLines();
    const damaged = new Map<number, number>();
    for (const one of left) damaged.set(one, await this.#read(lines, one));
    this.#carryOver(lines, part);
    for (const one of left) this.#remove(one, damaged.get(one) ?? 0);
    this.#disk.syncFolder(dirname(this.#journal.path));
  }

  /** The new part's name is on the disk before a line in it counts. */
  #goOn(): number {
    const last = this.#state.active;
    const part = last + 1;
    this.#disk.close(this.#disk.openToAppend(partPath(this.#journal.path, part), true));
    this.#disk.syncFolder(dirname(this.#journal.path));
    // Another thread goes on, too, where a file was lost.
    return this.#state.goOnFrom(last, part) ? part : this.#state.active;
  }

  /** Nothing that counts is added to a part any more, so the loop may turn while it is read. */
  async #read(lines: JournalLines, part: number): Promise<number> {
    const reading = lines.read(this.#disk, partPath(this.#journal.path, part));
    for (;;) {
      const step = reading.next();
      if (step.done === true) return step.value;
      await nextTurn();
    }
  }

  #carryOver(lines: JournalLines, part: number): void {
    const fd = this.#disk.openToAppend(partPath(this.#journal.path, part), false);
    try {
      const bytes = appendLines(this.#disk, fd, lines.unfinished().map(writeLine).join(''));
      this.#disk.sync(fd);
      this.#state.carriedOver(bytes);
    } finally {
      this.#disk.close(fd);
    }
  }

  #remove(part: number, damagedLines: number): void {
    const path = partPath(this.#journal.path, part);
    if (damagedLines === 0) {
      this.#disk.remove(path);
      return;
    }
    const file = damagedPath(path);
    this.#disk.rename(path, file);
    warnOfDamage(this.#journal.path, { file, lines: damagedLines });
  }
}
