import { describe, expect, test } from 'vitest';
import { causeOf, remedyFor } from '../../../src/delivery/cause-of-outcome.ts';
import type { Failed } from '../../../src/delivery/outcome.ts';

function failedWith(code: Failed['code']): Failed {
  const told = { id: 'n1', attempts: 1, durationMs: 1, message: 'why', retryable: false, ambiguous: false };
  return { ...told, status: 'failed', code, httpStatus: null, retryAfterMs: null };
}

describe('an outcome’s cause', () => {
  test.each([
    ['unreachable', 'refused'],
    ['connect-failed', 'connect-stalled'],
    ['proxy-refused', 'http-error'],
    ['circuit-open', 'never-requested'],
    ['queue-full', 'pool-exhausted'],
    ['invalid-notification', 'never-requested'],
    ['rate-limited', 'rate-limited'],
    ['ratelimited', 'rate-limited'],
    ['message_limit_exceeded', 'rate-limited'],
    ['channel_not_found', 'rejected-by-slack'],
  ] as const)('%s is %s', (code, cause) => {
    expect(causeOf(failedWith(code))).toBe(cause);
  });

  test('of a message whose turn did not come is the rate', () => {
    const timedOut = {
      status: 'timed-out',
      id: 'n1',
      attempts: 0,
      durationMs: 100,
      deadlineMs: 100,
      ambiguous: false,
      waitingFor: 'turn',
    } as const;
    expect(causeOf(timedOut)).toBe('rate-limited');
  });
});

test.each(['internal_error', 'reset'] as const)(
  'what may have been posted with %s is looked for first, and what was not is not',
  (code) => {
    expect(remedyFor({ ...failedWith(code), ambiguous: true })).toContain('look in the channel');
    expect(remedyFor(failedWith(code))).not.toContain('look in the channel');
  },
);
