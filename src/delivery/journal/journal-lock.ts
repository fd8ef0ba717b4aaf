import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

/** Journals that this process has locked: after a restart in a container, its number may be that of the process before. */
const lockedHere = new Set<string>();

/**
 * Takes the journal for this process; returns the function that gives it back. A lock whose process is gone is taken over.
 * @throws Error when another process, or another notifier of this one, has it.
 */
export function lockJournal(path: string): () => void {
  const lock = `${path}.lock`;
  if (lockedHere.has(lock)) throw inUse(path, process.pid);
  // Two attempts: a lock that was left behind, then its removal.
  if (!create(lock)) {
    const owner = Number(readOwner(lock));
    if (owner !== process.pid && isAlive(owner)) throw inUse(path, owner);
    rmSync(lock, { force: true });
    if (!create(lock)) throw inUse(path, Number(readOwner(lock)));
  }
  lockedHere.add(lock);
  return () => {
    if (!lockedHere.delete(lock)) return;
    rmSync(lock, { force: true });
  };
}

function create(lock: string): boolean {
  try {
    const fd = openSync(lock, 'wx', 0o600);
    writeSync(fd, String(process.pid));
    closeSync(fd);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readOwner(lock: string): string {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function inUse(path: string, pid: number): Error {
  return new Error(
    `the journal ${path} is in use; process ${pid} writes it; give each process a journal of its own`,
  );
}
