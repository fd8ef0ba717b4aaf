import { describe, expect, it } from 'vitest';
import { hasCaughtUp } from '../../../../src/diagnosis/inspect/catching-up.ts';
import { dueInMs } from '../../../../src/diagnosis/inspect/heap-facts.ts';

describe('what a look itself has held up', () => {
  const timer = { startedMs: 1000, delayMs: 200 };

  it.each([
    [1100, 5000, 100],
    [3000, 0, -1800],
    [3000, 1800, 0],
    [3000, 5000, 0],
    [9000, 1800, -6000],
  ])('is no lateness of a timer: at %d ms, held up for %d ms', (nowMs, heldMs, due) => {
    expect(dueInMs(timer, nowMs, heldMs)).toBe(due);
  });

  it('is given as long again to run', async () => {
    const loopThatRunsAt = (turn: number) => {
      let asked = 0;
      return async () => ++asked >= turn;
    };
    expect(await hasCaughtUp(loopThatRunsAt(4), 3, 1)).toBe(true);
    expect(await hasCaughtUp(loopThatRunsAt(5), 3, 1)).toBe(false);
    expect(await hasCaughtUp(loopThatRunsAt(1), 0, 1)).toBe(true);
    expect(await hasCaughtUp(loopThatRunsAt(2), 0, 1)).toBe(false);
  });
});
