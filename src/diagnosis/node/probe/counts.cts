import { withoutQuery } from './plain-path.cjs';
import { emitLazily, now } from './sink.cjs';

interface Tally {
  readonly origin: string;
  readonly path: string;
  n: number;
}

const talliesLimit = 200;
const tallies = new Map<string, Tally>();
let lastTally: Tally | null = null;

export function count({ origin, path }: { readonly origin: string; readonly path: string }): void {
  if (lastTally === null || lastTally.path !== path || lastTally.origin !== origin) {
    lastTally = tallyOf(origin, path);
  }
  lastTally.n++;
}

function tallyOf(origin: string, path: string): Tally {
  const kept = tallies.size < talliesLimit ? path : '';
  const key = origin + kept;
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const fresh = { origin, path: kept, n: 0 };
  tallies.set(key, fresh);
  return fresh;
}

/** The requests that went well and were only counted. */
export function reportCounts(): void {
  if (tallies.size === 0) return;
  for (const { origin, path, n } of tallies.values()) {
    emitLazily({ e: 'count', t: now(), origin, path: withoutQuery(path), n });
  }
  tallies.clear();
  lastTally = null;
}
