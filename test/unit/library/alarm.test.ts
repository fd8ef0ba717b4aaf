import { expect, it } from 'vitest';
import { Alarm, above, below } from '../../../src/library/alarm.ts';

it('raises above its bound and clears a fifth below it', () => {
  const alarm = new Alarm(above(100));
  expect([100, 101, 99, 120, 81, 80, 79].map((actual) => alarm.update(actual))).toEqual([
    null,
    'raised',
    null,
    null,
    null,
    'cleared',
    null,
  ]);
});

it('raises below a share and clears when a fifth of the rest is made good', () => {
  const alarm = new Alarm(below(0.9));
  expect([0.9, 0.89, 0.91, 0.93, 0.89].map((actual) => alarm.update(actual))).toEqual([
    null,
    'raised',
    null,
    'cleared',
    'raised',
  ]);
});

it('clears a bound of everything only at everything', () => {
  const alarm = new Alarm(below(1));
  expect([0.999, 0.9999, 1].map((actual) => alarm.update(actual))).toEqual(['raised', null, 'cleared']);
});

it('changes nothing where there is too little to judge by', () => {
  const alarm = new Alarm(above(100));
  alarm.update(101);
  expect(alarm.update(null)).toBeNull();
});
