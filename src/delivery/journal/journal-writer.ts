import { dirname } from 'node:path';
import { type Disk, isMissing, realDisk } from './disk.ts';
import { startOfWrite, writeTogether } from './journal-line.ts';
import { JournalLines } from './journal-lines.ts';
import { warnOfLoss } from './journal-warnings.ts';
import { partPath } from './parts.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** Time, in ms, after which a thread that syncs for others is taken for ended, and one of them syncs itself. */
const leaderPatienceMs = 1000;

interface OpenPart {
  readonly part: number;
  readonly fd: number;
}

/**
 * One thread's way to write a journal. Threads that write at the same time share one sync: the first syncs what all have
 * written, the others wait for it, and one of those that came too late is the next. A part that was left behind while it
 * was being written to is no place for a record, so it is then written again. So it is where somebody else has removed or
 * replaced the file: the journal goes on in a new part, with all that this thread can still read of the lost one.
 */
export class JournalWriter {
  readonly #path: string;
  readonly #state: JournalState;
  readonly #disk: Disk;
  #open: OpenPart | null = null;

  constructor(journal: SharedJournal, disk = realDisk) {
    this.#path = journal.path;
    this.#state = new JournalState(journal.words);
    this.#disk = disk;
  }

  /**
   * Returns when the lines are on the disk.
   * @throws the error of the file system (ENOSPC, EIO): then nobody may rely on them. `NotWritten` where they do not count.
   */
  writeDurably(lines: string): void {
    for (;;) {
      const open = this.#append(lines);
      if (this.#sync(open) && this.#isInPlace(open)) return;
    }
  }

  /**
   * Returns when the lines survive the end of the process, though not yet that of the machine.
   * @throws as `writeDurably`.
   */
  write(lines: string): void {
    while (this.#append(lines).part !== this.#state.active);
  }

  /**
   * Notices that somebody else has removed or replaced the file, where nothing is sent for long.
   * @throws as `writeDurably`.
   */
  check(): void {
    this.#isInPlace(this.#openActive());
  }

  close(): void {
    if (this.#open !== null) this.#disk.close(this.#open.fd);
    this.#open = null;
  }

  #append(lines: string): OpenPart {
    try {
      const open = this.#openActive();
      this.#state.addBytes(appendLines(this.#disk, open.fd, lines));
      return open;
    } catch (error) {
      throw new NotWritten(error);
    }
  }

  #openActive(): OpenPart {
    for (;;) {
      const part = this.#state.active;
      if (this.#open?.part === part) return this.#open;
      this.#leaveOld();
      try {
        this.#open = { part, fd: this.#disk.openToAppend(partPath(this.#path, part), false) };
      } catch (error) {
        if (!isMissing(error)) throw error;
        // It may have been left behind and removed in this moment.
        if (part === this.#state.active) this.#replace(part, null);
      }
    }
  }

  #leaveOld(): void {
    const old = this.#open;
    if (old === null) return;
    // Lost to a thread that had never opened it, so it could not carry anything over.
    if (old.part === this.#state.lost) this.#carryOver(old.fd, this.#state.active);
    this.close();
  }

  /** False where the file was lost; the journal then goes on in another. */
  #isInPlace({ part, fd }: OpenPart): boolean {
    if (this.#disk.isAt(partPath(this.#path, part), fd)) return true;
    if (part === this.#state.active) this.#replace(part, fd);
    return false;
  }

  /** What is written to the lost part in the meantime is found to be lost by whoever wrote it. */
  #replace(lost: number, fd: number | null): void {
    const next = lost + 1;
    const path = partPath(this.#path, next);
    this.#disk.close(this.#disk.openToAppend(path, true));
    this.#disk.syncFolder(dirname(path));
    if (fd !== null) this.#carryOver(fd, next);
    if (!this.#state.goOnFrom(lost, next)) return;
    if (fd === null) this.#state.lose(lost);
    warnOfLoss(this.#path, path);
  }

  /** An entry that is there twice is one, so two threads may do this. */
  #carryOver(from: number, to: number): void {
    const lines = new JournalLines();
    for (const _ of lines.readOpen(this.#disk, from));
    const unfinished = lines.unfinished();
    if (unfinished.length === 0) return;
    const fd = this.#disk.openToAppend(partPath(this.#path, to), true);
    try {
      appendLines(this.#disk, fd, writeTogether(unfinished));
      this.#disk.sync(fd);
    } finally {
      this.#disk.close(fd);
    }
  }

  /** False when what was just appended does not count, because its part was left behind. */
  #sync(open: OpenPart): boolean {
    const state = this.#state;
    const write = state.countWrite();
    for (;;) {
      if (state.failed >= write) throw new Error('another thread could not sync it');
      if (state.synced >= write) return state.active === open.part;
      const leader = state.leader;
      const isBusy = leader !== 0n && state.waitForLeader(leader, leaderPatienceMs);
      // A thread that was terminated in its turn never ends it.
      const turn = isBusy ? null : state.takeLead(leader);
      if (turn !== null && !this.#lead(turn, open)) return false;
    }
  }

  #lead(turn: bigint, { part, fd }: OpenPart): boolean {
    const state = this.#state;
    const upTo = state.written;
    try {
      // Looked at after the count: a write that was counted may have gone to a newer part, which this sync won't cover.
      if (state.active !== part) return false;
      this.#disk.sync(fd);
      // What others wrote may be in another file, which this sync does not cover.
      if (!this.#isInPlace({ part, fd })) return false;
      state.raiseSynced(upTo);
      return true;
    } catch (error) {
      // The kernel forgets what it could not write, so that a later sync would succeed without it.
      state.raiseFailed(upTo);
      throw error;
    } finally {
      state.endLead(turn);
    }
  }
}

/** The lines do not count, whatever of them may be in the file. */
export class NotWritten extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Appends to a file that others append to as well, and returns the number of bytes. Lines of a write that was cut short do
 * not count, so they are written again.
 */
export function appendLines(disk: Disk, fd: number, lines: string): number {
  // Begins a line of its own, whatever another thread's failed write may have left at the end.
  const bytes = Buffer.from(startOfWrite + lines);
  while (disk.write(fd, bytes) < bytes.length);
  return bytes.length;
}
