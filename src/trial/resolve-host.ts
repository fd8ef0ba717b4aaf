import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The entry file of a real host (Piscina …): the user's own copy first, then ours; null when there is none. */
export function resolveFrom(project: string, name: string): string | null {
  return resolveIn(join(project, 'package.json'), name) ?? resolveIn(fileURLToPath(import.meta.url), name);
}

function resolveIn(from: string, name: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}
