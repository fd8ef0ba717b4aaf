import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PartialOutcome } from '../../../../src/delivery/pending-sends.ts';
import { readOutcome, writeOutcome } from '../../../../src/delivery/shared-pool/outcome-text.ts';

const text = fc.string({ unit: 'binary' });

describe('the text of an outcome', () => {
  test('gives back any delivery', () => {
    const delivered = fc.record(
      {
        status: fc.constant('delivered' as const),
        attempts: fc.nat(9),
        channel: fc.oneof(text, fc.constant('a\nb'), fc.constant('{')),
        ts: fc.oneof(fc.constant(null), text, fc.constant('1700000000.000100'), fc.constant('1\n2')),
        warnings: fc.array(text, { minLength: 1, maxLength: 2 }),
        circuit: fc.constantFrom('closed' as const, 'open' as const, 'half-open' as const),
      },
      { requiredKeys: ['status', 'attempts', 'channel', 'ts'] },
    );
    fc.assert(
      fc.property(delivered, (outcome) => {
        expect(readOutcome(writeOutcome(outcome))).toEqual(outcome);
      }),
    );
  });

  test('gives back a failure', () => {
    const failed: PartialOutcome = {
      status: 'failed',
      attempts: 1,
      code: 'channel_not_found',
      message: 'Slack refused the message\nfor a reason',
      retryable: false,
      ambiguous: false,
      httpStatus: 200,
      retryAfterMs: null,
    };
    expect(readOutcome(writeOutcome(failed))).toEqual(failed);
  });
});
