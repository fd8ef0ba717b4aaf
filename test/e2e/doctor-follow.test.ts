import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasProc, list, readCommandLine } from '../../src/diagnosis/inspect/proc.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url));
const stalls = fileURLToPath(
  new URL('../integration/diagnosis/stalls-then-exits.process.mjs', import.meta.url),
);

describe('timer-notify doctor --follow', () => {
  it('prints each finding once when it is proven, then the report, and exits as the program does', async () => {
    const { stdout, status } = await doctor([
      '--follow',
      '--json',
      '--hang-after',
      '1s',
      '--',
      process.execPath,
      stalls,
    ]);
    const lines: readonly { kind: string; code?: string; verdict?: string }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind }) => kind)).toEqual(['finding', 'doctor']);
    expect(lines[0]).toMatchObject({ code: 'response-stalled', request: { path: '/notify' } });
    expect(status).toBe(7);
  });

  it('says each finding once in text, too', async () => {
    const { stderr } = await doctor(['--follow', '--hang-after', '1s', '--', process.execPath, stalls]);
    expect(stderr.match(/✖ response-stalled/g)).toHaveLength(2); // the finding, and the verdict at the end
    expect(stderr).not.toContain('Evidence');
  });

  it('fails on a finding where that is asked for', async () => {
    const { status } = await doctor([
      '--follow',
      '--fail-on-finding',
      '--hang-after',
      '1s',
      '--',
      process.execPath,
      stalls,
    ]);
    expect(status).toBe(1);
  });

  it('refuses to follow nothing', async () => {
    const { status, stderr } = await doctor(['--follow']);
    expect(status).toBe(2);
    expect(stderr).toContain('error: --follow has no program');
  });
});

describe('timer-notify doctor -- <command>', () => {
  it('ends early once nothing can change the verdict any more', async () => {
    const args = ['--json', '--timeout', '10m', '--hang-after', '1s', '--', process.execPath];
    const { stdout, stderr } = await doctor([...args, `${apps}loop-parked-heartbeat.cjs`]);
    expect(JSON.parse(stdout).verdict).toBe('loop-parked');
    expect(stderr).toContain('the verdict could not change any more');
  });

  it.skipIf(!hasProc())('leaves nothing behind that the program had started', async () => {
    const marker = `sleep 7${process.pid}`;
    await doctor([
      '--timeout',
      '2s',
      '--until',
      'timeout',
      '--',
      process.execPath,
      '-e',
      `require('child_process').execSync('${marker}')`,
    ]);
    const left = list('/proc').filter(
      (pid) => /^\d+$/.test(pid) && readCommandLine(Number(pid)).join(' ') === marker,
    );
    expect(left).toEqual([]);
  });
});

async function doctor(args: readonly string[]) {
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  const child = spawn(process.execPath, [cli, 'doctor', ...args], { env });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { stdout, stderr, status };
}
