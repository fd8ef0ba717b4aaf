import {
  closeSync,
  copyFileSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type JournalEntry, readLine, writeLine } from './journal-line.ts';
import { lockJournal } from './journal-lock.ts';

export type Accepted = Extract<JournalEntry, { kind: 'accepted' }>;

/** A journal that this process has to itself. */
export interface OpenJournal {
  /** Accepted by an earlier process and not known to have ended. */
  readonly unfinished: readonly Accepted[];
  /** The largest ticket in use. */
  readonly lastTicket: number;
  /** Copy of the file as it was found, where some of its lines could not be read; null where all could. */
  readonly damagedCopy: string | null;
  release(): void;
}

/**
 * Locks the journal, reads it, and leaves in it only what has not ended.
 * @throws Error when another process has it, or the file can't be read or written.
 */
export function openJournal(path: string): OpenJournal {
  const release = lockJournal(path);
  try {
    const { entries, damaged } = readEntries(path);
    const unfinished = unfinishedOf(entries);
    const damagedCopy = damaged ? keepCopy(path) : null;
    rewrite(path, unfinished);
    const lastTicket = Math.max(0, ...unfinished.map(({ ticket }) => ticket));
    return { unfinished, lastTicket, damagedCopy, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A last line that was cut short was never accepted, so it is no damage. */
function readEntries(path: string): { entries: JournalEntry[]; damaged: boolean } {
  const lines = read(path).split('\n');
  lines.pop();
  const entries: JournalEntry[] = [];
  let damaged = false;
  for (const line of lines) {
    const entry = line === '' ? null : readLine(line);
    if (entry !== null) entries.push(entry);
    else if (line !== '') damaged = true;
  }
  return { entries, damaged };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function unfinishedOf(entries: readonly JournalEntry[]): Accepted[] {
  const open = new Map<number, Accepted>();
  for (const entry of entries) {
    if (entry.kind === 'accepted') open.set(entry.ticket, entry);
    else open.delete(entry.ticket);
  }
  return [...open.values()];
}

function keepCopy(path: string): string {
  const copy = `${path}.damaged-${Date.now()}`;
  copyFileSync(path, copy);
  return copy;
}

/** Written beside it and moved into place, so that a crash leaves the old file or the new one. */
function rewrite(path: string, entries: readonly Accepted[]): void {
  const next = `${path}.next`;
  writeFileSync(next, entries.map(writeLine).join(''), { mode: 0o600, flush: true });
  renameSync(next, path);
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  // Windows opens no folders, and needs no sync of them.
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
