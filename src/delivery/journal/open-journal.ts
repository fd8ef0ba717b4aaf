import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode, whyRefused } from '../../file-error.ts';
import { type NotifierError, withCode } from '../notifier-error.ts';
import { type Disk, realDisk, writeAll } from './disk.ts';
import { writeLine } from './journal-line.ts';
import { type Accepted, JournalLines } from './journal-lines.ts';
import { lockJournal } from './journal-lock.ts';
import type { DamagedFile } from './journal-warnings.ts';
import { damagedPath, partPath, partsOf } from './parts.ts';
import { JournalState, type SharedJournal } from './shared-journal.ts';

/** A journal that this notifier has to itself. */
export interface LockedJournal extends OpenJournal {
  release(): void;
}

export interface OpenJournal {
  /** For the threads that write it. */
  readonly shared: SharedJournal;
  /** Accepted by an earlier process and not known to have ended. */
  readonly unfinished: readonly Accepted[];
  readonly damaged: readonly DamagedFile[];
}

/**
 * @param given path of a regular file, of a symlink to one, or of a file that isn't there yet
 * @throws Error when another notifier has it, or the files can't be read or written.
 */
export async function lockAndOpenJournal(given: string): Promise<LockedJournal> {
  try {
    const path = realPathOf(given);
    const release = await lockJournal(path);
    try {
      return { ...openJournal(path), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    throw hasOwnCode(error) ? error : cannotOpen(given, whyRefused(error), error);
  }
}

function hasOwnCode(error: unknown): boolean {
  return /^journal-/.test(errorCode(error));
}

/**
 * Reads all parts of a journal, whose lock the caller has, and leaves one that has only what has not ended.
 * @throws Error when the files can't be read or written.
 */
export function openJournal(path: string, disk: Disk = realDisk): OpenJournal {
  const lines = new JournalLines();
  const parts = partsOf(disk, path);
  const read = parts.map((part) => ({ part, damaged: readWhole(lines, disk, partPath(path, part)) }));
  const unfinished = lines.unfinished();
  const damaged = read.flatMap(({ part, damaged }) =>
    damaged === 0 ? [] : [{ file: keep(disk, partPath(path, part)), lines: damaged }],
  );
  const bytes = begin(disk, path, unfinished);
  // Before a ticket is given that one of them may have, too.
  for (const part of parts) if (part > 0) disk.remove(partPath(path, part));
  disk.syncFolder(dirname(path));
  const state = new JournalState();
  state.ticketsUsed(lines.lastTicket);
  state.carriedOver(bytes);
  return { shared: { path, words: state.shared }, unfinished, damaged };
}

/** A symlink is followed here, once, so that it stays one, and so that a journal has one lock under all its names. */
function realPathOf(given: string): string {
  const found = statSync(given, { throwIfNoEntry: false });
  if (found?.isFile() === false) throw cannotOpen(given, 'it is not a regular file; give the path of one');
  if (found !== undefined) return realpathSync(given);
  const link = lstatSync(given, { throwIfNoEntry: false });
  const target = link === undefined ? given : resolve(dirname(given), readlinkSync(given));
  if (!existsSync(dirname(target))) throw cannotOpen(given, 'its folder does not exist; create it');
  return join(realpathSync(dirname(target)), basename(target));
}

function cannotOpen(path: string, why: string, cause?: unknown): NotifierError {
  return withCode('journal-unusable', new Error(`the journal ${path} can't be opened; ${why}`, { cause }));
}

function readWhole(lines: JournalLines, disk: Disk, path: string): number {
  const reading = lines.read(disk, path);
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}

/** A copy: until the new file is in place, the old one is what counts. */
function keep(disk: Disk, part: string): string {
  const copy = damagedPath(part);
  const from = disk.openToRead(part);
  const to = disk.openToAppend(copy, true);
  const slice = Buffer.alloc(64 * 1024);
  let position = 0;
  for (let count = disk.read(from, slice, 0); count > 0; count = disk.read(from, slice, position)) {
    position += count;
    writeAll(disk, to, slice.subarray(0, count));
  }
  disk.sync(to);
  disk.close(to);
  disk.close(from);
  return copy;
}

/** Written beside it and moved into place, so that a crash leaves the old file or the new one. Returns its size in bytes. */
function begin(disk: Disk, path: string, unfinished: readonly Accepted[]): number {
  const next = `${path}.next`;
  disk.remove(next);
  const fd = disk.openToAppend(next, true);
  const bytes = Buffer.from(unfinished.map(writeLine).join(''));
  writeAll(disk, fd, bytes);
  disk.sync(fd);
  disk.close(fd);
  disk.rename(next, path);
  disk.syncFolder(dirname(path));
  return bytes.length;
}
