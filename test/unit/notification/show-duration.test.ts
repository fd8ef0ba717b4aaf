import { expect, test } from 'vitest';
import { formatDuration, parseDuration, spellDuration } from '../../../src/notification/duration.ts';

test.each([
  [100, '100ms', '100 ms'],
  [1000, '1s', '1 second'],
  [1500, '1.5s', '1.5 seconds'],
  [10_000, '10s', '10 seconds'],
  [60_000, '1m', '1 minute'],
  [90_000, '90s', '90 seconds'],
  [5_400_000, '90m', '90 minutes'],
  [86_400_000, '1d', '1 day'],
  [25 * 86_400_000, '25d', '25 days'],
])('%i ms is shown as %s, spelled as %s, and read back', (ms, short, long) => {
  expect([formatDuration(ms), spellDuration(ms), parseDuration(short)]).toEqual([short, long, ms]);
});
