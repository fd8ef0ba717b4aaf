import { describe, expect, test } from 'vitest';
import type { Judged } from '../../../../src/delivery/resilience/attempt.ts';
import { delayBeforeRetry } from '../../../../src/delivery/resilience/retry.ts';

const rules = { maxRetries: 3, retryAmbiguous: false };
const failed: Judged<string> = {
  kind: 'attempted',
  result: 'failed',
  retryable: true,
  ambiguous: false,
  rateLimited: false,
  channel: null,
  retryAfterMs: null,
  server: { kind: 'failed' },
};

describe('the delay before a retry', () => {
  test('doubles each time, between half and the whole of the back-off', () => {
    const delays = (random: number) => [0, 1, 2].map((made) => delayBeforeRetry(failed, made, rules, random));
    expect(delays(0)).toEqual([100, 200, 400]);
    expect(delays(1)).toEqual([200, 400, 800]);
  });

  test('stops growing at ten seconds', () => {
    expect(delayBeforeRetry(failed, 19, { ...rules, maxRetries: 20 }, 1)).toBe(10_000);
  });

  test('is never shorter than the server asked for', () => {
    expect(delayBeforeRetry({ ...failed, retryAfterMs: 3000 }, 0, rules, 0)).toBe(3000);
  });

  test.each([
    ['what Slack refused for good', { ...failed, retryable: false }, 0, rules],
    ['what may have been posted', { ...failed, ambiguous: true }, 0, rules],
    ['what was tried often enough', failed, 3, rules],
    ['anything when retries are off', failed, 0, { ...rules, maxRetries: 0 }],
    [
      'an unreadable 2xx, even when duplicates are accepted',
      { ...failed, retryable: false, ambiguous: true },
      0,
      { ...rules, retryAmbiguous: true },
    ],
  ])('is none after %s', (_what, attempt, made, given) => {
    expect(delayBeforeRetry(attempt, made, given, 0.5)).toBeNull();
  });

  test('exists after what may have been posted when duplicates are accepted', () => {
    const accepting = { ...rules, retryAmbiguous: true };
    expect(delayBeforeRetry({ ...failed, ambiguous: true }, 0, accepting, 0)).toBe(100);
  });
});
