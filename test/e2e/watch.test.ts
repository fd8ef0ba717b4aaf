import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const watch = fileURLToPath(new URL('../../lib/watch.cjs', import.meta.url));
const stalls = fileURLToPath(
  new URL('../integration/diagnosis/stalls-then-exits.process.mjs', import.meta.url),
);
const stallsInWorker = fileURLToPath(
  new URL('../integration/diagnosis/stalls-in-worker.process.mjs', import.meta.url),
);

describe('node --require timer-notify/watch', () => {
  it('reports a finding on stderr and on the diagnostics channel while the program runs', async () => {
    const { stdout, stderr, status } = await run({ TIMER_NOTIFY_WATCH_HANG_AFTER: '1s' });
    const [line = ''] = stderr.split('\n').filter((each) => each.startsWith('{'));
    expect(JSON.parse(line)).toMatchObject({ kind: 'timer-notify:finding', code: 'response-stalled' });
    expect(stdout).toBe('heard response-stalled\n');
    expect(status).toBe(7);
  });

  it.each(['inherited', 'own'])('follows worker threads, with %s options', async (options) => {
    const { stdout, stderr } = await run({ TIMER_NOTIFY_WATCH_HANG_AFTER: '1s' }, [stallsInWorker, options]);
    const [line = ''] = stderr.split('\n').filter((each) => each.startsWith('{'));
    expect(JSON.parse(line)).toMatchObject({ code: 'response-stalled', thread: { isMain: false } });
    expect(stdout).toBe('heard response-stalled\n');
  });

  it('names a setting that it does not accept, and watches with the default', async () => {
    const { stderr, status } = await run({ TIMER_NOTIFY_WATCH_HANG_AFTER: 'soon' }, [
      '--eval',
      'process.exit(7)',
    ]);
    expect(stderr).toMatch(/^timer-notify\/watch: bad TIMER_NOTIFY_WATCH_HANG_AFTER "soon"; .*; the default/);
    expect(status).toBe(7);
  });

  it('is off where that is asked for', async () => {
    const { stdout, stderr, status } = await run({ TIMER_NOTIFY_WATCH: 'off' });
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 7 });
  });

  it.each([
    { how: 'by itself', program: [stalls] },
    { how: 'at once', program: ['--eval', 'process.exit(7)'] },
    { how: 'by SIGKILL', program: ['--eval', 'process.kill(process.pid, "SIGKILL")'] },
    { how: 'by SIGKILL to its group', program: ['--eval', 'process.kill(-process.pid, "SIGKILL")'] },
    { how: 'by a file that is missing', program: ['missing.mjs'] },
  ])('leaves no files and no process behind where the program ends $how', async ({ program }) => {
    const folder = mkdtempSync(join(tmpdir(), 'timer-notify-watch-'));
    // The collector has the program's stderr: the end of that is the collector's.
    await run({ TMPDIR: folder }, program);
    expect(readdirSync(folder)).toEqual([]);
    rmdirSync(folder);
  });
});

async function run(settings: NodeJS.ProcessEnv, program: readonly string[] = [stalls]) {
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  const child = spawn(process.execPath, ['--require', watch, ...program], {
    env: { ...env, ...settings },
    detached: true,
  });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await exited;
  return { stdout, stderr, status };
}
