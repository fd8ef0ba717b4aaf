import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/diagnosis/cause.ts';
import { type FixtureApp, fixtureApps } from '../fixture-apps.ts';

/** How long a broken program is watched: most hang, and their server must not have received more by then. */
const watchedMs = 3000;
const patienceMs = 30_000;

const healthy = fixtureApps.filter((app) => app.verdict === 'healthy');
const broken = fixtureApps.filter((app) => app.verdict !== 'healthy');

describe('fixtures/apps', () => {
  it('has a program for every cause', () => {
    const shown = new Set(fixtureApps.map((app) => app.verdict));
    expect(causes.filter((cause) => !shown.has(cause))).toEqual([]);
  });

  it.concurrent.each(healthy)('$file delivers all it sends and ends by itself', async (app) => {
    expect(await run(app, patienceMs)).toEqual({ arrivals: app.arrivals, exitCode: 0 });
  });

  it.concurrent.each(broken)('$file fails as its header says', async (app) => {
    const { arrivals, exitCode } = await run(app, watchedMs);
    expect({ arrivals, exitCode }).toEqual({
      arrivals: app.arrivals,
      exitCode: exitCode === null ? null : app.exitCode,
    });
  });
});

interface Run {
  readonly arrivals: number;
  /** Null when it had to be ended. */
  readonly exitCode: number | null;
}

function run(app: FixtureApp, timeout: number): Promise<Run> {
  const child = spawn(process.execPath, [app.path], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  let record = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    record += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) =>
      resolve({ arrivals: record.match(/^slack < POST/gm)?.length ?? 0, exitCode }),
    );
  });
}
