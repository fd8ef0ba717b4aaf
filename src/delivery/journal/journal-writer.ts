import { type Disk, isMissing, realDisk, writeAll } from './disk.ts';
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
 * was being written to is no place for a record, so it is then written again.
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
   * @throws the error of the file system (ENOSPC, EIO): then nobody may rely on them.
   */
  writeDurably(lines: string): void {
    while (!this.#sync(this.#append(lines)));
  }

  /**
   * Returns when the lines survive the end of the process, though not yet that of the machine.
   * @throws as `writeDurably`.
   */
  write(lines: string): void {
    while (this.#append(lines).part !== this.#state.active);
  }

  close(): void {
    if (this.#open !== null) this.#disk.close(this.#open.fd);
    this.#open = null;
  }

  #append(lines: string): OpenPart {
    const open = this.#openActive();
    // Begins a line of its own, whatever another thread's failed write may have left at the end.
    const bytes = Buffer.from(`\n${lines}`);
    writeAll(this.#disk, open.fd, bytes);
    this.#state.addBytes(bytes.length);
    return open;
  }

  #openActive(): OpenPart {
    for (;;) {
      const part = this.#state.active;
      if (this.#open?.part === part) return this.#open;
      this.close();
      try {
        this.#open = { part, fd: this.#disk.openToAppend(partPath(this.#path, part), false) };
      } catch (error) {
        // It may have been left behind and removed in this moment.
        if (!isMissing(error) || part === this.#state.active) throw error;
      }
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
