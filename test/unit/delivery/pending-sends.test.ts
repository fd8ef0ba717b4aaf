import { expect, test } from 'vitest';
import { PendingSends } from '../../../src/delivery/pending-sends.ts';
import { monotonicMs } from '../../../src/time/clock.ts';

const delivered = { status: 'delivered', attempts: 1, channel: 'C1', ts: '1700000000.000100' } as const;

test('what has been answered is delivered, although its deadline passed before its thread read the answer', async () => {
  const pending = new PendingSends(1, {
    readResults: () => pending.settle(slot, delivered),
    onIdle: () => {},
  });
  const { slot, outcome } = pending.add('n1', monotonicMs());
  expect(await outcome).toMatchObject({ id: 'n1', ...delivered });
});

test('what has not been answered by then is timed out, and may have been posted', async () => {
  const pending = new PendingSends(1, { readResults: () => {}, onIdle: () => {} });
  const { outcome } = pending.add('n1', monotonicMs());
  expect(await outcome).toMatchObject({ id: 'n1', status: 'timed-out', ambiguous: true });
});
