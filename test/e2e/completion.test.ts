import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bin } from './cli.ts';

const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

/** A folder with the completion's script and some files. */
function newFolder(shell: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'script'), scripts[shell] ?? '');
  for (const name of ['report one.json', 'handler.mjs', 'settings.yaml'])
    writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'subfolder'));
  return folder;
}

const scripts: Record<string, string> = {};

beforeAll(() => {
  for (const shell of ['bash', 'zsh', 'fish'])
    scripts[shell] = execFileSync(process.execPath, [bin, 'completion', shell], { encoding: 'utf8' });
});

const shells = {
  bash: {
    command: 'bash --norc --noprofile -i',
    prepare: ["PS1='READY''> '", 'source ./script', 'source ./script'],
  },
  zsh: {
    command: 'zsh -f -i',
    // Zsh itself expands what is typed, unless Tab only completes.
    prepare: [
      "PROMPT='READY''> '; RPROMPT=; bindkey '^I' complete-word",
      'autoload -Uz compinit; compinit -u -D',
      'source ./script',
      'source ./script',
    ],
  },
} as const;

/**
 * Types lines into an interactive shell on a terminal of its own, each when the shell is ready; returns what the program was
 * called with.
 */
async function type(
  shell: keyof typeof shells,
  folder: string,
  ...lines: readonly string[]
): Promise<string[]> {
  const { command, prepare } = shells[shell];
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const program = `timer-notify() { printf '<%s>' "$@" >> ./calls; echo >> ./calls; }`;
  const waiting = [...prepare, program, ...lines, 'exit'];
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (!stripVTControlCharacters(shown).includes('READY> ')) return;
    shown = '';
    child.stdin.write(`${waiting.shift() ?? 'exit'}\n`);
  });
  // The first prompt is the shell's own.
  child.stdin.write(`${waiting.shift()}\n`);
  await new Promise((resolve) => child.once('close', resolve));
  const calls = join(folder, 'calls');
  return existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [];
}

/** Of a line that is typed and not entered. */
const clear = '\u0015';

describe.each(['bash', 'zsh'] as const)('completion in %s', (shell) => {
  const isThere = has(shell, '--version') && has('script', '--version');

  test.skipIf(!isThere).each([
    ['a command', 'rep\tr\t', '<repro>'],
    ['an option', 'repro --pati\t 5s', '<repro><--patience><5s>'],
    ['a context', 'repro --context par\t', '<repro><--context><parked>'],
    ['a strategy', 'bench --strategy shar\t', '<bench><--strategy><shared-pool>'],
    ['the next one of a list', 'repro --context main,par\t', '<repro><--context><main,parked>'],
    ['a value after =', 'repro --context=par\t', '<repro><--context=parked>'],
    ['a check', 'doctor --check abort\t', '<doctor><--check><abort-signals>'],
    ['a fault', 'serve --fault ji\t', '<serve><--fault><jitter>'],
    ['a shell', 'completion f\t', '<completion><fish>'],
    ['a report, whatever its name', 'report rep\t', '<report><report one.json>'],
    ['a file of -o', 'repro -o hand\t', '<repro><-o><handler.mjs>'],
    ['a file of --config', 'repro --config sett\t', '<repro><--config><settings.yaml>'],
    ['a file of --handler', 'doctor --handler hand\t', '<doctor><--handler><handler.mjs>'],
    ['a file after --', 'doctor -- node hand\t', '<doctor><--><node><handler.mjs>'],
  ])('completes %s', async (_, typed, called) => {
    const calls = await type(shell, newFolder(shell), `timer-notify ${typed}`);
    expect(calls).toEqual([called]);
  });

  test.skipIf(!isThere)('runs nothing of what is typed, and not the program either', async () => {
    const folder = newFolder(shell);
    const hostile = [
      '$(touch pwned)',
      '`touch pwned`',
      '> pwned',
      '$(touch pwned',
      "'; touch pwned; '",
      '"$(touch pwned)"',
      `$\{x:=$(touch pwned)}`,
      '& touch pwned &',
    ];
    const lines = hostile.flatMap((word) => [
      `timer-notify repro --context ${word}\t${clear}`,
      `timer-notify ${word}\t${clear}`,
      `timer-notify report -- ${word} \t${clear}`,
    ]);
    expect(await type(shell, folder, ...lines, 'timer-notify end')).toEqual(['<end>']);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});

describe('completion in fish', () => {
  const isThere = has('fish', '--version');

  function offered(line: string): readonly string[] {
    const folder = newFolder('fish');
    const script = 'source ./script; source ./script; complete -C $argv[1]';
    const text = execFileSync('fish', ['--no-config', '-c', script, line], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    });
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    return text.split('\n').flatMap((found) => found.split('\t')[0] || []);
  }

  test.skipIf(!isThere).each([
    ['rep', ['report', 'repro']],
    ['repro --pat', ['--path', '--patience']],
    ['repro --context par', ['parked']],
    ['bench --strategy shar', ['shared-pool']],
    ['repro --context main,par', ['main,parked']],
    ['repro --context=par', ['--context=parked']],
    ['doctor --check abort', ['abort-signals']],
    ['repro --fault refu', ['refuse']],
    ['serve --fault refu', []],
    ['completion f', ['fish']],
    ['report rep', ['report one.json']],
    ['repro -o hand', ['handler.mjs']],
    ['repro --config sett', ['settings.yaml']],
    ['doctor --handler hand', ['handler.mjs']],
    ['doctor -- node hand', ['handler.mjs']],
    ['repro --context $(touch pwned)', []],
  ])('%s', (typed, words) => {
    expect(offered(`timer-notify ${typed}`)).toEqual(words);
  });
});

test.skipIf(!has('bash', '--version'))('says which shells there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, 'completion', 'tcsh'], { encoding: 'utf8' });
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('bash, zsh, fish') });
});
