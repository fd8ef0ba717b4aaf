import { expect, it } from 'vitest';
import type { Warning } from '../../../src/model/bench.ts';
import { foldWarnings } from '../../../src/report/fold-warnings.ts';

const noisy = (cell: string): Warning => ({ code: 'noisy-rounds', cell, text: 'it swung' });
const few: Warning = { code: 'few-samples', cell: null, text: 'few samples' };

it('tells each of a few warnings', () => {
  const warnings = [noisy('a/main'), noisy('b/main'), noisy('c/main'), few];
  expect(foldWarnings(warnings)).toEqual(warnings);
});

it('tells what many cells share once', () => {
  const warnings = ['a', 'b', 'c', 'd', 'e'].map((name) => noisy(`${name}/main`));
  expect(foldWarnings([few, ...warnings]).map(({ text }) => text)).toEqual([
    'few samples',
    'it swung; likewise in b/main, c/main and 2 more cells',
  ]);
  expect(foldWarnings(warnings.slice(0, 4)).map(({ text }) => text)).toEqual([
    'it swung; likewise in b/main, c/main and d/main',
  ]);
});
