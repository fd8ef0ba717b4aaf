import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/model/cell.ts';
import type { Report } from '../../src/model/report.ts';
import { reportJsonSchema } from '../../src/model/report.ts';
import { startTimerNotify, timerNotify } from './cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Light enough for a busy machine: these tests are about what is reported, not about how fast anything is. */
const light = ['--rate', '50/s', '--rounds', '2', '--warm-up', '100ms'];

const bench = (...args: string[]) => timerNotify('bench', ...args);

async function benchJson(
  ...args: string[]
): Promise<{ readonly report: Report; readonly code: number | null }> {
  const { stdout, code } = await bench(...args, '--json', '--quiet');
  return { report: JSON.parse(stdout), code };
}

function only(report: Report): Cell {
  const [cell, ...others] = report.cells;
  if (cell === undefined || others.length > 0) throw new Error('not one cell');
  return cell;
}

describe('timer-notify bench', () => {
  it('reports each strategy in each context with everything that was sent, and follows its schema', async () => {
    const { report, code } = await benchJson(
      ...['--context', 'worker,parked', '--strategy', 'bridged,shared-pool', '--count', '40', ...light],
    );
    expect(
      report.cells.map(({ context, strategy, sent, delivered }) => [context, strategy, sent, delivered]),
    ).toEqual([
      ['worker', 'bridged', 40, 40],
      ['worker', 'shared-pool', 40, 40],
      ['parked', 'bridged', 40, 40],
      ['parked', 'shared-pool', 40, 40],
    ]);
    const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(reportJsonSchema());
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(code).toBe(0);
  });

  it('shows the bug: in a parked thread nothing of it arrives, and its own timeout never fires', async () => {
    const { report } = await benchJson(
      ...['--context', 'parked', '--strategy', 'detached', '--count', '20', '--patience', '1s', ...light],
    );
    expect(only(report)).toMatchObject({
      sent: 20,
      delivered: 0,
      hung: 20,
      cause: 'loop-parked',
      latencyMs: null,
    });
  });

  it('measures the rounds, the resources and the threads of a cell', async () => {
    const { report } = await benchJson(
      ...['--context', 'worker', '--strategy', 'shared-pool', '--count', '40', ...light],
    );
    const { rounds, resources, histogram } = only(report);
    expect(rounds?.map(({ number, sent }) => [number, sent])).toEqual([
      [1, 20],
      [2, 20],
    ]);
    expect(resources?.threads.map(({ name }) => name)).toEqual(['main', 'I/O thread', 'sender']);
    expect(resources?.leakedSockets).toBe(0);
    expect(resources?.peakRssBytes).toBeGreaterThan(1_000_000);
    expect(histogram).toMatch(/^[A-Za-z0-9+/=]+$/);
  });

  it('keeps the concurrency of a closed loop and stops at its count', async () => {
    const { report } = await benchJson(
      ...['--context', 'worker', '--strategy', 'shared-pool', '--concurrency', '4', '--count', '60'],
      ...['--rounds', '1', '--warm-up', '100ms'],
    );
    const { sent, delivered, throughputPerS } = only(report);
    expect(sent).toBeGreaterThanOrEqual(60);
    expect(sent).toBeLessThanOrEqual(64);
    expect(delivered).toBe(sent);
    expect(throughputPerS).toBeGreaterThan(0);
  });

  it('charges the server’s delay to the latency', async () => {
    const { report } = await benchJson(
      ...['--context', 'main', '--strategy', 'fetch-in-worker', '--count', '20', '--fault', 'latency:80ms'],
      ...light,
    );
    expect(only(report).latencyMs?.min).toBeGreaterThanOrEqual(80);
  });

  it('ends on time when half of the notifications hang, and fails', async () => {
    const { report, code } = await benchJson(
      ...['--context', 'worker', '--strategy', 'shared-pool', '--count', '100', '--fault', 'hang:50%'],
      ...['--patience', '1s', '--rate', '100/s', '--rounds', '1', '--warm-up', '200ms'],
    );
    expect(only(report).completionRate).toBe(0.5);
    expect(report.thresholds.find(({ expr }) => expr === 'completion>=100%')?.passed).toBe(false);
    expect(code).toBe(1);
  });

  it('measures confirmations when asked to', async () => {
    const { report } = await benchJson(
      ...[
        '--path',
        'confirmation',
        '--context',
        'parked',
        '--strategy',
        'detached',
        '--count',
        '20',
        ...light,
      ],
    );
    expect(only(report)).toMatchObject({ path: 'confirmation', delivered: 20 });
  });

  it('evaluates every threshold and fails by the one that no sample answers', async () => {
    const { stdout, code } = await bench(
      ...['--context', 'main', '--strategy', 'shared-pool', '--count', '10', ...light],
      ...['--threshold', 'bridged:hung==0', '--threshold', 'hung==0'],
    );
    expect(stdout).toMatch(/✖ bridged:hung==0 +no sample {2}no such cell/);
    expect(stdout).toMatch(/✔ hung==0 +0 {2}1 cell/);
    expect(code).toBe(1);
  });

  it('takes thresholds from the configuration file, and those of the command line over them', async () => {
    const config = join(folder, 'timer-notify.config.yaml');
    writeFileSync(config, 'bench:\n  thresholds:\n    - shared-pool:late==0\n');
    const args = [
      '--context',
      'main',
      '--strategy',
      'shared-pool',
      '--count',
      '10',
      '--config',
      config,
      ...light,
    ];
    expect((await benchJson(...args)).report.thresholds.map(({ expr }) => expr)).toEqual([
      'shared-pool:late==0',
    ]);
    expect(
      (await benchJson(...args, '--threshold', 'hung==0')).report.thresholds.map(({ expr }) => expr),
    ).toEqual(['hung==0']);
  });

  it('sends a round at once where the sender ends after its first call, and says so', async () => {
    const { report } = await benchJson(
      ...[
        '--context',
        'exiting',
        '--strategy',
        'detached,shared-pool',
        '--count',
        '40',
        '--patience',
        '1s',
        ...light,
      ],
    );
    expect(report.cells.map(({ strategy, delivered, lost }) => [strategy, delivered, lost])).toEqual([
      ['detached', 0, 40],
      ['shared-pool', 40, 0],
    ]);
    expect(report.warnings?.map(({ code }) => code)).toContain('sent-at-once');
    expect(report.timelines?.[0]?.title).toBe('expiry, detached in exiting');
  });

  it('splits into shards that merge into the whole', async () => {
    const files = [1, 2].map((index) => join(folder, `shard-${index}.json`));
    for (const [index, file] of files.entries()) {
      await bench(
        ...['--context', 'main', '--strategy', 'bridged,shared-pool', '--count', '40', ...light],
        ...['--shard', `${index + 1}/2`, '-o', file],
      );
    }
    const { stdout } = await timerNotify('report', ...files, '--json');
    const merged: Report = JSON.parse(stdout);
    expect(merged.cells.map(({ strategy, sent, delivered }) => [strategy, sent, delivered])).toEqual([
      ['bridged', 40, 40],
      ['shared-pool', 40, 40],
    ]);
    expect(merged.load?.shard).toBeNull();
  });

  it.each([
    [
      ['--rate', '200'],
      /^error: bad rate "200"; a rate is a number above 0 and its unit, \/s; write the unit: 200\/s\n$/,
    ],
    [['--shard', '5/4'], /^error: bad shard "5\/4"/],
    [['--rate', '5/s', '--concurrency', '5'], /^error: .*cannot be used with/],
    [['--threshold', 'p99<5'], /^error: bad threshold "p99<5"/],
    [['--baseline', '/no/such.json'], /^error: cannot read \/no\/such\.json; there is no such file/],
    [['-o', '/dev/null/a.json'], /^error: cannot write \/dev\/null\/a\.json/],
    [['--count', '2'], /^error: --count 2 is less than the 3 rounds/],
  ])('refuses %j before anything runs', async (args, message) => {
    const { stdout, stderr, code } = await bench(...args);
    expect(stderr).toMatch(message);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it('names each fault of the configuration, as send --print-config does', async () => {
    const file = join(folder, 'faulty.yaml');
    writeFileSync(file, 'bench:\n  thresholds:\n    - p99<1\n    - nonsense\n');
    const { stdout, stderr, code } = await bench('--config', file);
    expect(stderr.match(/^error: bad value of bench\.thresholds\.\d in .*faulty\.yaml:\d;/gm)).toHaveLength(
      2,
    );
    expect([stdout, code]).toEqual(['', 2]);
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'prints what was measured so far, marked partial, when its group gets %s',
    async (signal, exitCode) => {
      const load = [
        '--context',
        'main',
        '--strategy',
        'shared-pool',
        '--duration',
        '60s',
        '--json',
        ...light,
      ];
      const { child, ended, stderrHas } = startTimerNotify(['bench', ...load], { detached: true });
      await stderrHas('round 1');
      if (child.pid !== undefined) process.kill(-child.pid, signal);
      const { code, stdout } = await ended;
      const report: Report = JSON.parse(stdout);
      expect([code, report.partial, report.ok]).toEqual([exitCode, true, false]);
      expect(report.cells.map(({ strategy, skipped }) => [strategy, skipped])).toEqual([
        ['shared-pool', 'the run was interrupted before it was measured'],
      ]);
    },
  );
});
