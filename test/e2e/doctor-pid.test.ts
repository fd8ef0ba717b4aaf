import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { hasProc, readDescriptors, readSockets, readThreads } from '../../src/diagnosis/inspect/proc.ts';
import { type Report, reportSchema } from '../../src/model/report.ts';
import { startTimerNotify } from './cli.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url));
const programs = fileURLToPath(new URL('../integration/diagnosis/', import.meta.url));

const groups: ChildProcess[] = [];

afterEach(() => {
  for (const { pid } of groups.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended, and what it had started.
    }
  }
});

describe.skipIf(!hasProc())('timer-notify doctor --pid', () => {
  it('names the server that does not answer, and the line that waits', async () => {
    const pid = await start([`${apps}response-stalled-fetch.mjs`]);
    const report = await until(pid, 'response-stalled');
    expect(report.pending).toMatchObject([{ method: 'POST', path: '/api/chat.postMessage', state: 'sent' }]);
    expect(report.findings[0]?.stack[0]).toMatch(/response-stalled-fetch\.mjs:8:/);
    const ofInspector = report.looks?.[0]?.sockets.filter(({ local }) => local.endsWith(':9229'));
    expect(ofInspector).toEqual([]);
  });

  it('finds nothing where it is interrupted before the second glance', async () => {
    const pid = await start([`${apps}response-stalled-fetch.mjs`]);
    await until(pid, 'response-stalled');
    const look = startTimerNotify(['doctor', '--pid', String(pid), '--interval', '1h']);
    await look.stderrHas('looking into process');
    look.child.kill('SIGINT');
    const { code, stdout } = await look.ended;
    expect(stdout).toContain('The look was interrupted before its second glance');
    expect(stdout).not.toContain('response-stalled');
    expect(code).toBe(130);
  });

  it('says of a request that comes and goes that it is under way', async () => {
    const pid = await start([`${programs}hanging/healthy-polls.process.mjs`]);
    await until(pid, 'healthy');
    const report = await look(pid);
    expect(report.awaits?.map(({ waitsFor }) => waitsFor)).toEqual([expect.stringContaining('fetch(url)')]);
    expect(report.pending).toMatchObject([{ method: 'GET', state: 'sent' }]);
  });

  it('names the parked thread whose request waits', async () => {
    const pid = await start([`${apps}loop-parked-heartbeat.cjs`]);
    const report = await until(pid, 'loop-parked');
    expect(report.threads).toContainEqual(expect.objectContaining({ name: 'heartbeat', state: 'parked' }));
    expect(report.findings[0]?.stack[0]).toMatch(/loop-parked-heartbeat\.cjs:\d+/);
  });

  it.each([
    ['two threads that wait for each other', 'bridge-deadlock', 'bridge-deadlock-spinning.cjs'],
    ['a queue behind unread replies', 'pool-exhausted', 'pool-exhausted-unread-bodies.cjs'],
    ['an HTTP/2 stream without a reply', 'response-stalled', 'response-stalled-http2.mjs'],
    ['a body shorter than announced', 'request-incomplete', 'request-incomplete-wrong-length.cjs'],
    ['a body whose stream gives no more', 'request-incomplete', 'request-incomplete-silent-stream.mjs'],
    ['a loop kept busy by promise callbacks', 'loop-blocked', 'loop-blocked-microtasks.mjs'],
    ['a server that never closes', 'await-unsettled', 'await-unsettled-server-close.cjs'],
    ['a proxy that does not answer CONNECT', 'connect-stalled', 'connect-stalled-proxy.mjs'],
    ['a message to a parked thread', 'bridge-target-blocked', 'bridge-target-blocked-sender-thread.mjs'],
    ['a request begun in the statement before the park', 'loop-parked', 'loop-parked-eval-worker.cjs'],
    ['code that can go on, and whose thread is parked', 'loop-parked', 'loop-parked-before-request.cjs'],
    [
      'a child’s message to a blocked parent',
      'bridge-target-blocked',
      'bridge-target-blocked-parent-process.cjs',
    ],
    ['a call before which nothing is sent', 'loop-blocked', 'loop-blocked-message-handler.mjs'],
  ])('names %s: %s', async (_what, verdict, file) => {
    await until(await start([`${apps}${file}`]), verdict);
  });

  it.each([
    ['response-stalled', 'unanswered-then.process.mjs:8:'],
    ['response-stalled', 'unanswered-callback.process.cjs:7:'],
    ['body-stalled', 'unread-reply.process.cjs:9:'],
    ['await-unsettled', 'lock-then.process.mjs:16:'],
    ['await-unsettled', 'lock-farewell.process.mjs:6:'],
    ['never-requested', 'stuck-queue.process.mjs:7:'],
  ])('names the program’s own line of %s: %s', async (verdict, place) => {
    const [file = ''] = place.split(':');
    const report = await until(await start([`${programs}hanging/${file}`]), verdict);
    expect(report.findings[0]?.stack[0]).toContain(place);
  });

  it.each([
    ['who waits for the next item', 'healthy-waits.process.mjs'],
    ['whose job has still to call back', 'healthy-queue.process.mjs'],
    ['who says goodbye once it is told to stop', 'healthy-farewell.process.mjs'],
  ])('accuses nobody %s', async (_who, file) => {
    const pid = await start([`${programs}hanging/${file}`]);
    await until(pid, 'healthy');
    expect((await look(pid)).findings).toEqual([]);
  });

  it.each([
    ['a lock that nobody releases', 'lock-kept.process.mjs', /lock-kept\.process\.mjs:\d+:\d+ \(acquire\)/],
    ['a consumer at rest', 'consumer-at-rest.process.mjs', /consumer-at-rest\.process\.mjs:\d+:\d+ \(next\)/],
  ])('says of %s what waits, and that it can’t be determined', async (_what, file, place) => {
    const pid = await start([`${programs}hanging/${file}`]);
    const { awaits } = await until(pid, 'healthy');
    expect(awaits?.map(({ chain: [at], upToProgram }) => [at, upToProgram])).toEqual([
      [expect.stringMatching(place), true],
    ]);
    const { stdout, status } = await doctor(['--pid', String(pid)]);
    expect(stdout).toMatch(/^⚠ healthy as far as can be seen\n/);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /One call waits for what only code of the program settles, .* stuck, or at rest .* can’t be determined\./,
    );
    expect(status).toBe(0);
  });

  it('holds nobody for doubtful who waits for events of Node’s, or to be stopped', async () => {
    const pid = await start([`${programs}hanging/healthy-events.process.mjs`]);
    const { awaits } = await until(pid, 'healthy');
    expect(awaits?.length).toBeGreaterThan(1);
    expect(awaits?.filter(({ upToProgram }) => upToProgram === true)).toEqual([]);
    const { stdout } = await doctor(['--pid', String(pid)]);
    expect(stdout).toMatch(/^✔ healthy\n {2}Nothing was seen to be stuck: no request is under way\./);
  });

  it('names the await that nobody settles, with its chain', async () => {
    const report = await until(await start([`${programs}inspected-program.process.mjs`]), 'await-unsettled');
    const stuck = report.awaits?.find(({ waitsFor }) => waitsFor.startsWith('lock.acquire()'));
    expect(stuck?.chain.map((place) => place.replace(/^.*\//, ''))).toEqual([
      'inspected-program.process.mjs:14:3 (notify)',
      'inspected-program.process.mjs:18:3 (onTick)',
    ]);
  });

  it('says from outside what a process waits for that is blocked in execSync, and sends it no signal', async () => {
    const pid = await start(['-e', "setTimeout(() => require('child_process').execSync('sleep 60'), 50)"]);
    const report = await until(pid, 'loop-blocked');
    expect(report.findings[0]?.evidence.join()).toContain('sleep 60');
    expect(report.blindSpots?.join()).toContain('requests, awaits and timers were not seen');
    expect(readSockets(pid)).toEqual([]);
  });

  it('leaves a process as it was', async () => {
    const pid = await start([`${programs}inspected-program.process.mjs`]);
    await until(pid, 'await-unsettled');
    const before = footprint(pid);
    await look(pid);
    expect(footprint(pid)).toEqual(before);
  });

  it('knows the snapshot’s limit, and says what was not seen', async () => {
    const pid = await start([`${programs}inspected-program.process.mjs`]);
    await until(pid, 'await-unsettled');
    const report = await look(pid, ['--max-heap', '1MB']);
    expect(report.blindSpots?.join()).toMatch(/may stop the thread for .*; --max-heap \d+MB overrides that/);
    expect(report).toMatchObject({ verdict: 'inconclusive', awaits: [] });
    expect(report.looks).toMatchObject([{ snapshotPauseMs: 0, heapPausesMs: 0 }]);
  });

  it('names the program’s timers, with their lines and whether they hold the thread', async () => {
    const pid = await start([`${programs}hanging/healthy-timers.process.mjs`]);
    const { looks } = await until(pid, 'healthy');
    const timers = looks?.[0]?.timers.map(({ at, ...rest }) => ({ ...rest, at: at.replace(/^.*\//, '') }));
    expect(timers).toMatchObject([
      { at: 'healthy-timers.process.mjs:2', delayMs: 60_000, repeats: true, holdsTheThread: true },
      { at: 'healthy-timers.process.mjs:3', delayMs: 3_600_000, repeats: false, holdsTheThread: false },
    ]);
  });

  it('refuses a process that is no Node program without a signal to it', async () => {
    const sleeper = spawn('sleep', ['60'], { detached: true });
    groups.push(sleeper);
    await once(sleeper, 'spawn');
    const report = await look(sleeper.pid ?? 0);
    expect(report).toMatchObject({ verdict: 'inconclusive', ok: false });
    expect(sleeper.signalCode).toBeNull();
  });

  it('refuses what is no process, in one line', async () => {
    const { status, stderr } = await doctor(['--pid', String(2 ** 22 - 1)]);
    expect(status).toBe(2);
    expect(stderr.trim()).toMatch(
      /^error: cannot look into process \d+; there is no process \d+; check the id/,
    );
  });
});

async function start(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: ownEnv(), detached: true });
  groups.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

/** A busy machine may take long until the fault has come: looks until it shows. */
async function until(pid: number, verdict: string): Promise<Report> {
  for (let tries = 0; ; tries++) {
    const report = await look(pid);
    if (report.verdict === verdict || tries === 4) {
      expect(report.verdict).toBe(verdict);
      return report;
    }
  }
}

async function look(pid: number, args: readonly string[] = []): Promise<Report> {
  const { stdout } = await doctor(['--json', '--pid', String(pid), ...args]);
  return reportSchema.parse(JSON.parse(stdout));
}

async function doctor(args: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'doctor', ...args], { env: ownEnv() });
  const status = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await status;
  return { stdout, stderr, status: code };
}

function footprint(pid: number) {
  return {
    threads: readThreads(pid).length,
    listening: readSockets(pid).filter(({ state }) => state === 'listening'),
    open: readDescriptors(pid)?.open,
  };
}

/** Without the options of the runner. */
function ownEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  return env;
}
