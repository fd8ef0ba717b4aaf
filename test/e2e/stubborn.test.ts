import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startTimerNotify } from './cli.ts';

/** Ignores what can be ignored, and says who it is. */
const stub =
  'for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => {}); console.error("stub " + process.pid); setInterval(() => {}, 1000);';

async function start(command: readonly string[]) {
  const running = startTimerNotify([...command, '--', process.execPath, '-e', stub]);
  let pid = 0;
  running.child.stderr?.on('data', (text: string) => {
    pid ||= Number(/stub (\d+)/.exec(text)?.[1] ?? 0);
  });
  await running.stderrHas('stub ');
  return { ...running, isAlive: () => isAlive(pid) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('doctor: a second signal kills the program at once, and what was seen is printed', async () => {
  const { child, ended, isAlive } = await start(['doctor']);
  child.kill('SIGINT');
  await sleep(500);
  child.kill('SIGINT');
  const { code, stdout } = await ended;
  expect([code, isAlive()]).toEqual([130, false]);
  expect(stdout).toContain('interrupted');
});

it('serve: a program that ignores SIGTERM is killed some seconds later', async () => {
  const { child, ended, isAlive } = await start(['serve']);
  child.kill('SIGTERM');
  const { code } = await ended;
  expect([code, isAlive()]).toEqual([143, false]);
});

it('serve: a second signal kills it at once', async () => {
  const { child, ended, isAlive } = await start(['serve']);
  child.kill('SIGTERM');
  await sleep(500);
  child.kill('SIGTERM');
  const { code } = await ended;
  expect([code, isAlive()]).toEqual([143, false]);
});
