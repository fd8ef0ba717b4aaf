import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { renderBench } from '../../../src/report/terminal/bench.ts';
import { sparkline } from '../../../src/report/terminal/sparkline.ts';
import { benchCell, hungCell, sampleBenchReport, sampleCell } from './sample-report.ts';

const plain = new Chalk({ level: 0 });

describe('the bench report on a terminal', () => {
  it('shows a cell in one line of the table', () => {
    const latencies = Array.from({ length: 400 }, (_, index) => 1 + index / 100);
    const report = sampleBenchReport({ cells: [benchCell(latencies)] });
    expect(lineOf(renderBench(report, plain), 'parked')).toMatch(
      /^parked {2}shared-pool +100 % 2\.99 ms 4\.95 ms 4\.99 ms +200 [▁-█]{12}$/,
    );
  });

  it('says of what was not delivered how it ended and why', () => {
    const text = renderBench(sampleBenchReport({ cells: [hungCell] }), plain);
    expect(lineOf(text, 'detached')).toMatch(/0 % +– +– +– +– 100 hung$/);
    expect(text).toContain('• detached/parked: loop-parked');
  });

  it('has the factors of a ranking below one another, however long the name of a fault is', () => {
    const rank = { path: 'expiry', context: 'parked', measure: 'p50', fault: 'latency:100ms' } as const;
    const text = renderBench(
      sampleBenchReport({
        ranking: [
          { ...rank, strategy: 'bridged', factor: 1, uncertainty: null },
          { ...rank, strategy: 'fetch-in-worker', factor: 2, uncertainty: 0.5 },
        ],
      }),
      plain,
    );
    const [first, second] = [lineOf(text, 'bridged (lat'), lineOf(text, 'fetch-in-worker (lat')];
    expect(first.indexOf('1.00 ×')).toBe(second.indexOf('2.00 ± 0.50 ×'));
  });

  it('fits 80 columns', () => {
    const contexts = ['main', 'worker', 'parked'] as const;
    const cells = contexts.flatMap((context) => [
      benchCell([1, 5000, 100_000, 3], { context, strategy: 'fetch-in-worker' }),
      { ...hungCell, context, hung: 999 },
    ]);
    const report = sampleBenchReport({ cells, warnings: [] });
    const widest = Math.max(
      ...renderBench(report, plain)
        .split('\n')
        .map((line) => line.length),
    );
    expect(widest).toBeLessThanOrEqual(80);
  });

  it('shows one line for each threshold, with the worst cell of a failed one', () => {
    const thresholds = [
      { expr: 'hung==0', cell: 'shared-pool/main', actual: 3, passed: false },
      { expr: 'hung==0', cell: 'shared-pool/parked', actual: 100, passed: false },
      { expr: 'p99<5s', cell: 'shared-pool/main', actual: 4.96, passed: true },
    ];
    const text = renderBench(sampleBenchReport({ thresholds }), plain);
    expect(lineOf(text, 'hung==0')).toMatch(/^✖ hung==0 +100 {2}2 of 2 cells, worst shared-pool\/parked$/);
    expect(lineOf(text, 'p99<5s')).toMatch(/^✔ p99<5s +4\.96 ms {2}1 cell$/);
  });

  it('lists cells that were skipped for one reason together, within the width', () => {
    const skipped = 'the run was interrupted before it was measured';
    const cells = (['main', 'worker', 'parked'] as const).map((context) => sampleCell({ context, skipped }));
    const text = renderBench(sampleBenchReport({ cells, thresholds: [] }), plain, 60);
    expect(text).toContain('• shared-pool/main, shared-pool/worker, shared-pool/parked:\n  the run was');
    expect(text.split(skipped)).toHaveLength(2);
  });

  it('lists what was skipped with the reason', () => {
    const skipped = sampleCell({ context: 'piscina', skipped: 'not installed: npm i piscina' });
    expect(renderBench(sampleBenchReport({ cells: [skipped] }), plain)).toContain(
      '• shared-pool/piscina: not installed: npm i piscina',
    );
  });

  it.each([60, 80, 120])('keeps its table and caveats within %d columns', (columns) => {
    const lines = renderBench(sampleBenchReport(), plain, columns).split('\n');
    const table = lines.filter((line) => /^(context|parked|main|!)/.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('shows a change against the baseline in the figure’s unit', () => {
    const comparison = {
      baseline: { startedAt: '2026-01-01T00:00:00.000Z', version: '0.1.0' },
      changes: [
        { cell: 'bridged/main', metric: 'p99', before: 4, after: 40, p: 0.02, verdict: 'worse' },
        { cell: 'bridged/main', metric: 'completion', before: 1, after: 1, p: 1, verdict: 'same' },
      ],
    } as const;
    const text = renderBench(sampleBenchReport({ comparison }), plain);
    expect(text).toContain('p99 of bridged/main: 4 ms → 40 ms +900 % (p=0.020)');
    expect(text).toContain('1 of 2 figures');
  });

  it('marks an interrupted run', () => {
    expect(renderBench(sampleBenchReport({ partial: true }), plain)).toContain('interrupted');
  });
});

describe('a sparkline', () => {
  it('spreads latencies over a logarithmic axis', () => {
    const counts = [1, 10, 100].map((ms) => ({ ms, count: 1 }));
    expect(sparkline(counts, { min: 1, max: 1000 }, 3)).toBe('███');
  });

  it('leaves bins without a sample blank and shows a single sample', () => {
    const counts = [
      { ms: 1, count: 1 },
      { ms: 500, count: 1000 },
    ];
    expect(sparkline(counts, { min: 1, max: 1000 }, 3)).toBe('▁ █');
  });
});

function lineOf(text: string, word: string): string {
  return text.split('\n').find((line) => line.includes(word)) ?? '';
}
