import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

/** The end of a journal to which one thread appends. Several threads may append to one file, each with its own. */
export class JournalFile {
  readonly #fd: number;
  #torn = false;

  /** @throws the error of `open` (ENOENT, EACCES). */
  constructor(path: string) {
    this.#fd = openSync(path, 'a', 0o600);
  }

  /**
   * Returns when the lines are on the disk.
   * @throws the error of the write (ENOSPC, EIO): then no line of them counts as written.
   */
  appendDurably(lines: string): void {
    this.append(lines);
    fdatasyncSync(this.#fd);
  }

  /** Returns when the lines survive the end of the process, though not yet that of the machine. */
  append(lines: string): void {
    // What a write that failed has left behind must not swallow the next line.
    const bytes = Buffer.from(this.#torn ? `\n${lines}` : lines);
    this.#torn = true;
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
    this.#torn = false;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
