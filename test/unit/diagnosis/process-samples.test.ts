import { describe, expect, it } from 'vitest';
import { isStarved } from '../../../src/diagnosis/collect/process-samples.ts';

/** A loop that is blocked for a second is late, half of it is not. */
const busyMs = 500;

describe('a thread that did not come back for a second was kept from the CPU', () => {
  it('where it waited for one most of that time', () => {
    expect(isStarved({ elapsedMs: 1000, ranMs: 350, queuedMs: 650 }, busyMs)).toBe(true);
  });

  it('where it would have been back soon with a CPU of its own', () => {
    expect(isStarved({ elapsedMs: 1000, ranMs: 460, queuedMs: 540 }, busyMs)).toBe(true);
  });
});

describe('a thread was not kept from the CPU', () => {
  it('where it ran for long, whatever it waited beside', () => {
    expect(isStarved({ elapsedMs: 4000, ranMs: 1400, queuedMs: 2600 }, busyMs)).toBe(false);
  });

  it('where it waited for something else', () => {
    expect(isStarved({ elapsedMs: 1000, ranMs: 10, queuedMs: 20 }, busyMs)).toBe(false);
  });

  it('where it ran most of the time', () => {
    expect(isStarved({ elapsedMs: 1000, ranMs: 600, queuedMs: 400 }, busyMs)).toBe(false);
  });

  it('where it was back soon', () => {
    expect(isStarved({ elapsedMs: 300, ranMs: 10, queuedMs: 290 }, busyMs)).toBe(false);
  });
});
