import { expect, it } from 'vitest';
import { showMs } from '../../../src/time/show-ms.ts';

it.each([
  [0, '0 ms'],
  [0.4213, '0.42 ms'],
  [23.74, '23.7 ms'],
  [237.4, '237 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1000, '1 s'],
  [4156, '4.16 s'],
  [312_400, '312 s'],
  [750_000, '12.5 min'],
  [3_600_000, '1 h'],
  [11_700_000, '3.25 h'],
  [216_000_000, '2.5 days'],
  [2_160_000_000, '25 days'],
])('%d ms is written %s', (ms, text) => {
  expect(showMs(ms)).toBe(text);
});
