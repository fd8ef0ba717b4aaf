import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the probe writes what it sees of one program. */
export interface RecordDirectory {
  readonly path: string;
  remove(): void;
}

export function createRecordDirectory(): RecordDirectory {
  const path = mkdtempSync(join(tmpdir(), 'timer-notify-doctor-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}
