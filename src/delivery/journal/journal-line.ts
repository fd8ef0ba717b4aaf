import { createHash } from 'node:crypto';
import type { Notification } from '../../notification/notification.ts';

/** One line of a journal: a notification that was accepted, or the end of one. */
export type JournalEntry =
  | {
      readonly kind: 'accepted';
      /** Unique within the file. */
      readonly ticket: number;
      /** Wall clock, in ms since 1970. */
      readonly atMs: number;
      readonly notification: Notification;
    }
  | { readonly kind: 'ended'; readonly ticket: number };

/**
 * Written before each write's own lines: it ends a line that a failed write has left behind, and spoils it, so that it
 * never counts, not even where nothing but its newline is missing.
 */
export const startOfWrite = '~\n';

/** A checksum and JSON, so that a person can read it and a torn or altered line is noticed. */
export function writeLine(entry: JournalEntry): string {
  return lineOf(JSON.stringify(entry));
}

/** Several entries in one line, which counts as a whole or not at all. */
export function writeTogether(entries: readonly JournalEntry[]): string {
  return lineOf(JSON.stringify(entries));
}

function lineOf(json: string): string {
  return `${checksum(json)} ${json}\n`;
}

/** Null where the line is damaged. One that a failed write has left behind holds nothing. */
export function readLine(line: string): readonly JournalEntry[] | null {
  const space = line.indexOf(' ');
  const json = line.slice(space + 1);
  if (space !== -1 && checksum(json) === line.slice(0, space)) return [JSON.parse(json)].flat();
  return line === '' || line.endsWith('~') ? [] : null;
}

function checksum(json: string): string {
  return createHash('sha1').update(json).digest('hex').slice(0, 12);
}
