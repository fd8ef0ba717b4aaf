import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { timerNotify } from './cli.ts';

const program = fileURLToPath(new URL('./hostile-record.cjs', import.meta.url));

describe('doctor -- a program that does something to its record', () => {
  test.each(['fifo', 'link', 'folder', 'garbage', 'endless line'])(
    'is diagnosed all the same: %s',
    async (what) => {
      const { code, stdout, stderr } = await timerNotify(
        'doctor',
        '--json',
        '--timeout',
        '20s',
        '--',
        process.execPath,
        program,
        what,
      );
      expect(stderr).not.toContain('report it');
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'healthy' });
      expect(code).toBe(0);
    },
  );

  test('accuses nobody where the record was removed, whether it was read before or not', async () => {
    const args = ['--timeout', '20s', '--', process.execPath, program, 'removed'];
    const { stdout, stderr } = await timerNotify('doctor', '--json', ...args);
    expect(stderr).not.toContain('report it');
    expect(['healthy', 'inconclusive']).toContain(JSON.parse(stdout).verdict);
  });

  test('changes no file that is none of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'timer-notify-record-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    const args = ['--timeout', '3s', '--', process.execPath, program, 'linked question', file];
    await timerNotify('doctor', '--json', ...args);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test.skipIf(process.platform === 'win32')(
    'signals no process that is not the program’s, whatever the record names',
    async () => {
      const bystander = spawn('sleep', ['60']);
      onTestFinished(() => void bystander.kill());
      await once(bystander, 'spawn');
      await timerNotify(
        'doctor',
        '--json',
        '--timeout',
        '4s',
        '--hang-after',
        '1s',
        '--',
        process.execPath,
        program,
        'forged pid',
        String(bystander.pid),
      );
      expect({ code: bystander.exitCode, signal: bystander.signalCode }).toEqual({
        code: null,
        signal: null,
      });
    },
  );

  test.skipIf(process.platform === 'win32')('ends what a launcher has left behind', async () => {
    const script = `"${process.execPath}" -e "setInterval(() => {}, 1000); console.error('pid ' + process.pid)" & wait`;
    const { stderr } = await timerNotify('doctor', '--json', '--timeout', '3s', '--', 'sh', '-c', script);
    const pid = Number(/pid (\d+)/.exec(stderr)?.[1]);
    // Nobody may have read its exit code where this runs in a container.
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    expect(stdout.trim()).toMatch(/^(Z|$)/);
  });
});
