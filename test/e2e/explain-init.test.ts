import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { causes } from '../../dist/model/cause.js';
import { parseConfigFile } from '../../dist/options/config-file.js';
import { fileLayer } from '../../dist/options/layers.js';
import { startTimerNotify, timerNotify } from './cli.ts';

describe('explain', () => {
  it.each(causes.filter((cause) => cause !== 'healthy'))(
    'says what %s looks like and how to fix it',
    async (cause) => {
      const { stdout, code } = await timerNotify('explain', cause);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        new RegExp(`^${cause}\n\nWhat it looks like\\. [\\s\\S]*Why it happens\\. [\\s\\S]*Fix\\. `),
      );
    },
  );

  it('lists every cause in a line when none is named', async () => {
    const { stdout, code } = await timerNotify('explain');
    expect(code).toBe(0);
    for (const cause of causes) expect(stdout).toMatch(new RegExp(`^${cause} +\\S.*[^ ]$`, 'm'));
  });

  it('says where its programs are', async () => {
    const { stdout } = await timerNotify('explain', 'loop-parked');
    expect(stdout).toMatch(/^Programs: loop-parked-piscina\.mjs, /m);
    expect(stdout).toMatch(/^https:\S+\/fixtures\/apps$/m);
  });

  it('suggests the nearest cause for a typing mistake', async () => {
    const { stderr, code } = await timerNotify('explain', 'loop-parkd');
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "loop-parked"?')]);
  });
});

describe('init', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'timer-notify-init-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('writes a configuration that sets nothing, and a CI job', async () => {
    const { code } = await startTimerNotify(['init'], { cwd: directory }).ended;
    expect(code).toBe(0);
    const text = readFileSync(join(directory, 'timer-notify.config.yaml'), 'utf8');
    expect(text).toContain('# delivery:');
    expect(fileLayer(parseConfigFile('c.yaml', text))).toEqual({});
    expect(existsSync(join(directory, '.github/workflows/timer-notify.yml'))).toBe(true);
  });

  it('writes nothing where it can’t write everything', async () => {
    writeFileSync(join(directory, '.github'), '');
    const { code, stderr } = await startTimerNotify(['init'], { cwd: directory }).ended;
    expect(stderr).toMatch(/^error: cannot write \.github\/\S+; a part of its path is a file; /);
    expect([code, existsSync(join(directory, 'timer-notify.config.yaml'))]).toEqual([2, false]);
  });

  it.each([
    ['pnpm-lock.yaml', '', 'pnpm install --frozen-lockfile', 'pnpm add --save-dev'],
    ['yarn.lock', '# yarn lockfile v1', 'yarn install --frozen-lockfile', 'yarn add --dev'],
    ['yarn.lock', '__metadata:', 'yarn install --immutable', 'yarn add --dev'],
    ['package-lock.json', '{}', 'npm ci', 'npm install --save-dev'],
  ])('writes the job for what wrote %s', async (lockfile, text, install, add) => {
    writeFileSync(join(directory, lockfile), text);
    const { stdout } = await startTimerNotify(['init'], { cwd: directory }).ended;
    const job = readFileSync(join(directory, '.github/workflows/timer-notify.yml'), 'utf8');
    expect(job).toContain(`- run: ${install}\n`);
    expect(job).toContain(`cache: ${install.split(' ')[0]} }`);
    expect(job).toContain(`- run: ${lockfile === 'yarn.lock' ? 'yarn' : 'npx'} timer-notify bench `);
    expect(job).toContain(`: ${add} timer-notify\n`);
    expect(stdout).toMatch(new RegExp(`: ${add} timer-notify\n$`));
  });

  it('does not ask for a package that the project has', async () => {
    writeFileSync(join(directory, 'package.json'), '{ "devDependencies": { "timer-notify": "*" } }');
    const { stdout } = await startTimerNotify(['init'], { cwd: directory }).ended;
    expect(stdout).not.toContain('install');
  });

  it('overwrites nothing unless it is told to', async () => {
    await startTimerNotify(['init'], { cwd: directory }).ended;
    const again = await startTimerNotify(['init'], { cwd: directory }).ended;
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('add --force')]);
    expect((await startTimerNotify(['init', '--force'], { cwd: directory }).ended).code).toBe(0);
  });
});
