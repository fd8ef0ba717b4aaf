import { expect, test } from 'vitest';
import { terminateSenders } from '../../chaos/terminate-senders.mjs';

test('threads that end in the middle of send take nothing with them but what they had not sent', async () => {
  const result = await terminateSenders({ interrupted: 200, loop: 15, once: 15, memory: 2, parallel: 2 });
  expect(result).toMatchObject({
    missing: [],
    duplicates: 0,
    inFlight: 0,
    bystander: { notDelivered: [], missing: 0 },
  });
  expect(result.bystander.sent).toBeGreaterThan(0);
  expect(result.promised).toBeGreaterThan(200);
});
