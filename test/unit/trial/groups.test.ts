import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { groupsOfShard, planGroups, shareOfRound } from '../../../src/trial/load/groups.ts';
import { initialTimers, lengthMs, scheduleOf } from '../../../src/trial/load/trial-load.ts';

const plan = planGroups({ rounds: 2, paths: ['expiry'], contexts: ['main', 'worker', 'parked'] });

describe('the plan of a bench', () => {
  it('interleaves the rounds', () => {
    expect(plan.map(({ round, context }) => `${round} ${context}`)).toEqual([
      '1 main',
      '1 worker',
      '1 parked',
      '2 main',
      '2 worker',
      '2 parked',
    ]);
  });

  it('is shared by shards without gap or overlap', () => {
    const shards = [1, 2, 3, 4].map((index) => groupsOfShard(plan, { index, total: 4 }));
    expect(shards.flat()).toHaveLength(plan.length);
    expect(new Set(shards.flat())).toEqual(new Set(plan));
  });

  it('refuses a shard that nothing is left for, with how many there can be', () => {
    expect(() => groupsOfShard(plan, { index: 7, total: 7 })).toThrow(UsageError);
    expect(() => groupsOfShard(plan, { index: 7, total: 7 })).toThrow(/at most 6 shards/);
  });

  it('gives each round its share of a count, none lost', () => {
    expect([1, 2, 3].map((round) => shareOfRound(100, round, 3))).toEqual([34, 33, 33]);
  });
});

const open = {
  path: 'expiry',
  arrival: { mode: 'open', ratePerS: 200 },
  warmUpMs: 100,
  atOnce: false,
} as const;
const closed = {
  path: 'expiry',
  arrival: { mode: 'closed', concurrency: 50 },
  warmUpMs: 100,
  atOnce: false,
} as const;

describe('a load', () => {
  it('of an open loop has a timer at every interval, warm-up first', () => {
    expect(scheduleOf({ ...open, durationMs: 1000, count: null })).toEqual({
      intervalMs: 5,
      warmUps: 20,
      measured: 200,
    });
  });

  it('by count measures exactly that many', () => {
    expect(scheduleOf({ ...open, durationMs: null, count: 7 })?.measured).toBe(7);
  });

  it('of a closed loop starts with its concurrency and has no schedule', () => {
    expect(initialTimers({ ...closed, durationMs: 1000, count: null })).toBe(50);
    expect(scheduleOf({ ...closed, durationMs: 1000, count: null })).toBeNull();
  });

  it('of a closed loop never starts more than its count', () => {
    expect(initialTimers({ ...closed, warmUpMs: 0, durationMs: null, count: 3 })).toBe(3);
  });

  it('of a sender that calls once falls due all at once, without a warm-up', () => {
    const load = { ...open, durationMs: 1000, count: null, atOnce: true };
    expect(scheduleOf(load)).toEqual({ intervalMs: 0, warmUps: 0, measured: 200 });
    expect(lengthMs(load)).toBe(0);
  });

  it('ends with its warm-up and its measured part', () => {
    expect(lengthMs({ ...open, durationMs: 1000, count: null })).toBe(1100);
    expect(lengthMs({ ...closed, durationMs: 1000, count: null })).toBe(1100);
    expect(lengthMs({ ...closed, durationMs: null, count: 5 })).toBeNull();
  });
});
