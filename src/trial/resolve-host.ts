import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contexts } from '../contexts/index.ts';
import type { ContextName } from '../contexts/names.ts';

/** The entry file of a real host (Piscina …): the user's own copy first, then ours; null when there is none. */
export function resolveFrom(project: string, name: string): string | null {
  return resolveIn(join(project, 'package.json'), name) ?? resolveIn(fileURLToPath(import.meta.url), name);
}

/** Why a context that needs a real host can't be run: the host is not installed. */
export function missingHost(context: ContextName, project: string): string | null {
  const { place } = contexts[context];
  if (place !== 'piscina' || resolveFrom(project, place) !== null) return null;
  return `${place} is not installed here; run: npm install ${place}`;
}

function resolveIn(from: string, name: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}
