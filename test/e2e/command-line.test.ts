import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasProc } from '../../src/diagnosis/inspect/proc.ts';
import { bin, timerNotify } from './cli.ts';

describe('a wrong command line', () => {
  it.each([
    [['repro', '--context', 'wroker'], 'did you mean "worker"?'],
    [['repro', '--strategy', 'shared-pol'], 'did you mean "shared-pool"?'],
    [['repro', '--after', '10'], 'write the unit, for example 10ms or 10s'],
    [['repro', '--fault', 'hng:10%'], 'did you mean "hang"?'],
    [['repro', '-o', '/dev/null/x.json'], 'name another path'],
    [['repro', '--jsn'], 'did you mean "--json"?'],
    [
      ['repro', '--handler', 'x.mjs'],
      '--handler is an option of doctor; did you mean: timer-notify doctor --',
    ],
    [
      ['send', '--rounds=3'],
      '--rounds is an option of bench; did you mean: timer-notify bench --rounds <n>?',
    ],
    [['send', '--fault', 'hang'], '--fault is an option of repro, bench and serve; see timer-notify send'],
    [['send', '--unfurl-links=maybe'], 'it takes none; write --unfurl-links alone'],
    [['send', '--icon-url', 'x'], 'it is not an http or https URL; it takes: URL of an image'],
    [['doctor', '--handler', '.'], 'it is a directory; name the file in it'],
    [['init', '--only-env-token'], '--only-env-token is an option of serve'],
    [['init', 'here'], 'too many arguments for "init"; the command takes no more than that; see --help'],
    [['repo'], 'did you mean "repro"?'],
    [['help', 'bnch'], 'did you mean "bench"?'],
    [['repro', '--context', ','], 'leave the option out'],
    [['bench', '--strategy', ''], 'leave the option out'],
    [['--quiet', 'repro'], 'timer-notify <command> --quiet'],
    [['repro', '--patience', '0ms'], 'it must be above 0'],
    [['bench', '--duration', '0s'], 'it must be above 0'],
    [['bench', '--reply-size', '128'], 'write for example 128KB'],
    [['report', '--threshold', 'hung==0', 'no.json'], 'there is no such file'],
    [['repro', '--config', 'no.yaml'], 'there is no such file'],
    [['serve', '--config', 'no.yaml'], 'there is no such file'],
    [['send', '--token-file', 'no'], 'there is no such file'],
    [['serve', '--', 'no-such-command'], 'check it'],
    [['doctor', '--hang-after', '--', 'node', 'app.js'], 'write --hang-after <duration> before it'],
    [['doctor', '--pid', '1', '--', 'node', 'app.js'], 'leave out --pid'],
    [
      ['doctor', '--', '--json', '--match', 'x', 'node', 'app.js'],
      'write it before: timer-notify doctor --json --match x -- node app.js',
    ],
    [['serve', '--', '--latency=5ms'], 'write it before: timer-notify serve --latency=5ms -- node app.js'],
    [['doctor', '--', '--import', 'x.mjs'], 'write for example timer-notify doctor -- node --import x.mjs'],
    [['doctor', '--', '--', 'node'], 'leave one out'],
    [['doctor', '--', ''], 'the command to run is empty'],
    [['serve', '--', 'A=1', 'npm', 'test'], 'set it before: A=… timer-notify serve -- npm test'],
    [['serve', '--', 'npm test'], 'leave them out: timer-notify serve -- npm test'],
  ])('%j ends with one line and exit code 2', async (args, advice) => {
    const { code, stdout, stderr } = await timerNotify(...args);

    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^error: .*; .*; /);
    expect(stderr).toContain(advice);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.skipIf(!hasProc())(
    'does not take the process that started the doctor for the one that --name asks for',
    () => {
      const word = `nothing-${process.pid}-bears-this`;
      const start = `require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(bin)}, 'doctor', '--name', ${JSON.stringify(word)}], { stdio: 'inherit' })`;
      const { stderr } = spawnSync(process.execPath, ['-e', start, word], { encoding: 'utf8' });
      expect(stderr).toContain(`error: no process matches "${word}"`);
    },
  );

  it('is reported as a JSON document where JSON was asked for', async () => {
    const { code, stdout, stderr } = await timerNotify('repro', '--json', '--context', 'wroker');

    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('wroker') },
    });
    expect(stderr).toBe('');
    expect(code).toBe(2);
  });
});

describe('a program after --', () => {
  it('has the options behind its name, whatever they are', async () => {
    const print = 'console.log(process.argv.slice(1).join(" "))';
    const { code, stdout } = await timerNotify('serve', '--', 'node', '-e', print, '--', '--json', '--port');
    expect([code, stdout]).toEqual([0, '--json --port\n']);
  });

  it('may have a name with spaces and signs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'timer notify='));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const name = join(folder, 'run it');
    writeFileSync(name, '#!/bin/sh\necho ran\n', { mode: 0o755 });
    expect(await timerNotify('serve', '--', name)).toMatchObject({ code: 0, stdout: 'ran\n' });
  });
});

describe('a stdout that can’t be written', () => {
  it('is no matter when its reader has gone', () => {
    const { stderr } = inShell(`"$NODE" "$BIN" repro --help | head -1`);
    expect(stderr).toBe('');
  });

  it.runIf(process.platform === 'linux')('ends with one line and exit code 2 when the disk is full', () => {
    const { status, stderr } = inShell(`"$NODE" "$BIN" doctor --list >/dev/full`);
    expect(stderr).toBe('error: cannot write to stdout; the disk is full; send the output elsewhere\n');
    expect(status).toBe(2);
  });
});

describe('--config', () => {
  it('has repro run the strategies that the file gives to timers', async () => {
    const { stdout } = await timerNotify('repro', '--json', '--context', 'main', '--config', file(fallback));
    const { cells }: { cells: { path: string; strategy: string }[] } = JSON.parse(stdout);
    const expiries = cells.filter(({ path }) => path === 'expiry');
    expect(expiries.map(({ strategy }) => strategy)).toEqual(['shared-pool', 'fetch-in-worker']);
  });

  it.each([
    ['doctor'],
    ['doctor', '--list'],
    ['doctor', '--pid', '1'],
    ['repro'],
    ['bench'],
    ['report', 'no.json'],
    ['send'],
    ['send', '--print-config'],
    ['serve'],
    ['explain'],
    ['init'],
  ])('of %s is refused alike where it can’t be read', async (...command) => {
    for (const [name, why] of [
      ['no.yaml', 'there is no such file'],
      [tmpdir(), 'it is a directory'],
    ] as const) {
      const { code, stdout, stderr } = await timerNotify(...command, '--config', name);
      expect(stderr).toBe(`error: cannot read the configuration ${name}; ${why}; check the path\n`);
      expect([code, stdout]).toEqual([2, '']);
    }
  });

  it('is said to change nothing where nothing can be configured', async () => {
    const { code, stderr } = await timerNotify('explain', 'reset', '--config', file(fallback));
    expect(stderr).toMatch(/^--config has no effect: explain does not depend on a configuration\n$/);
    expect(code).toBe(0);
    expect((await timerNotify('explain', 'reset', '-q', '--config', file(fallback))).stderr).toBe('');
  });

  it.each(['repro', 'bench', 'serve', 'send', 'report', 'explain', 'init'])(
    'of %s is refused with the line',
    async (command) => {
      const { code, stderr } = await timerNotify(
        command,
        '--config',
        file('delivery:\n  stratgy: bridged\n'),
        ...rest(command),
      );
      expect(stderr).toMatch(/^error: unknown key delivery\.stratgy in .*:2; .*did you mean "strategy"\?$/m);
      expect(code).toBe(2);
    },
  );
});

const fallback = 'communication:\n  http_client:\n    thread_safe_fallback: true\n';

function rest(command: string): string[] {
  return command === 'report' ? ['no.json'] : [];
}

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const name = join(folder, 'config.yaml');
  writeFileSync(name, text);
  return name;
}

function inShell(script: string) {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NO_COLOR: '1',
    NODE: process.execPath,
    BIN: bin,
  };
  return spawnSync('sh', ['-c', script], { encoding: 'utf8', env });
}
