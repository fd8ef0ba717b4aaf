import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { between, deliveredWithin, latencyAt, Tally, tallyOf } from '../../../src/delivery/tally.ts';

function tallyWith(latenciesMs: readonly number[]): Tally {
  const tally = new Tally();
  for (const ms of latenciesMs) tally.settle('delivered', ms);
  return tally;
}

describe('a tally', () => {
  it('counts what was sent and how it ended, seen by every thread that has its memory', () => {
    const tally = new Tally();
    const elsewhere = new Tally(tally.shared);
    elsewhere.send();
    elsewhere.send();
    elsewhere.settle('failed', 3);
    tally.settle('timed-out', 15_000);
    expect(tally.read()).toMatchObject({ sent: 2, delivered: 0, failed: 1, timedOut: 1 });
  });

  it('tells any latency to within a sixteenth', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.0625, max: 100_000_000, noNaN: true }), (ms) => {
        const told = latencyAt(tallyWith([ms]).read(), 1) ?? 0;
        expect(Math.abs(told - ms)).toBeLessThanOrEqual(ms / 16 + 1 / 16);
      }),
    );
  });

  it('tells which latency a share of the notifications does not pass', () => {
    const reading = tallyWith([...Array.from({ length: 99 }, () => 10), 1000]).read();
    expect(latencyAt(reading, 0.5)).toBeLessThan(11);
    expect(latencyAt(reading, 0.99)).toBeLessThan(11);
    expect(latencyAt(reading, 1)).toBeGreaterThanOrEqual(1000);
  });

  it('has no latency where nothing was delivered', () => {
    const tally = new Tally();
    tally.settle('failed', 10);
    expect(latencyAt(tally.read(), 0.5)).toBeNull();
  });

  it('counts what was delivered within a time', () => {
    expect(deliveredWithin(tallyWith([1, 5, 100]).read(), 10)).toBe(2);
  });

  it('subtracts to what happened between two readings', () => {
    const tally = tallyWith([1000]);
    const before = tally.read();
    tally.settle('delivered', 1);
    const since = between(before, tally.read());
    expect(since.delivered).toBe(1);
    expect(latencyAt(since, 1)).toBeLessThan(2);
  });

  it('is opened once for the same memory', () => {
    const { shared } = new Tally();
    expect(tallyOf({ tally: shared })).toBe(tallyOf({ tally: shared }));
    expect(tallyOf({})).toBeNull();
  });
});
