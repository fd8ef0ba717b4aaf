import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judge, judgeAgain } from '../../../src/measure/judge.ts';
import { defaultThresholds, parseThreshold } from '../../../src/measure/threshold.ts';
import { hungCell, sampleCell } from '../report/sample-report.ts';

const judgeAll = (exprs: readonly string[], cells = [sampleCell(), hungCell]) =>
  judge(exprs.map(parseThreshold), cells);

describe('judging', () => {
  it('gives a result for every cell in scope', () => {
    expect(judgeAll(['completion>=100%'])).toEqual([
      { expr: 'completion>=100%', cell: 'shared-pool/parked', actual: 1, passed: true },
      { expr: 'completion>=100%', cell: 'detached/parked', actual: 0, passed: false },
    ]);
  });

  it('lets what the documented configuration asks for pass beside a strategy that loses', () => {
    const documented = readFileSync(
      new URL('../../../docs/timer-notify.config.yaml', import.meta.url),
      'utf8',
    );
    const exprs = [...(documented.split('thresholds:')[1]?.matchAll(/- (\S+)/g) ?? [])].map(
      ([, expr = '']) => expr,
    );
    expect(exprs.length).toBeGreaterThan(1);
    expect(judgeAll(exprs).filter(({ passed }) => !passed)).toEqual([]);
  });

  it('looks only at the narrowed strategy', () => {
    expect(judgeAll(['shared-pool:p99<1s']).map(({ cell }) => cell)).toEqual(['shared-pool/parked']);
  });

  it('fails a latency limit where nothing was delivered', () => {
    expect(judgeAll(['detached:p99<5s'])).toEqual([
      { expr: 'detached:p99<5s', cell: 'detached/parked', actual: null, passed: false },
    ]);
  });

  it('fails a threshold that no cell answers', () => {
    expect(judgeAll(['bridged:hung==0'])).toEqual([
      { expr: 'bridged:hung==0', cell: null, actual: null, passed: false },
    ]);
  });

  it('fails a threshold whose only cell was skipped', () => {
    const skipped = sampleCell({ skipped: 'npm i bullmq' });
    expect(judgeAll(['hung==0'], [skipped])).toEqual([
      { expr: 'hung==0', cell: null, actual: null, passed: false },
    ]);
  });

  it('fails counts where nothing was sent', () => {
    const nothing = sampleCell({ sent: 0, delivered: 0, completionRate: 0, latencyMs: null });
    expect(judgeAll(['hung==0', 'completion>=0%'], [nothing]).map(({ passed }) => passed)).toEqual([
      false,
      false,
    ]);
  });

  it('evaluates every threshold even when the first fails', () => {
    expect(judgeAll(['detached:hung==0', 'shared-pool:p99<1s']).map(({ passed }) => passed)).toEqual([
      false,
      true,
    ]);
  });

  it('of a stored report looks at the cells that were judged then', () => {
    const cells = [sampleCell(), hungCell];
    const stored = judge(defaultThresholds(['detached', 'shared-pool']), cells);
    expect(judgeAgain([...stored, ...stored], cells)).toEqual(stored);
  });

  it('of a stored report fails a cell that is gone', () => {
    const [stored] = judgeAll(['shared-pool:hung==0']);
    if (stored === undefined) throw new Error('nothing was judged');
    expect(judgeAgain([stored], [hungCell])).toEqual([{ ...stored, actual: null, passed: false }]);
  });
});
