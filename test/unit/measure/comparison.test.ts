import { describe, expect, it } from 'vitest';
import { refuseIncomparable } from '../../../src/measure/comparable.ts';
import { compare } from '../../../src/measure/comparison.ts';
import type { Round } from '../../../src/model/cell.ts';
import type { Environment, Report } from '../../../src/model/report.ts';
import { notComparable } from '../../../src/report/change.ts';
import { sampleBenchReport, sampleCell, sampleLoad, sampleReport } from '../report/sample-report.ts';

function withMedians(medians: readonly number[], completionRate = 1): Report {
  const rounds = medians.map((p50, index): Round => {
    const latencyMs = { min: p50, mean: p50, p50, p90: p50, p99: p50 * 2, p999: p50 * 2, max: p50 * 2 };
    const number = index + 1;
    return {
      number,
      sent: 100,
      delivered: 100,
      completionRate,
      latencyMs,
      throughputPerS: 200,
      offeredPerS: 200,
    };
  });
  return sampleBenchReport({ cells: [sampleCell({ rounds })] });
}

function verdict(metric: string, current: Report, baseline: Report): string | undefined {
  return compare(current, baseline).changes.find((change) => change.metric === metric)?.verdict;
}

describe('a comparison with a baseline', () => {
  it('is worse when every round is clearly slower', () => {
    expect(verdict('p50', withMedians([20, 21, 19]), withMedians([10, 11, 9]))).toBe('worse');
  });

  it('is better when every round is clearly faster', () => {
    expect(verdict('p50', withMedians([10, 11, 9]), withMedians([20, 21, 19]))).toBe('better');
  });

  it('is inconclusive when the medians differ and the rounds overlap', () => {
    expect(verdict('p50', withMedians([10, 14, 19]), withMedians([9, 12, 18]))).toBe('inconclusive');
  });

  it('is the same when one round stands out', () => {
    expect(verdict('p50', withMedians([10, 10, 90]), withMedians([10, 11, 9]))).toBe('same');
  });

  it('is the same when every round differs by less than anybody would notice', () => {
    expect(verdict('p50', withMedians([10.4, 10.5, 10.6]), withMedians([10, 10.1, 10.2]))).toBe('same');
  });

  it('is inconclusive when three rounds lie no further apart than each spreads', () => {
    expect(verdict('p50', withMedians([14, 16, 20]), withMedians([9, 12, 13]))).toBe('inconclusive');
  });

  it('is worse when five rounds lie apart, however near', () => {
    const [current, baseline] = [withMedians([14, 16, 20, 15, 17]), withMedians([9, 12, 13, 10, 11])];
    expect(verdict('p50', current, baseline)).toBe('worse');
  });

  it('is worse when three rounds are many times slower, though their spread has grown as much', () => {
    expect(verdict('p50', withMedians([900, 1500, 2700]), withMedians([10, 15, 20]))).toBe('worse');
  });

  it('says how many rounds would tell more, where something can’t be determined', () => {
    const [current, baseline] = [withMedians([14, 16, 20]), withMedians([9, 12, 13])];
    const compared = compare(current, baseline);
    expect(compared.fewRounds).toEqual({ current: 3, baseline: 3, enough: 5 });
    expect(notComparable(compared)[0]).toBe(
      'more: 3 rounds here and 3 in the baseline show only a difference that is larger than the spread within one side; measure both with --rounds 5 or more',
    );
    expect(compare(baseline, baseline).fewRounds).toBeUndefined();
    const five = withMedians([9, 12, 13, 20, 21]);
    expect(compare(five, withMedians([8, 9, 11, 19, 18])).fewRounds).toBeUndefined();
  });

  it('is inconclusive with too few rounds', () => {
    expect(verdict('p50', withMedians([20, 21]), withMedians([10, 11]))).toBe('inconclusive');
  });

  it('sees a fall of the completion rate', () => {
    expect(verdict('completion', withMedians([10, 10, 10], 0.5), withMedians([10, 10, 10]))).toBe('worse');
  });

  it('gives the same figures every time', () => {
    const [current, baseline] = [withMedians([10, 14, 19, 11]), withMedians([9, 12, 18, 10])];
    expect(compare(current, baseline)).toEqual(compare(current, baseline));
  });

  it('says of what the baseline did not measure that nothing can be told', () => {
    const other = sampleBenchReport({ cells: [sampleCell({ context: 'main' })] });
    expect(compare(withMedians([1, 2, 3]), other)).toMatchObject({
      changes: [],
      unmatched: [
        { cell: 'shared-pool/parked', reason: 'not in the baseline' },
        { cell: 'shared-pool/main', reason: 'measured for the baseline only' },
      ],
    });
  });

  it('says so of a cell that was skipped this time', () => {
    const skipped = sampleBenchReport({ cells: [sampleCell({ skipped: 'piscina is not installed' })] });
    expect(compare(skipped, withMedians([1, 2, 3])).unmatched).toEqual([
      { cell: 'shared-pool/parked', reason: 'not run: piscina is not installed' },
    ]);
  });

  it('does not miss the cells that are another shard’s', () => {
    const part = { ...withMedians([1, 2, 3]), load: { ...sampleLoad, shard: { index: 1, total: 2 } } };
    const whole = { ...withMedians([1, 2, 3]) };
    const other = { ...whole, cells: [...whole.cells, sampleCell({ context: 'main' })] };
    expect(compare(part, other).unmatched).toBeUndefined();
  });

  it('says where there is no latency because nothing was delivered', () => {
    const current = withMedians([10, 10, 10], 0);
    const nothing = {
      ...current,
      cells: current.cells.map((cell) => ({
        ...cell,
        rounds: (cell.rounds ?? []).map((round) => ({ ...round, latencyMs: null })),
      })),
    };
    expect(compare(nothing, withMedians([10, 10, 10])).unmatched).toEqual([
      { cell: 'shared-pool/parked', reason: 'no p50, p99 here' },
    ]);
  });

  it('that was forced says how the baseline was measured otherwise', () => {
    const load = { ...sampleLoad, warmUpMs: 999 };
    expect(compare(withMedians([1, 2, 3]), { ...withMedians([1, 2, 3]), load }).measuredOtherwise).toEqual([
      expect.stringMatching(/^warm-up 999 ms there and /),
    ]);
  });
});

describe('a baseline', () => {
  const elsewhere = (changes: Partial<Environment>) =>
    sampleBenchReport({ environment: { ...sampleReport().environment, ...changes } });

  it('of another machine is refused, saying what differs', () => {
    expect(() => refuseIncomparable(sampleBenchReport(), elsewhere({ cpus: 64 }), false)).toThrow(
      /cannot compare.*CPUs 64 there and 2 here.*--force/,
    );
  });

  it('of another major version of Node is refused', () => {
    expect(() => refuseIncomparable(sampleBenchReport(), elsewhere({ node: '24.1.0' }), false)).toThrow(
      /Node/,
    );
  });

  it('of another patch of Node is accepted', () => {
    expect(refuseIncomparable(sampleBenchReport(), elsewhere({ node: '20.99.0' }), false)).toBeUndefined();
  });

  it('under another load is refused', () => {
    const load = { ...sampleLoad, arrival: { mode: 'closed', concurrency: 50 } } as const;
    expect(() => refuseIncomparable(sampleBenchReport(), sampleBenchReport({ load }), false)).toThrow(
      /load concurrency 50 there and 200\/s here/,
    );
  });

  it.each([
    ['duration', { durationMs: 4242 }],
    ['count', { count: 77 }],
    ['warm-up', { warmUpMs: 999 }],
    ['rounds', { rounds: 9 }],
    ['connections', { connections: 3 }],
    ['patience', { patienceMs: 77 }],
  ])('of another %s is refused', (what, changes) => {
    const load = { ...sampleLoad, patienceMs: 5000, connections: null };
    const baseline = sampleBenchReport({ load: { ...load, ...changes } });
    expect(() => refuseIncomparable(sampleBenchReport({ load }), baseline, false)).toThrow(`${what} `);
  });

  it('that does not say how long it waited is none of another patience', () => {
    const baseline = sampleBenchReport({ load: sampleLoad });
    const current = sampleBenchReport({ load: { ...sampleLoad, patienceMs: 5000 } });
    expect(refuseIncomparable(current, baseline, false)).toBeUndefined();
  });

  it('of another command is refused, even with force', () => {
    expect(() => refuseIncomparable(sampleBenchReport(), sampleReport({ kind: 'repro' }), true)).toThrow(
      /the baseline is one of repro/,
    );
  });

  it('that was interrupted is refused', () => {
    expect(() =>
      refuseIncomparable(sampleBenchReport(), sampleBenchReport({ partial: true }), false),
    ).toThrow(/the baseline was interrupted/);
  });

  it('that measured other cells only is refused, even with force', () => {
    const other = sampleBenchReport({ cells: [sampleCell({ fault: 'hang:10%' })] });
    expect(() => refuseIncomparable(sampleBenchReport(), other, true)).toThrow(
      /it measured nothing of what is asked for: fault hang:10% there and none here; make/,
    );
  });

  it('whose cells differ in several things names each', () => {
    const other = sampleBenchReport({ cells: [sampleCell({ context: 'main', strategy: 'bridged' })] });
    expect(() => refuseIncomparable(sampleBenchReport({ cells: [sampleCell()] }), other, false)).toThrow(
      /: context main there and parked here, strategy bridged there and shared-pool here;/,
    );
  });

  it('that has each part of the cells, but never together, is refused with the cells it has', () => {
    const current = sampleBenchReport({
      cells: [sampleCell({ context: 'main' }), sampleCell({ strategy: 'bridged' })],
    });
    const other = sampleBenchReport({ cells: [sampleCell({ context: 'main', strategy: 'bridged' })] });
    expect(() => refuseIncomparable(current, other, false)).toThrow(/, only bridged\/main;/);
  });

  it('is compared all the same with force', () => {
    expect(refuseIncomparable(sampleBenchReport(), elsewhere({ cpus: 64 }), true)).toBeUndefined();
  });
});
