import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/model/cause.ts';
import { type FixtureApp, fixtureApps } from '../fixture-apps.ts';

/** How long a broken program is watched at least: most hang, and their server must not have received more by then. */
const watchedMs = 3000;
const patienceMs = 30_000;

const healthy = fixtureApps.filter((app) => app.verdict === 'healthy');
const broken = fixtureApps.filter((app) => app.verdict !== 'healthy');

describe('fixtures/apps', () => {
  it('has a program for every cause that a rule concludes', () => {
    const shown = new Set(fixtureApps.map((app) => app.verdict));
    expect(causes.filter((cause) => !shown.has(cause))).toEqual([]);
  });

  it.concurrent.each(healthy)('$file delivers all it sends and ends by itself', async (app) => {
    expect(await run(app, Number.POSITIVE_INFINITY)).toEqual({
      arrivals: app.arrivals,
      exitCode: app.exitCode,
    });
  });

  it.concurrent.each(broken)('$file fails as its header says', async (app) => {
    const { arrivals, exitCode } = await run(app, app.arrivals);
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

/** Until it ends by itself; one that never does is ended once it was watched and its server has had what it should. */
function run(app: FixtureApp, enough: number): Promise<Run> {
  const child = spawn(process.execPath, [app.path], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, which is ended as a whole: a child that is stopped would outlive its parent.
    detached: true,
  });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The whole group has ended by itself.
    }
  };
  const impatient = setTimeout(end, patienceMs);
  let arrivals = 0;
  let isWatched = false;
  const endWhenSeen = () => {
    if (isWatched && arrivals >= enough) end();
  };
  const watched = setTimeout(() => {
    isWatched = true;
    endWhenSeen();
  }, watchedMs);
  createInterface(child.stderr).on('line', (line) => {
    if (!line.startsWith('slack < POST')) return;
    arrivals += 1;
    endWhenSeen();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(watched);
      clearTimeout(impatient);
      resolve({ arrivals, exitCode });
    });
  });
}
