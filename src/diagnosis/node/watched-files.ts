import { statSync } from 'node:fs';
import type { WatchedFile } from '../record.ts';
import type { Thread } from './thread.ts';

/** What a thread watches still, whose listener is to send. */
export function watchedFilesOf(thread: Thread): readonly WatchedFile[] {
  const found = [...thread.watchedFiles.values()].map(({ path, ino, bornAt, stack }) => ({
    thread,
    path,
    isReplaced: isReplaced(path, ino, bornAt),
    stack: thread.stack(stack),
  }));
  // It may watch the new one as well.
  const current = new Set(found.filter((one) => !one.isReplaced).map(({ path }) => path));
  return found.filter((one) => !one.isReplaced || !current.has(one.path));
}

/** Another file has the name now, of which the watcher hears nothing; the number of one that is gone is given to a new one soon. */
function isReplaced(path: string, ino: number, bornAt: number): boolean {
  // There it hears of whatever has the name.
  if (process.platform === 'win32') return false;
  try {
    const now = statSync(path);
    // Where a file system does not keep when a file was made, it says when it was changed.
    return now.ino !== ino || (now.birthtimeMs > bornAt && now.birthtimeMs !== now.ctimeMs);
  } catch {
    return false;
  }
}
