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

/** A checksum and JSON, so that a person can read it and a torn or altered line is noticed. */
export function writeLine(entry: JournalEntry): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

/** Null where the line is not whole. */
export function readLine(line: string): JournalEntry | null {
  const space = line.indexOf(' ');
  const json = line.slice(space + 1);
  if (space === -1 || checksum(json) !== line.slice(0, space)) return null;
  return JSON.parse(json);
}

function checksum(json: string): string {
  return createHash('sha1').update(json).digest('hex').slice(0, 12);
}
