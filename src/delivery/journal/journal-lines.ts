import { type Disk, isMissing } from './disk.ts';
import { type JournalEntry, readLine } from './journal-line.ts';

export type Accepted = Extract<JournalEntry, { kind: 'accepted' }>;

const newline = 10;
const sliceBytes = 64 * 1024;

/**
 * What some parts of a journal say together. Their order does not matter: a ticket is given once, and once ended it
 * stays so, wherever the two lines are.
 */
export class JournalLines {
  readonly #accepted = new Map<number, Accepted>();
  readonly #ended = new Set<number>();
  lastTicket = 0;

  /**
   * Reads one part, a slice at each step, so that a loop can turn in between; a file that isn't there has no lines.
   * Returns how many lines of it are damaged. A last line that was cut short was never accepted, so it is no damage.
   */
  *read(disk: Disk, path: string): Generator<void, number> {
    const fd = openIfThere(disk, path);
    if (fd === null) return 0;
    try {
      return yield* this.readOpen(disk, fd);
    } finally {
      disk.close(fd);
    }
  }

  /** As `read`, of a file that is open, whatever has become of its name. */
  *readOpen(disk: Disk, fd: number): Generator<void, number> {
    const slice = Buffer.alloc(sliceBytes);
    let unended: Buffer[] = [];
    let position = 0;
    let damaged = 0;
    for (let count = disk.read(fd, slice, 0); count > 0; count = disk.read(fd, slice, position)) {
      position += count;
      const end = slice.lastIndexOf(newline, count - 1) + 1;
      if (end > 0) {
        const text = Buffer.concat([...unended, slice.subarray(0, end)]).toString('utf8');
        for (const line of text.split('\n')) if (!this.#add(line)) damaged += 1;
        unended = [];
      }
      unended.push(Buffer.from(slice.subarray(end, count)));
      yield;
    }
    return damaged;
  }

  /** Accepted and not known to have ended, in the order of acceptance. */
  unfinished(): Accepted[] {
    return [...this.#accepted.values()]
      .filter(({ ticket }) => !this.#ended.has(ticket))
      .sort((a, b) => a.ticket - b.ticket);
  }

  #add(line: string): boolean {
    const entries = readLine(line);
    for (const entry of entries ?? []) this.#addEntry(entry);
    return entries !== null;
  }

  #addEntry(entry: JournalEntry): void {
    this.lastTicket = Math.max(this.lastTicket, entry.ticket);
    if (entry.kind === 'ended') {
      this.#ended.add(entry.ticket);
      this.#accepted.delete(entry.ticket);
    } else {
      this.#accepted.set(entry.ticket, entry);
    }
  }
}

function openIfThere(disk: Disk, path: string): number | null {
  try {
    return disk.openToRead(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
