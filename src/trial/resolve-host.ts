import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contexts } from '../contexts/index.ts';
import type { ContextName } from '../model/names.ts';
import { redisAddress, redisListens } from './redis.ts';

/** The entry file of a real host (Piscina …): the user's own copy first, then ours; null when there is none. */
export function resolveFrom(project: string, name: string): string | null {
  return resolveIn(join(project, 'package.json'), name) ?? resolveIn(fileURLToPath(import.meta.url), name);
}

/** What the host's package exports, in the user's copy or ours. `Exports` is what is used of its interface. */
export function loadHost<Exports>(project: string, name: string): Exports {
  const file = resolveFrom(project, name);
  if (file === null) throw new Error(`${name} is not installed`);
  const exports: Exports = createRequire(import.meta.url)(file);
  return exports;
}

/** Why a context that needs a real host can't be run; null where it can. */
export function missingHost(context: ContextName, project: string): string | null {
  const { place } = contexts[context];
  if (place !== 'piscina' && place !== 'bree' && place !== 'bullmq') return null;
  if (resolveFrom(project, place) === null)
    return `${place} is not installed here; run: npm install ${place}`;
  return place === 'bullmq' && !redisListens() ? missingRedis() : null;
}

function missingRedis(): string {
  const address = redisAddress();
  if (address === null) return 'REDIS_URL is not a URL; set it to redis://host:port';
  return `no Redis listens at ${address.host}:${address.port}; start redis-server, or set REDIS_URL`;
}

function resolveIn(from: string, name: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}
