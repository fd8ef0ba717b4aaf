import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settlesWithin, startTimer } from '../../../src/time/long-timer.ts';

// Both clocks of a fake time: the real monotonic one would run on.
vi.mock('../../../src/time/clock.ts', () => ({ monotonicMs: () => Date.now() }));

/** What one timer of Node's can wait. */
const longest = 2 ** 31 - 1;
const yearMs = 365 * 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const delays = fc.oneof(
  fc.constantFrom(
    0,
    1,
    longest - 1,
    longest,
    longest + 1,
    2 * longest,
    2 * longest + 1,
    30 * 86_400_000,
    yearMs,
  ),
  fc.integer({ min: longest - 1000, max: longest + 1000 }),
  fc.integer({ min: -10, max: 5 * yearMs }),
  fc.double({ min: 0, max: 10_000, noNaN: true }),
);

test('a timer fires once, when its delay is over and not before, however long it is', () => {
  fc.assert(
    fc.property(delays, (delayMs) => {
      const fired = vi.fn();
      startTimer(fired, delayMs);
      vi.advanceTimersByTime(Math.max(0, Math.ceil(delayMs) - 1));
      if (delayMs > 1) expect(fired).not.toHaveBeenCalled();
      vi.advanceTimersByTime(3);
      expect(fired).toHaveBeenCalledTimes(1);
      expect(vi.getTimerCount()).toBe(0);
    }),
  );
});

test('a timer that was cleared never fires, at whatever time that was', () => {
  fc.assert(
    fc.property(delays, fc.double({ min: 0, max: 0.99, noNaN: true }), (delayMs, share) => {
      const fired = vi.fn();
      const timer = startTimer(fired, Math.max(10, delayMs));
      vi.advanceTimersByTime(Math.floor(Math.max(0, delayMs - 5) * share));
      timer.clear();
      vi.advanceTimersByTime(6 * yearMs);
      expect(fired).not.toHaveBeenCalled();
    }),
  );
});

test('a timer without an end never fires', () => {
  const fired = vi.fn();
  startTimer(fired, Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(3 * yearMs);
  expect(fired).not.toHaveBeenCalled();
});

test('what settles in time leaves no timer behind', async () => {
  expect(await settlesWithin(Promise.resolve(), yearMs)).toBe(true);
  expect(await settlesWithin(Promise.reject(new Error('no')), yearMs)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
