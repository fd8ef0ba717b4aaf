import { describe, expect, it } from 'vitest';
import type { Timer } from '../../../src/pipeline/timer.ts';
import { TimerMonitor } from '../../../src/pipeline/timer-monitor.ts';

const timer = (id: string, dueAtMs: number): Timer => ({ id, dueAtMs, durationMs: 10, channel: '#general' });

describe('TimerMonitor', () => {
  it('takes only the timers that are due, the earliest first', () => {
    const monitor = new TimerMonitor();
    for (const [id, dueAtMs] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
    ] as const)
      monitor.add(timer(id, dueAtMs));

    expect(monitor.takeDue(20).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(monitor.takeDue(20)).toEqual([]);
    expect(monitor.size).toBe(1);
  });

  it('never expires a timer that was cancelled', () => {
    const monitor = new TimerMonitor();
    monitor.add(timer('a', 10));

    expect(monitor.cancel('a')).toBe(true);
    expect(monitor.cancel('a')).toBe(false);
    expect(monitor.nextDueAtMs()).toBeNull();
    expect(monitor.takeDue(100)).toEqual([]);
  });

  it('replaces a timer that is set again under its id', () => {
    const monitor = new TimerMonitor();
    monitor.add(timer('a', 10));
    monitor.add(timer('a', 50));

    expect(monitor.takeDue(20)).toEqual([]);
    expect(monitor.takeDue(50).map(({ dueAtMs }) => dueAtMs)).toEqual([50]);
  });

  it('lists the pending timers in the order of their expiry', () => {
    const monitor = new TimerMonitor();
    monitor.add(timer('late', 90));
    monitor.add(timer('soon', 10));

    expect(monitor.list().map(({ id }) => id)).toEqual(['soon', 'late']);
  });

  it('holds a delay above 2^31-1 ms without firing early', () => {
    const monitor = new TimerMonitor();
    const dueAtMs = 25 * 24 * 3600 * 1000;
    monitor.add(timer('in 25 days', dueAtMs));

    expect(monitor.takeDue(2 ** 31)).toEqual([]);
    expect(monitor.takeDue(dueAtMs)).toHaveLength(1);
  });
});
