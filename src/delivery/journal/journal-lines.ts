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
   * Returns whether a line of it is damaged. A last line that was cut short was never accepted, so it is no damage.
   */
  *read(disk: Disk, path: string): Generator<void, boolean> {
    const fd = openIfThere(disk, path);
    if (fd === null) return false;
    let damaged = false;
    try {
      const slice = Buffer.alloc(sliceBytes);
      let rest = Buffer.alloc(0);
      let position = 0;
      for (let count = disk.read(fd, slice, 0); count > 0; count = disk.read(fd, slice, position)) {
        position += count;
        const bytes = Buffer.concat([rest, slice.subarray(0, count)]);
        const end = bytes.lastIndexOf(newline) + 1;
        for (const line of bytes.toString('utf8', 0, end).split('\n')) damaged = !this.#add(line) || damaged;
        rest = bytes.subarray(end);
        yield;
      }
    } finally {
      disk.close(fd);
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
    if (line === '') return true;
    const entry = readLine(line);
    if (entry === null) return false;
    this.lastTicket = Math.max(this.lastTicket, entry.ticket);
    if (entry.kind === 'ended') {
      this.#ended.add(entry.ticket);
      this.#accepted.delete(entry.ticket);
    } else {
      this.#accepted.set(entry.ticket, entry);
    }
    return true;
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
