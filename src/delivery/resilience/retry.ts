import type { Judged } from './attempt.ts';

export interface RetryRules {
  readonly maxRetries: number;
  readonly retryAmbiguous: boolean;
}

const firstDelayMs = 200;
const longestDelayMs = 10_000;

/**
 * How long to wait before the next attempt, in ms, or null when there must not be one. Only what was provably not
 * posted is sent again, unless the user accepts duplicates.
 * @param retriesMade attempts after the first
 * @param random 0 to 1
 */
export function delayBeforeRetry(
  attempt: Judged<unknown>,
  retriesMade: number,
  rules: RetryRules,
  random: number,
): number | null {
  if (!attempt.retryable || retriesMade >= rules.maxRetries) return null;
  if (attempt.ambiguous && !rules.retryAmbiguous) return null;
  const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** retriesMade);
  // Half of it is jitter, so that senders which failed together do not come back together.
  const jittered = backOff * (0.5 + random / 2);
  return attempt.retryAfterMs === null ? jittered : attempt.retryAfterMs + (jittered - backOff / 2);
}
