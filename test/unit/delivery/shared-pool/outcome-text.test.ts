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

  test('is never read as a delivery where it is empty, cut or something else', () => {
    const whole = writeOutcome({ status: 'delivered', attempts: 1, channel: 'C1', ts: '1700000000.000100' });
    const cut = Array.from({ length: whole.indexOf('1700000000') + 1 }, (_, length) =>
      whole.slice(0, length),
    );
    for (const text of [
      '',
      '\n',
      '\n\n',
      '0\nC1\n1.2',
      'x\nC1\n1.2',
      '{',
      '{}',
      '{"status":"posted"}',
      ...cut,
    ])
      expect(readOutcome(text), text).toBeNull();
  });
});
