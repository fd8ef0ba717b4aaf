import { expect, test } from 'vitest';
import { PersistentDifference } from '../../../../src/delivery/shared-pool/persistent-difference.ts';

const lookAt = (differences: readonly number[]): number[] => {
  const excess = new PersistentDifference();
  return differences.map((difference) => excess.look(difference));
};

test('what stays is told once, as much of it as was there at each look', () => {
  expect(lookAt([3, 2, 4, 0, 0, 0])).toEqual([0, 0, 2, 0, 0, 0]);
});

test('what is too little is told as well', () => {
  expect(lookAt([-1, -2, -1])).toEqual([0, 0, -1]);
});

test('what comes and goes is not told', () => {
  expect(lookAt([5, 0, 5, -1, 5, 0])).toEqual([0, 0, 0, 0, 0, 0]);
});
