import { closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';

/** Longest line, in characters, that is kept until its end has come. */
export const longestLine = 4 * 1024 * 1024;

/** Names in a record's folder; none where the program has removed it. */
export function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const noLinkNoWait = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Null for what the probe did not write: a symlink, a FIFO, a device, a folder. */
export function openRecord(path: string): number | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | noLinkNoWait);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return null;
  } catch {
    return null;
  }
}
