import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTimerNotify, timerNotify, timerNotifyWith } from './cli.ts';

interface CellSeen {
  readonly path: string;
  readonly context: string;
  readonly strategy: string;
  readonly sent: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly hung: number;
  readonly lost: number;
  readonly failed: number;
  readonly errors: readonly { code: string; count: number }[];
  readonly cause: string | null;
  readonly expected: boolean | null;
  readonly skipped: string | null;
}

async function cellsOf(...args: string[]): Promise<readonly CellSeen[]> {
  const { stdout } = await timerNotify('repro', '--json', ...args);
  const report: { cells: CellSeen[] } = JSON.parse(stdout);
  return report.cells;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('timer-notify repro', () => {
  it('comes out as its scenarios expect in every context × strategy, and confirms in every cell', async () => {
    const { code, stdout } = await timerNotify('repro', '--json');
    const report: { ok: boolean; schemaVersion: number; kind: string; cells: CellSeen[] } =
      JSON.parse(stdout);

    const run = report.cells.filter(({ skipped }) => skipped === null);
    expect(run.filter(({ expected }) => expected !== true)).toEqual([]);
    expect(report).toMatchObject({ ok: true, schemaVersion: 1, kind: 'repro' });
    expect(code).toBe(0);
    const confirmations = run.filter(({ path }) => path === 'confirmation');
    expect(confirmations.length).toBeGreaterThanOrEqual(70);
    expect(confirmations.filter(({ sent, delivered }) => sent !== delivered)).toEqual([]);
  });

  it('names the cause of each expiry that did not arrive', async () => {
    const cells = await cellsOf(
      '--path',
      'expiry',
      '--context',
      'parked,blocked,exiting,main-exiting',
      '--strategy',
      'detached',
    );

    expect(Object.fromEntries(cells.map(({ context, cause }) => [context, cause]))).toEqual({
      parked: 'loop-parked',
      blocked: 'loop-blocked',
      exiting: 'thread-exited',
      'main-exiting': 'process-exited',
    });
  });

  it.each(['worker', 'parked', 'exiting', 'main-exiting'])(
    'shared-pool delivers 1000 expiries at once in %s, each once, by the server’s record',
    async (context) => {
      const cells = await cellsOf(
        '--context',
        context,
        '--strategy',
        'shared-pool',
        '--count',
        '1000',
        '--patience',
        '10s',
      );

      expect(cells).toMatchObject([
        { path: 'confirmation', sent: 1000, delivered: 1000, duplicates: 0 },
        { path: 'expiry', sent: 1000, delivered: 1000, duplicates: 0 },
      ]);
    },
  );

  it.each([
    ['hang', 'timed-out'],
    ['reset', 'reset'],
    ['half-body', 'reset'],
    ['status-500', 'http-error'],
    ['rate-limit', 'rate-limited'],
    ['bad-json', 'bad-response'],
    ['refuse', 'refused'],
  ])('with %s in every request, every sender is told %s', async (fault, code) => {
    const cells = await cellsOf('--context', 'worker', '--fault', `${fault}:100%`);

    expect(cells).toHaveLength(10);
    for (const cell of cells)
      expect(cell).toMatchObject({ failed: 1, hung: 0, lost: 0, errors: [{ code, count: 1 }] });
  });

  it('tells the story of the failure: what the log says, and what never came', async () => {
    const { stdout, stderr, code } = await timerNotify('repro', '--context', 'parked');

    expect(stdout).toContain('making POST request...');
    expect(stdout).toContain('Received response with status: 200');
    // However its lines are wrapped.
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the client’s own timeout of 800 ms did not fire');
    expect(stdout).not.toContain('\u001b[');
    expect(stderr).toContain('starting the emulator');
    expect(code).toBe(0);
  });

  it('fits 80 columns and a narrower pipe without a line being cut', async () => {
    const { stdout } = await timerNotify('repro', '--context', 'parked,main-blocked');
    const longest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(100);
  });

  it('writes its report to files beside printing it', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'repro.json');
    await timerNotify('repro', '--context', 'main', '--strategy', 'bridged', '-o', file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      kind: 'repro',
      cells: [{}, {}],
      trials: { contexts: ['main'], strategies: ['bridged'], count: 1, afterMs: 100, patienceMs: 1000 },
    });
  });

  it('keeps what V8 has compiled of the trials in a folder that is the user’s alone, and comes out alike', async () => {
    const env = { TMPDIR: temporaryFolder() };
    const args = ['repro', '--json', '--context', 'main,worker'];
    const outcomes = async () => {
      const report: { cells: CellSeen[] } = JSON.parse((await timerNotifyWith(env, ...args)).stdout);
      return report.cells.map(({ context, strategy, expected }) => [context, strategy, expected]);
    };
    const first = await outcomes();
    const folder = readdirSync(env.TMPDIR).find((name) => name.startsWith('timer-notify-compiled-')) ?? '';
    const kept = readdirSync(join(env.TMPDIR, folder));

    expect(statSync(join(env.TMPDIR, folder)).mode & 0o777).toBe(0o700);
    expect(kept).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(await outcomes()).toEqual(first);
    expect(first.filter(([, , expected]) => expected !== true)).toEqual([]);
  });

  it('says why a context is skipped', async () => {
    const { stdout } = await timerNotify('repro', '--context', 'piscina', '--strategy', 'bridged');
    expect(stdout).toMatch(/piscina/);
  });

  it.each([
    { signal: 'SIGHUP', exitCode: 129 },
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)(
    'prints what it knows and leaves no process behind when its group gets $signal',
    async ({ signal, exitCode }) => {
      const { child, ended } = startTimerNotify(
        ['repro', '--json', '--patience', '20s', '--context', 'parked'],
        { detached: true },
      );
      const { pid } = child;
      if (pid === undefined) throw new Error('not started');
      await started(pid);
      // As `timeout` does it: the command first, and then its whole group.
      child.kill(signal);
      process.kill(-pid, signal);
      const { code, stdout } = await ended;

      expect(code).toBe(exitCode);
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'repro', partial: true, ok: false });
      expect(processesOf(pid)).toEqual([]);
    },
  );
});

/** Resolves when a trial of the process group runs. */
async function started(group: number): Promise<void> {
  while (!processesOf(group).some((command) => command.includes('trial.process.js'))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Command lines of the processes in a group; Linux only. */
function processesOf(group: number): string[] {
  const ps = spawnSync('ps', ['-o', 'args=', '-g', String(group)]);
  return ps.stdout
    .toString()
    .split('\n')
    .filter((line) => line.includes('.process.js'));
}
