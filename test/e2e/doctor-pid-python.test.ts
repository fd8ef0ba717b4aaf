import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { hasProc } from '../../src/diagnosis/inspect/proc.ts';
import { type Report, reportSchema } from '../../src/model/report.ts';
import { startTimerNotify } from './cli.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const programs = fileURLToPath(new URL('./python-looks/', import.meta.url));
const apps = fileURLToPath(new URL('../../fixtures/python/apps/', import.meta.url));

const python = process.env.PYTHON_3_14 ?? 'python3.14';
const isThere =
  spawnSync(python, ['-c', 'import sys; sys.remote_exec'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
const hasAiohttp = isThere && spawnSync(python, ['-c', 'import aiohttp']).status === 0;
if (!isThere)
  process.stderr.write(
    'skipped: the tests of looks into Python processes: no python3.14 in PATH or PYTHON_3_14\n',
  );

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Of 3.13 or older, and its version in the file's name; empty where there is none. */
const [olderPython = ''] = ['python3', 'python'].flatMap((name) => {
  const asksItself =
    'import os, sys; print(os.path.realpath(sys.executable) if sys.version_info < (3, 14) else "")';
  const path = spawnSync(name, ['-c', asksItself], { encoding: 'utf8', timeout: 10_000 }).stdout?.trim();
  return /python3\.\d+$/.test(path ?? '') ? [path ?? ''] : [];
});

describe.skipIf(olderPython === '' || !hasProc())('timer-notify doctor --pid, of an older Python', () => {
  it('says that it looks once, from outside', async () => {
    const child = spawn(olderPython, ['-c', 'print(flush=True); input()'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    started.push(child);
    await once(child.stdout, 'data');
    const { code, stdout, stderr } = await startTimerNotify(['doctor', '--pid', String(child.pid)]).ended;
    expect(stderr).toContain(`looking into process ${child.pid}, once and from outside\n`);
    expect(stdout).toContain('seen from outside only');
    expect(code).toBe(1);
  });
});

describe.skipIf(!isThere || !hasProc())('timer-notify doctor --pid, of a Python 3.14 process', () => {
  it.each([
    ['response_stalled.py', 'response-stalled', 'response_stalled.py:7'],
    ['loop_blocked.py', 'loop-blocked', 'loop_blocked.py:12'],
    ['waits_for_itself.py', 'bridge-deadlock', 'waits_for_itself.py:13'],
    ['two_locks.py', 'bridge-deadlock', 'two_locks.py:11'],
  ])('%s: %s', async (file, verdict, place) => {
    const report = await look(await start(file));
    expect(report.verdict).toBe(verdict);
    expect(report.findings[0]?.stack[0]).toContain(place);
    expect(report.looks?.[0]?.python).toMatch(/^3\.\d+/);
  });

  it('accuses no program that goes on', async () => {
    const report = await look(await start('healthy.py'));
    expect(report).toMatchObject({ verdict: 'healthy', ok: true, findings: [], blindSpots: [] });
    expect(report.awaits).toContainEqual(expect.objectContaining({ waitsFor: 'await asyncio.sleep(0.2)' }));
  });

  it('says of a lock that is not released, and of a consumer at rest, that it can’t be determined', async () => {
    const report = await look(await start('waits_inside.py'));
    expect(report).toMatchObject({ verdict: 'healthy', ok: true, findings: [] });
    const own = report.awaits?.filter(({ upToProgram }) => upToProgram === true);
    expect(own?.map(({ waitsFor }) => waitsFor).sort()).toEqual([
      'async with lock:',
      'print(await queue.get())',
    ]);
  });

  it('leaves no module, name, thread or garbage, runs none of the program’s code, and removes its files', async () => {
    const child = await start('traces.py');
    expect((await look(child)).verdict).toBe('healthy');
    const lines = createInterface({ input: required(child.stdout) });
    child.stdin?.write('\n');
    expect(await once(lines, 'line')).toEqual(['[] [] 0 0']);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('timer-notify-look-'))).toEqual([]);
  });

  it('says within some seconds what a main thread shows that runs nothing', async () => {
    const from = performance.now();
    const report = await look(await start('asleep.py'));
    expect(performance.now() - from).toBeLessThan(12_000);
    expect(report.verdict).toBe('inconclusive');
    const said = report.findings[0]?.evidence.join('\n') ?? '';
    expect(said).toMatch(/did not get to run anything within 2 s .*py-spy/);
    expect(said).toContain('asleep.py:5');
  });

  it('says that the process was started without remote debugging, and reads its stacks', async () => {
    const report = await look(await start('loop_blocked.py', ['-X', 'disable-remote-debug']));
    expect(report.verdict).toBe('loop-blocked');
    expect(report.blindSpots.join()).toContain('disable-remote-debug');
  });

  it.skipIf(!hasAiohttp).each([
    ['loop-parked-heartbeat.py', 'loop-parked', 'loop-parked-heartbeat.py:19'],
    ['pool-exhausted-unread-bodies.py', 'pool-exhausted', 'pool-exhausted-unread-bodies.py:19'],
    ['threadpool-starved-lookup.py', 'threadpool-starved', 'threadpool-starved-lookup.py:24'],
    ['bridge-target-blocked-main.py', 'bridge-target-blocked', 'bridge-target-blocked-main.py:34'],
  ])('%s: %s', async (file, verdict, place) => {
    const child = run([`${apps}${file}`], apps);
    const until = performance.now() + 20_000;
    let report = await look(child);
    while (report.verdict !== verdict && performance.now() < until) report = await look(child);
    expect(report.verdict).toBe(verdict);
    expect(report.findings[0]?.stack[0]).toContain(place);
  });
});

/** Started, and come to the point that it prints. */
async function start(file: string, options: readonly string[] = []): Promise<ChildProcess> {
  const child = run([...options, `${programs}${file}`], programs);
  await once(createInterface({ input: required(child.stdout) }), 'line');
  return child;
}

function run(words: readonly string[], folder: string): ChildProcess {
  const child = spawn(python, [...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
  });
  started.push(child);
  return child;
}

async function look(
  child: ChildProcess,
): Promise<Required<Pick<Report, 'findings' | 'blindSpots'>> & Report> {
  const doctor = spawn(
    process.execPath,
    [cli, 'doctor', '--json', '--interval', '500ms', '--pid', String(child.pid)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const report = reportSchema.parse(JSON.parse(await text(doctor.stdout)));
  return { ...report, blindSpots: report.blindSpots ?? [] };
}

function required<Value>(value: Value | null): Value {
  if (value === null) throw new Error('missing');
  return value;
}
