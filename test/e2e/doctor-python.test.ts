import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { pythonOrNull } from './python.ts';
import { pythonApps } from './python-apps.ts';
import { severalAtOnce } from './several-at-once.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const python = await pythonOrNull();
const command = python?.command ?? 'python3';

interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

async function doctor(...args: string[]): Promise<Seen> {
  const child = spawn(process.execPath, [cli, 'doctor', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, status };
}

/** A busy machine can make a healthy program late by a second, and the doctor says so: such a one gets the default. */
async function watchApp({ path, verdict }: (typeof pythonApps)[number]) {
  return watchFor(verdict === 'healthy' ? '2s' : '1s', path);
}

const watch = (...program: string[]) => watchFor('1s', ...program);

async function watchFor(hangAfter: string, ...program: string[]) {
  const limits = ['--timeout', '10s', '--hang-after', hangAfter];
  const { stdout, stderr, status } = await doctor('--json', ...limits, '--', command, ...program);
  const report: Report = JSON.parse(stdout);
  return { report, stderr, status };
}

type Watched = Awaited<ReturnType<typeof watch>>;

describe.skipIf(python === null)('doctor -- python3 app.py', () => {
  const seen = new Map<string, Watched>();

  beforeAll(async () => {
    const watched = await severalAtOnce(pythonApps, watchApp);
    for (const [{ file }, one] of watched) seen.set(file, one);
  }, 120_000);

  it.each(pythonApps)('$file is $verdict', ({ file, verdict }) => {
    const report = seen.get(file)?.report;
    expect(report?.verdict, JSON.stringify(report?.findings)).toBe(verdict);
  });

  it.each(pythonApps)('$file sends what it sends without the doctor', ({ file, arrivals }) => {
    expect(seen.get(file)?.stderr.match(/^POST /gm)?.length ?? 0).toBe(arrivals);
  });

  it.each(pythonApps)('$file ends with the exit code of its verdict', ({ file, verdict }) => {
    expect(seen.get(file)?.status).toBe(verdict === 'healthy' ? 0 : 1);
  });

  it('names the line that blocks the loop', () => {
    expect(seen.get('loop-blocked-sleep.py')?.report.findings[0]?.evidence[0]).toMatch(
      /the main thread has been executing `time\.sleep\(30\)` at .*loop-blocked-sleep\.py:\d+ \(write_report\)/,
    );
  });

  it('says that the client’s own timeout has not fired', () => {
    expect(seen.get('loop-parked-heartbeat.py')?.report.findings[0]?.evidence).toContain(
      'its own ClientTimeout(total=1) has not fired: that timeout is a timer on the same loop',
    );
  });

  it('says that a program without a request made none', async () => {
    const { report } = await watch('-c', 'print("idle")');
    expect(report.findings.map(({ title }) => title)).toEqual(['The program made no request']);
  });

  it('loads the program’s own sitecustomize, and leaves no trace on its path', async () => {
    const { stderr } = await watch(
      '-c',
      'import sys; print([p for p in sys.path if "probe" in p], "sitecustomize" in sys.modules)',
    );
    expect(stderr).toContain('[] ');
  });

  it('reports the program’s own exit code', async () => {
    expect((await watch('-c', 'raise SystemExit(7)')).stderr).toContain('the program ended with exit code 7');
  });

  it('says why an isolated interpreter can’t be watched', async () => {
    const { status, stderr } = await doctor('--', command, '-I', '-c', 'pass');
    expect(stderr).toMatch(/^error: no Python process .* could be watched; .*-I, -E or -S/m);
    expect(status).toBe(2);
  });
});
