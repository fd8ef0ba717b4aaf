import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../../src/measure/histogram.ts';
import { rank } from '../../../src/measure/ranking.ts';
import type { Cell, Round } from '../../../src/model/cell.ts';
import { hungCell, sampleCell } from '../report/sample-report.ts';

const open = { mode: 'open', ratePerS: 200 } as const;
const closed = { mode: 'closed', concurrency: 50 } as const;

function cell(strategy: Cell['strategy'], medians: readonly number[], throughputPerS = 100): Cell {
  const rounds = medians.map((p50, index): Round => {
    const latencyMs = { min: 1, mean: 1, p50, p90: p50, p99: p50, p999: p50, max: p50 };
    const number = index + 1;
    return {
      number,
      sent: 10,
      delivered: 10,
      completionRate: 1,
      latencyMs,
      throughputPerS,
      offeredPerS: 200,
    };
  });
  const whole = LatencyHistogram.of(medians).summary();
  return sampleCell({ strategy, rounds, latencyMs: whole, throughputPerS });
}

describe('the ranking', () => {
  it('says by how much a strategy is worse than the best of its context, over paired rounds', () => {
    const ranks = rank([cell('bridged', [8, 12, 10]), cell('shared-pool', [2, 3, 2.5])], open);
    expect(ranks.map(({ strategy, factor, uncertainty }) => [strategy, factor, uncertainty])).toEqual([
      ['shared-pool', 1, null],
      ['bridged', expect.closeTo(4), expect.closeTo(0)],
    ]);
  });

  it('stands in the order of the medians that are printed beside it, whatever single rounds say', () => {
    const whole = (p50: number) => ({ min: 1, mean: p50, p50, p90: p50, p99: p50, p999: p50, max: p50 });
    const even = { ...cell('adaptive', [10, 10, 10]), latencyMs: whole(10) };
    const uneven = { ...cell('bridged', [1, 12, 12]), latencyMs: whole(12) };
    const ranks = rank([uneven, even], open);
    expect(ranks.map(({ strategy, factor }) => [strategy, factor])).toEqual([
      ['adaptive', 1],
      ['bridged', 1.2],
    ]);
  });

  it('carries the spread of the rounds as its uncertainty', () => {
    const ranks = rank([cell('bridged', [8, 12, 10]), cell('shared-pool', [2, 2, 2])], open);
    expect(ranks[1]?.uncertainty).toBeCloseTo(1);
  });

  it('of a closed loop goes by throughput', () => {
    const cells = [cell('bridged', [1, 1], 100), cell('shared-pool', [1, 1], 400)];
    expect(rank(cells, closed)[1]).toMatchObject({ strategy: 'bridged', measure: 'throughput', factor: 4 });
  });

  it('leaves out whoever did not deliver everything', () => {
    const half = { ...cell('bridged', [1, 1]), completionRate: 0.5 };
    expect(rank([half, hungCell, cell('shared-pool', [9, 9])], open)).toEqual([]);
  });

  it('compares within one context only', () => {
    const elsewhere = { ...cell('bridged', [1, 1]), context: 'main' } as const;
    expect(rank([elsewhere, cell('shared-pool', [9, 9])], open)).toEqual([]);
  });
});
