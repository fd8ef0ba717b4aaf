import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { belongsTo } from './process-tree.ts';

/** Where the probe writes what it sees of one program. */
export interface RecordDirectory {
  readonly path: string;
  /** Whether a process that the record names is one of the program's: anything can be written to a record. */
  owns(pid: number): Promise<boolean>;
  remove(): void;
}

export function createRecordDirectory(): RecordDirectory {
  const path = mkdtempSync(join(tmpdir(), 'timer-notify-doctor-'));
  return {
    path,
    owns: (pid) => belongsTo(process.pid, path, pid),
    remove: () => removeRecord(path),
  };
}

/** Processes of the program may still write: under another name, none of them puts a new file into what is emptied. */
export function removeRecord(path: string): void {
  const removed = `${path}-removed`;
  try {
    renameSync(path, removed);
  } catch {
    return; // The program has removed it.
  }
  rmSync(removed, { recursive: true, force: true, maxRetries: 3 });
}
