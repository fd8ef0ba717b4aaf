import { describe, expect, test } from 'vitest';
import { BoundedMap, forgetOldest } from '../../../src/emulator/bounded-map.ts';

describe('a bounded map', () => {
  test('takes no more entries than its bound, until one is deleted', () => {
    const map = new BoundedMap<string>({ entries: 2, length: 1000 });
    expect([map.set('a', '1'), map.set('b', '2'), map.set('c', '3')]).toEqual([true, true, false]);
    map.delete('a');
    expect(map.set('c', '3')).toBe(true);
    expect(map.values()).toEqual(['2', '3']);
  });

  test('takes no more than so many characters', () => {
    const map = new BoundedMap<string>({ entries: 10, length: 100 });
    expect([map.set('a', 'x'.repeat(60)), map.set('b', 'x'.repeat(60))]).toEqual([true, false]);
    map.delete('a');
    expect(map.set('b', 'x'.repeat(60))).toBe(true);
  });

  test('counts a value in place of another one once, and keeps the old one where the new one has no room', () => {
    const map = new BoundedMap<string>({ entries: 1, length: 100 });
    for (let index = 0; index < 50; index += 1) expect(map.set('a', 'x'.repeat(60))).toBe(true);
    expect(map.set('a', 'x'.repeat(200))).toBe(false);
    expect(map.get('a')).toBe('x'.repeat(60));
  });
});

test('the oldest are forgotten first', () => {
  const names = new Set(['a', 'b', 'c']);
  forgetOldest(names, 2);
  expect([...names]).toEqual(['c']);
});
