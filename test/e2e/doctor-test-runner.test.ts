import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { startTimerNotify } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'test-runner-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each waits for all to have begun: they pass only where the runner has all of them under way at once. */
const meeting = (name: string) => `
import { test } from 'node:test';
import { readdirSync, watch, writeFileSync } from 'node:fs';
const here = new URL('./begun/', import.meta.url);
test('meets the other files', { timeout: 30_000 }, (_test, done) => {
  let isDone = false;
  const look = () => {
    if (isDone || readdirSync(here).length < 3) return;
    isDone = true;
    watcher.close();
    done();
  };
  const watcher = watch(here, look);
  writeFileSync(new URL('${name}', here), '');
  look();
});
`;
const clustered = `
const cluster = require('node:cluster');
if (cluster.isPrimary) cluster.fork().on('exit', () => console.log('forked'));
else { console.log('ports', process.execArgv.filter((option) => option.startsWith('--inspect')).length); process.exit(); }
`;

describe('a program that looks for an inspector', () => {
  it.each(['alone', 'watched'])('has as many test files under way at once: %s', async (how) => {
    const project = mkdtempSync(join(folder, 'project-'));
    for (const name of ['one', 'two', 'three'])
      writeFileSync(join(project, `${name}.test.mjs`), meeting(name));
    mkdirSync(join(project, 'begun'));
    const command = [process.execPath, '--test', '--test-concurrency=3'];
    expect(await printedBy(how, command, project)).toMatch(/(?:#|ℹ) pass 3/);
  });

  it.each(['alone', 'watched'])('gives the workers of a cluster no inspector’s port: %s', async (how) => {
    writeFileSync(join(folder, 'clustered.cjs'), clustered);
    const printed = await printedBy(how, [process.execPath, 'clustered.cjs'], folder);
    expect(printed).toContain('ports 0');
    expect(printed).toContain('forked');
  });
});

async function printedBy(how: string, [file = '', ...args]: readonly string[], cwd: string): Promise<string> {
  if (how === 'watched') {
    const { stdout, stderr } = await startTimerNotify(['doctor', '--', file, ...args], { cwd }).ended;
    return stdout + stderr;
  }
  const { PATH, HOME } = process.env;
  const alone = spawn(file, args, { cwd, env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await Promise.all([text(alone.stdout), once(alone, 'close')]);
  return printed;
}
