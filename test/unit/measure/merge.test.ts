import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../../src/measure/histogram.ts';
import { isOk } from '../../../src/measure/is-ok.ts';
import { mergeReports } from '../../../src/measure/merge.ts';
import type { Cell } from '../../../src/model/cell.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Trials } from '../../../src/model/trials.ts';
import { describeLoad } from '../../../src/report/load.ts';
import {
  benchCell,
  sampleBenchReport,
  sampleCell,
  sampleLoad,
  sampleReport,
  sampleTrials,
} from '../report/sample-report.ts';

/** Latencies with a long tail, the same ones every time. */
const latencies = Array.from({ length: 8000 }, (_, index) => 1 + ((index * 7919) % 8000) ** 3 / 1e9);

function shard(index: number, total: number, changes: Partial<Report> = {}): Report {
  const part = latencies.filter((_, position) => position % total === index - 1);
  return sampleBenchReport({
    startedAt: `2026-01-02T03:04:0${index}.000Z`,
    load: { ...sampleLoad, shard: { index, total } },
    cells: [benchCell(part)],
    thresholds: [{ expr: 'p99<100ms', cell: 'shared-pool/parked', actual: 1, passed: true }],
    ...changes,
  });
}

const merge = (reports: Parameters<typeof mergeReports>[0]) => mergeReports(reports, new Set());

describe('merging the shards of a bench', () => {
  const merged = merge([shard(1, 4), shard(2, 4), shard(3, 4), shard(4, 4)]);
  const cell = merged.cells[0];

  it('gives the percentiles of one run over the same samples', () => {
    const whole = LatencyHistogram.of(latencies).summary();
    expect({ ...cell?.latencyMs, mean: 0 }).toEqual({ ...whole, mean: 0 });
    expect(cell?.latencyMs?.mean).toBeCloseTo(whole?.mean ?? 0, 6);
  });

  it('adds up what was sent and delivered', () => {
    expect([cell?.sent, cell?.delivered, cell?.completionRate]).toEqual([8000, 8000, 1]);
  });

  it('keeps every round', () => {
    expect(cell?.rounds).toHaveLength(8);
  });

  it('judges the thresholds anew, on the whole', () => {
    expect(merged.thresholds).toEqual([
      { expr: 'p99<100ms', cell: 'shared-pool/parked', actual: cell?.latencyMs?.p99, passed: false },
    ]);
    expect(merged.ok).toBe(false);
  });

  it('is no shard any more and says nothing of missing shards', () => {
    expect(merged.load?.shard).toBeNull();
    expect(merged.warnings?.map(({ code }) => code)).not.toContain('shards-missing');
  });

  it('says which shards are missing', () => {
    const { warnings, ok } = merge([shard(1, 4), shard(3, 4)]);
    expect(ok).toBe(false);
    expect(warnings?.find(({ code }) => code === 'shards-missing')?.text).toMatch(
      /^2 of 4 shards are here, without shard 2, 4;/,
    );
  });

  it('says when the shards ran on different machines', () => {
    const environment = { ...sampleReport().environment, cpus: 64 };
    const { warnings } = merge([shard(1, 2), shard(2, 2, { environment })]);
    expect(warnings?.map(({ code }) => code)).toContain('mixed-machines');
  });

  it('is partial when one of them is', () => {
    expect(merge([shard(1, 2), shard(2, 2, { partial: true })]).partial).toBe(true);
  });

  it('is not ok when one of them was interrupted', () => {
    const shards = [shard(1, 2, { thresholds: [] }), shard(2, 2, { thresholds: [] })] as const;
    expect(merge([shards[0], shards[1]]).ok).toBe(true);
    expect(merge([shards[0], { ...shards[1], partial: true }]).ok).toBe(false);
    expect(isOk({ ...shards[0], partial: true })).toBe(false);
  });

  it('refuses the same shard twice', () => {
    expect(() => merge([shard(1, 2), shard(1, 2)])).toThrow(/shard 1\/2 is given twice/);
  });

  it('refuses reports of different commands', () => {
    expect(() => merge([shard(1, 2), sampleReport({ kind: 'doctor' })])).toThrow(/report 1 is of bench/);
  });

  it('refuses reports under different loads', () => {
    const load = { ...sampleLoad, arrival: { mode: 'open', ratePerS: 999 } } as const;
    expect(() => merge([shard(1, 2), shard(2, 2, { load })])).toThrow(/load 999\/s there/);
  });

  it.each([
    [
      'duration',
      { load: { ...sampleLoad, durationMs: 4242, shard: { index: 2, total: 2 } } },
      /duration 4242 ms there/,
    ],
    [
      'connections',
      { load: { ...sampleLoad, connections: 3, shard: { index: 2, total: 2 } } },
      /connections 3 there/,
    ],
    [
      'patience',
      { load: { ...sampleLoad, patienceMs: 1, shard: { index: 2, total: 2 } } },
      /patience 1 ms there/,
    ],
    [
      'thresholds',
      { thresholds: [{ expr: 'p99<1s', cell: null, actual: null, passed: true }] },
      /thresholds p99<1s there and p99<100ms here/,
    ],
    ['version', { tool: { name: 'timer-notify', version: '9.9.9' } }, /version 9\.9\.9 there/],
    ['strategies', { cells: [{ ...benchCell(latencies), strategy: 'bridged' }] }, /strategies bridged there/],
    [
      'fault',
      { cells: [{ ...benchCell(latencies), fault: 'hang:1%' }] },
      /fault hang:1% there and none here/,
    ],
  ] satisfies [string, Partial<Report>, RegExp][])('refuses shards of another %s', (_, changes, message) => {
    const load = { ...sampleLoad, patienceMs: 5000, shard: { index: 1, total: 2 } };
    expect(() => merge([shard(1, 2, { load }), shard(2, 2, changes)])).toThrow(message);
  });

  it('takes shards of other thresholds where new ones will judge the whole', () => {
    const thresholds = [{ expr: 'p99<1s', cell: null, actual: null, passed: true }];
    const shards = [shard(1, 2), shard(2, 2, { thresholds })] as const;
    expect(() => mergeReports(shards, new Set(), { judgedAnew: true })).not.toThrow();
  });

  it('says when the shards ran other code', () => {
    const source = (commit: string) => ({ source: { commit, root: '/', page: null } });
    const { warnings } = merge([shard(1, 2, source('a1')), shard(2, 2, source('b2'))]);
    expect(warnings?.find(({ code }) => code === 'mixed-machines')?.text).toMatch(
      /git commit b2 there and a1/,
    );
  });

  it('refuses a whole run beside a shard', () => {
    const shard = sampleBenchReport({ load: { ...sampleLoad, shard: { index: 1, total: 2 } } });
    const whole = sampleBenchReport({ load: { ...sampleLoad, shard: null } });
    expect(() => mergeReports([whole, shard], new Set())).toThrow(
      /one is a whole run and another a shard of 2; merge shards of one bench/,
    );
  });

  it('refuses percentiles without the samples behind them', () => {
    const bare = { cells: [sampleCell()] };
    expect(() => merge([shard(1, 2, bare), shard(2, 2, bare)])).toThrow(/cannot merge shared-pool\/parked/);
  });

  it('says of every shard how its machine differs', () => {
    const { environment } = sampleReport();
    const { warnings } = merge([
      shard(1, 3),
      shard(2, 3, { environment: { ...environment, cpus: 64 } }),
      shard(3, 3, { environment: { ...environment, arch: 'arm64', threadpoolSize: 9 } }),
    ]);
    expect(warnings?.find(({ code }) => code === 'mixed-machines')?.text).toMatch(
      /beside shard 1\/3, shard 2\/3: CPUs 64 there and 2 here; shard 3\/3: arch arm64 .*, thread pool 9 there/,
    );
  });

  it('leaves a single report as it is', () => {
    expect(merge([shard(1, 4)])).toEqual(shard(1, 4));
  });
});

describe('merging whole runs of bench', () => {
  const run = (second: number, changes: Partial<Report> = {}) =>
    sampleBenchReport({
      startedAt: `2026-01-02T03:04:0${second}.000Z`,
      cells: [benchCell(latencies)],
      ...changes,
    });

  it('says how many there were, again where merged ones are merged', () => {
    const two = merge([run(1), run(2)]);
    expect(two.load).toEqual({ ...run(1).load, runs: 2 });
    expect(two.load && describeLoad(two.load)).toMatch(/ rounds, 2 runs merged$/);
    expect(merge([two, run(3)]).load?.runs).toBe(3);
  });

  it('ranks by all of them, with the spread over the rounds of all', () => {
    const of = (strategy: 'bridged' | 'shared-pool', p50: number): Cell =>
      benchCell([p50], { strategy, completionRate: 1 });
    const [first, second] = [
      run(1, { cells: [of('shared-pool', 10), of('bridged', 20)] }),
      run(2, { cells: [of('shared-pool', 10), of('bridged', 40)] }),
    ];
    const there = (reports: Parameters<typeof merge>[0]) =>
      merge(reports).ranking?.map(({ strategy, factor, uncertainty }) => [
        strategy,
        Math.round(factor),
        Math.round(uncertainty ?? 0),
      ]);
    expect(there([first, second])).toEqual(there([second, first]));
    const { cells } = merge([first, second]);
    expect(cells[0]?.rounds?.map(({ number }) => number)).toEqual([
      ...new Set(cells[0]?.rounds?.map(({ number }) => number)),
    ]);
    expect(there([first, second])?.[1]).toEqual(['bridged', 2, 1]);
  });

  it('names the files that do not belong together', () => {
    const files = ['monday.json', 'tuesday.json'];
    const mergeFiles = (reports: Parameters<typeof merge>[0]) =>
      mergeReports(reports, new Set(), { judgedAnew: false, files });
    expect(() => mergeFiles([run(1), run(2, { kind: 'repro' })])).toThrow(
      /monday\.json is of bench and tuesday\.json of repro/,
    );
    expect(() => mergeFiles([run(1), run(1)])).toThrow(/is given twice, in monday\.json and tuesday\.json/);
  });

  it('takes the time of all runs together, and of shards that of the longest', () => {
    const ofMs = (durationMs: number) => ({ durationMs });
    expect(merge([run(1, ofMs(2000)), run(2, ofMs(3000))]).durationMs).toBe(5000);
    expect(merge([shard(1, 2, ofMs(2000)), shard(2, 2, ofMs(3000))]).durationMs).toBe(3000);
  });

  it('refuses those of another machine, whose figures would be mixed', () => {
    const environment = { ...sampleReport().environment, cpus: 64 };
    expect(() => merge([run(1), run(2, { environment })])).toThrow(
      /report 1 \(here\) and report 2 \(there\) are not of one bench: CPUs 64 there and 2 here/,
    );
  });

  it('says when they were made with different code', () => {
    const source = (commit: string) => ({ source: { commit, root: '/', page: null } });
    const { warnings } = merge([run(1, source('a1')), run(2, source('b2'))]);
    expect(warnings?.find(({ code }) => code === 'mixed-machines')?.text).toMatch(
      /^the runs were made with different code \(.* git commit b2 there and a1 here\)/,
    );
  });
});

describe('merging reports that tell of one thing each', () => {
  it.each(['doctor', 'send'] as const)('is refused for %s', (kind) => {
    const reports = [
      sampleReport({ kind }),
      sampleReport({ kind, startedAt: '2026-01-02T03:04:09.000Z' }),
    ] as const;
    expect(() => merge(reports)).toThrow(new RegExp(`each report of ${kind} is about one .*; give one at a`));
  });
});

describe('merging reports of repro', () => {
  function run(second: number, context: 'parked' | 'main', trials?: Partial<Trials>): Report {
    return sampleReport({
      kind: 'repro',
      startedAt: `2026-01-02T03:04:0${second}.000Z`,
      cells: [sampleCell({ context })],
      trials: { ...sampleTrials, contexts: [context], ...trials },
    });
  }

  it('holds the contexts of all of them', () => {
    expect(merge([run(1, 'parked'), run(2, 'main')]).trials?.contexts).toEqual(['parked', 'main']);
  });

  it.each([
    ['patience', { patienceMs: 5000 }, /patience 5000 ms there and 1000 ms here; merge runs of repro/],
    ['delay', { afterMs: 1 }, /after 1 ms there and 100 ms here/],
    ['count', { count: 9 }, /count 9 there and 1 here/],
    ['response size', { replySizeBytes: 1024 }, /response size 1024 there and small here/],
    ['runtime', { runtime: 'python' }, /not of one repro: runtime python there and node here/],
  ] satisfies [string, Partial<Trials>, RegExp][])('refuses trials of another %s', (_, trials, message) => {
    expect(() => merge([run(1, 'parked'), run(2, 'main', trials)])).toThrow(message);
  });

  it('takes one that does not say how its trials were made', () => {
    const { trials: _, ...older } = run(2, 'main');
    expect(merge([run(1, 'parked'), older]).cells).toHaveLength(2);
  });
});
