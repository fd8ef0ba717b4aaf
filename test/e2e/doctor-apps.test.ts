import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { type FixtureApp, fixtureApps } from '../fixture-apps.ts';
import { type Looked, lookAtAll } from './several-at-once.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));

/**
 * Most of the programs never end by themselves: long enough for what is wrong with them to show, also where a busy machine
 * starts them late. On such a machine a healthy one can be late by a second, and says so: it gets the default.
 */
const watching = (verdict: string) => [
  '--timeout',
  '9s',
  '--hang-after',
  verdict === 'healthy' ? '2s' : '1s',
];

describe('timer-notify doctor -- node fixtures/apps/…', () => {
  let looked: Looked<FixtureApp, Diagnosis>;
  const seen = (app: FixtureApp | undefined) => {
    const diagnosis = app && looked.results.get(app);
    if (diagnosis === undefined) throw new Error('no such program in fixtures/apps');
    return diagnosis;
  };

  beforeAll(async () => {
    looked = await lookAtAll(fixtureApps, diagnose, ({ verdict }, { report }) => report.verdict === verdict);
  }, 2_400_000);

  it('needs a second look at few of them', () => {
    expect(looked.lookedAtTwice.length).toBeLessThanOrEqual(looked.mostTwice);
  });

  it.each(fixtureApps)('$file: $verdict', (app) => {
    const { report, status } = seen(app);
    expect({ verdict: report.verdict, ok: report.ok, status }, JSON.stringify(report.findings)).toEqual({
      verdict: app.verdict,
      ok: app.verdict === 'healthy',
      status: app.verdict === 'healthy' ? 0 : 1,
    });
  });

  it('names the line that started the request, and a fix', () => {
    const { report } = seen(fixtureApps.find(({ file }) => file === 'loop-parked-heartbeat.cjs'));
    const finding = report.findings.find(({ code }) => code === 'loop-parked');
    expect(finding?.stack[0]).toMatch(/loop-parked-heartbeat\.cjs:\d+/);
    expect(finding?.thread).toMatchObject({ name: 'heartbeat', isMain: false });
    expect(finding?.fix).not.toBe('');
  });
});

interface Diagnosis {
  readonly report: Report;
  readonly status: number | null;
}

async function diagnose(app: FixtureApp): Promise<Diagnosis> {
  const child = spawn(
    process.execPath,
    [cli, 'doctor', '--json', ...watching(app.verdict), '--', process.execPath, app.path],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: withoutNodeOptions(),
    },
  );
  const status = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const report: Report = JSON.parse(await text(child.stdout));
  return { report, status: await status };
}

/** The runner's own options must not reach the programs. */
function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  return env;
}
