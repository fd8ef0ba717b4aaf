import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import {
  benchCell,
  sampleBenchReport,
  sampleFinding,
  sampleLoad,
  sampleReport,
} from '../unit/report/sample-report.ts';
import { timerNotify, timerNotifyWith } from './cli.ts';

const latencies = Array.from({ length: 4000 }, (_, index) => 1 + ((index * 7919) % 4000) / 100);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function store(name: string, report: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(report));
  return file;
}

function shard(index: number): Report {
  return sampleBenchReport({
    startedAt: `2026-01-02T03:04:0${index}.000Z`,
    load: { ...sampleLoad, shard: { index, total: 4 } },
    cells: [benchCell(latencies.filter((_, position) => position % 4 === index - 1))],
    thresholds: [{ expr: 'p99<5s', cell: 'shared-pool/parked', actual: 4, passed: true }],
  });
}

const storeShards = () => [1, 2, 3, 4].map((index) => store(`shard-${index}.json`, shard(index)));

const report = (...args: string[]) => timerNotify('report', ...args);

describe('timer-notify report', () => {
  it('merges four shards into the percentiles of all samples', async () => {
    const { stdout, code } = await report(...storeShards(), '--json');
    const merged: Report = JSON.parse(stdout);
    const whole = benchCell(latencies).latencyMs;
    expect({ ...merged.cells[0]?.latencyMs, mean: 0 }).toEqual({ ...whole, mean: 0 });
    expect(code).toBe(0);
  });

  it('writes every format', async () => {
    const files = ['json', 'md', 'xml', 'html', 'prom'].map((extension) => join(folder, `all.${extension}`));
    await report(...storeShards(), ...files.flatMap((file) => ['-o', file]));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('re-reads what it wrote', async () => {
    const file = join(folder, 'merged.json');
    const first = await report(...storeShards(), '-o', file);
    expect((await report(file)).stdout).toBe(first.stdout);
  });

  it('shows a report of a stranger’s without obeying it, in every format', async () => {
    const hostile = '\u001b[2J\u009b31m\r\n✔ expiry delivered\u202e';
    const finding = { ...sampleFinding(), title: hostile, evidence: [hostile], fix: hostile };
    const file = store('hostile.json', sampleReport({ kind: 'doctor', cells: [], findings: [finding] }));
    const files = ['md', 'xml', 'html', 'json'].map((extension) => join(folder, `safe.${extension}`));
    const { stdout } = await report(file, ...files.flatMap((output) => ['-o', output]));
    for (const text of [stdout, ...files.map((output) => readFileSync(output, 'utf8'))]) {
      expect(text).toContain('expiry delivered');
      expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]|^\s*✔ expiry delivered/mu);
    }
  });

  it('judges by new thresholds and exits 1 when one fails', async () => {
    const { stdout, code } = await report(
      ...storeShards(),
      '--threshold',
      'p99<5ms',
      '--threshold',
      'hung==0',
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/✖ p99<5ms/);
    expect(stdout).toMatch(/✔ hung==0/);
  });

  it('fails a threshold that no cell answers', async () => {
    expect((await report(...storeShards(), '--threshold', 'bridged:hung==0')).code).toBe(1);
  });

  it('refuses a bad threshold before reading anything, without a stack', async () => {
    const { stderr, stdout, code } = await report(join(folder, 'none.json'), '--threshold', 'p99');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: bad threshold "p99"; .*; .*\n$/);
  });

  it('refuses what is no report', async () => {
    const { stderr, code } = await report(store('package.json', { name: 'x' }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: cannot read .*package\.json; it is not a report of timer-notify.*\n$/);
  });

  it('refuses another schema version', async () => {
    const { stderr, code } = await report(
      store('a.json', shard(1)),
      store('b.json', { ...shard(2), schemaVersion: 2 }),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('its schemaVersion is 2');
  });

  it('refuses an output that can’t be written, with --json as one document', async () => {
    const { stdout, code } = await report(...storeShards(), '-o', '/dev/null/a.html', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('cannot write') },
    });
  });

  it('compares with a baseline and exits 1 when a figure is worse', async () => {
    const rounds = [1, 2, 3].map((number) => ({
      number,
      sent: 100,
      delivered: 100,
      completionRate: 1,
      latencyMs: benchCell(latencies).latencyMs,
      throughputPerS: 200,
      offeredPerS: 200,
    }));
    const now = store('now.json', sampleBenchReport({ cells: [benchCell(latencies, { rounds })] }));
    const faster = rounds.map((round) => ({ ...round, latencyMs: benchCell([1, 2]).latencyMs }));
    const before = store(
      'before.json',
      sampleBenchReport({ cells: [benchCell(latencies, { rounds: faster })] }),
    );
    const { stdout, code } = await report(now, '--baseline', before);
    expect(stdout).toMatch(/worse +p50 of shared-pool\/parked/);
    expect(code).toBe(1);
  });

  it('refuses a baseline of another machine', async () => {
    const { environment } = sampleBenchReport();
    const elsewhere = sampleBenchReport({ environment: { ...environment, cpus: 64 } });
    const { stderr, code } = await report(...storeShards(), '--baseline', store('elsewhere.json', elsewhere));
    expect(code).toBe(2);
    expect(stderr).toContain('CPUs 64 there and 2 here');
  });

  it('annotates under GitHub Actions and fills the step summary, leaving stdout to the result', async () => {
    const summary = join(folder, 'summary.md');
    const { stdout, stderr } = await timerNotifyWith(
      { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
      ...['report', store('a.json', shard(1)), '--threshold', 'p99<1ms', '--json'],
    );
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
    expect(stderr).toContain('::error title=timer-notify%3A threshold failed::p99<1ms');
    expect(readFileSync(summary, 'utf8')).toContain('### Thresholds');
  });
});
