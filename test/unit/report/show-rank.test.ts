import { expect, it } from 'vitest';
import { showFactor } from '../../../src/report/show-rank.ts';

it.each([
  ['1.00 ×', 1, null],
  ['3.59 ± 0.40 ×', 3.59, 0.4],
  ['1.20 ± 0.40 ×, can’t tell', 1.2, 0.4],
  ['3.59 ×, one round: can’t tell', 3.59, null],
])('a rank is shown as %s', (shown, factor, uncertainty) => {
  expect(showFactor({ factor, uncertainty })).toBe(shown);
});
