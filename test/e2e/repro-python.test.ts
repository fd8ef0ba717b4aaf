import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/model/cell.ts';
import type { Report } from '../../src/model/report.ts';
import { startTimerNotify, timerNotify } from './cli.ts';
import { pythonOrNull } from './python.ts';

const python = await pythonOrNull();

const run = (...args: string[]) => timerNotify('repro', '--runtime', 'python', ...args);

async function reportOf(...args: string[]): Promise<Report> {
  return JSON.parse((await run('--json', ...args)).stdout);
}

function outcomeOf(report: Report, context: string, strategy: string): string {
  const cell = report.cells.find(
    (candidate) =>
      candidate.path === 'expiry' && candidate.context === context && candidate.strategy === strategy,
  );
  return cell === undefined ? 'not run' : wordOf(cell);
}

function wordOf(cell: Cell): string {
  return (
    (['delivered', 'late', 'failed', 'hung', 'lost'] as const).find((word) => cell[word] === cell.sent) ??
    'mixed'
  );
}

describe.skipIf(python === null)('repro --runtime python', () => {
  it('hangs at "making POST request..." on a loop whose run_until_complete has returned', async () => {
    const report = await reportOf('--context', 'parked', '--strategy', 'detached');
    const expiry = report.timelines?.find(({ path }) => path === 'expiry');
    expect(expiry?.lines.map(({ text }) => text)).toEqual([
      'timer expired, detected in heartbeat',
      'making POST request... (heartbeat)',
      'run_until_complete returned; this loop no longer runs',
      'nothing more within the patience of 1 s, nor in the 500 ms after it: no message, no error; the client’s own timeout of 800 ms did not fire',
    ]);
  });

  it('delivers from a session made in a background thread whose own loop runs', async () => {
    expect(
      outcomeOf(await reportOf('--context', 'worker', '--strategy', 'detached'), 'worker', 'detached'),
    ).toBe('delivered');
  });

  it('comes out as its scenario expects in every cell', async () => {
    const report = await reportOf();
    const unexpected = report.cells.filter(({ expected }) => expected !== true);
    expect(
      unexpected.map(({ path, context, strategy, cause }) => `${path} ${context} ${strategy} ${cause}`),
    ).toEqual([]);
    expect(report.cells).toHaveLength(140);
  });

  it('names the cause of what did not arrive', async () => {
    const report = await reportOf('--context', 'parked,main-waiting', '--strategy', 'detached,bridged');
    const causes = report.cells
      .filter(({ path, delivered }) => path === 'expiry' && delivered === 0)
      .map(({ context, strategy, cause }) => `${context} ${strategy}: ${cause}`);
    expect(causes).toEqual(['parked detached: loop-parked', 'main-waiting bridged: bridge-deadlock']);
  });

  it('delivers a thousand expiries at once, each once, though the program ends', async () => {
    const report = await reportOf(
      '--context',
      'main-exiting',
      '--strategy',
      'shared-pool',
      '--count',
      '1000',
      '--patience',
      '10s',
    );
    const cell = report.cells.find(({ path }) => path === 'expiry');
    expect([cell?.sent, (cell?.delivered ?? 0) + (cell?.late ?? 0), cell?.duplicates]).toEqual([
      1000, 1000, 0,
    ]);
  });

  it('shows the interpreter’s versions', async () => {
    expect((await reportOf('--context', 'main', '--strategy', 'detached')).environment.python?.aiohttp).toBe(
      python?.aiohttp,
    );
  });

  it('suggests the nearest context of the Python trials', async () => {
    const { code, stderr } = await run('--context', 'main-waitin');
    expect(stderr).toContain('did you mean "main-waiting"?');
    expect(code).toBe(2);
  });

  it('stops when interrupted, reports what is known and leaves no process', async () => {
    const mark = `REPRO_MARK=${randomUUID()}`;
    const { child, ended, stderrHas } = startTimerNotify(['repro', '--runtime', 'python'], {
      env: { REPRO_MARK: mark.slice(mark.indexOf('=') + 1) },
    });
    await stderrHas('running the trials');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('interrupted: what is known so far');
    expect(code).toBe(130);
    expect(processesWith(mark)).toEqual([]);
  });
});

/** Those whose environment has the mark; none can be found where there is no /proc. */
function processesWith(mark: string): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // It has ended, or is another user's.
    return '';
  }
}

describe('repro --runtime python without what it needs', () => {
  it('says what is missing and how to install it', async () => {
    const { code, stderr } = await run('--python', '/nonexistent/python3');
    expect(stderr).toMatch(/^error: the Python trials can’t run; .*; .*apt install python3-aiohttp/);
    expect(code).toBe(2);
  });
});
