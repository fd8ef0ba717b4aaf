import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/nearest.ts';

describe('the name that was probably meant', () => {
  it('is found by its last word, where only one ends so', () => {
    expect(nearest('parked', ['loop-parked', 'loop-blocked', 'healthy'])).toBe('loop-parked');
    expect(nearest('exited', ['thread-exited', 'process-exited'])).toBeNull();
  });
});
