import { keysMadeGood, type Try, tryKey } from '../../tries.ts';
import { now } from './sink.cjs';

/** When a try last went wrong: the same request going well afterwards is news. */
const failedTries = new Map<string, number>();
const failedTriesLimit = 1000;

export function triedInVain(request: Try): void {
  const key = tryKey(request);
  if (failedTries.size < failedTriesLimit || failedTries.has(key)) failedTries.set(key, now());
}

export function hasFailedTries(): boolean {
  return failedTries.size > 0;
}

export function makesGood(request: Try & { readonly startedAt: number }): boolean {
  if (failedTries.size === 0) return false;
  const keys = keysMadeGood(request).filter((key) => {
    const failedAt = failedTries.get(key);
    return failedAt !== undefined && request.startedAt >= failedAt;
  });
  for (const key of keys) failedTries.delete(key);
  return keys.length > 0;
}
