import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const watch = fileURLToPath(new URL('../../lib/watch.cjs', import.meta.url));
const stalls = fileURLToPath(
  new URL('../integration/diagnosis/stalls-then-exits.process.mjs', import.meta.url),
);

describe('node --require timer-notify/watch', () => {
  it('reports a finding on stderr and on the diagnostics channel while the program runs', async () => {
    const { stdout, stderr, status } = await run({ TIMER_NOTIFY_WATCH_HANG_AFTER: '1000' });
    const [line = ''] = stderr.split('\n').filter((each) => each.startsWith('{'));
    expect(JSON.parse(line)).toMatchObject({ kind: 'timer-notify:finding', code: 'response-stalled' });
    expect(stdout).toBe('heard response-stalled\n');
    expect(status).toBe(7);
  });

  it('is off where that is asked for', async () => {
    const { stdout, stderr, status } = await run({ TIMER_NOTIFY_WATCH: 'off' });
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 7 });
  });

  it('leaves no files behind', async () => {
    const before = records();
    await run({});
    await expect
      .poll(() => records().filter((name) => !before.includes(name)), { timeout: 20_000 })
      .toEqual([]);
  });
});

function records(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('timer-notify-doctor-'));
}

async function run(settings: NodeJS.ProcessEnv) {
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  const child = spawn(process.execPath, ['--require', watch, stalls], { env: { ...env, ...settings } });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await exited;
  return { stdout, stderr, status };
}
