import { describe, expect, it } from 'vitest';
import { compare, refuseIncomparable } from '../../../src/measure/comparison.ts';
import type { Round } from '../../../src/model/cell.ts';
import type { Environment, Report } from '../../../src/model/report.ts';
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

  it('leaves out what the baseline did not measure', () => {
    const other = sampleBenchReport({ cells: [sampleCell({ context: 'main' })] });
    expect(compare(withMedians([1, 2, 3]), other).changes).toEqual([]);
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
