import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/** Commands that run Python, whatever their file is. */
const pythonCommands =
  /^(python[\d.]*|pypy[\d.]*|py|gunicorn|celery|uwsgi|uwsgi-core|uvicorn|hypercorn|daphne|waitress-serve|flask|django-admin|ipython[\d.]*|pytest|rq|huey_consumer|dramatiq)(\.exe|\.py)?$/i;
const nodeCommands = /^(node|nodejs|npm|npx|yarn|pnpm|bun|tsx|ts-node|pm2|corepack)(\.exe|\.cmd)?$/i;
const shells = /^(sh|bash|dash|zsh|ksh|ash)$/;

/** Commands that run the command that follows, with the number of words of their own before it. */
const starters: Readonly<Record<string, number>> = {
  env: 0,
  nice: 0,
  nohup: 0,
  time: 0,
  stdbuf: 0,
  setsid: 0,
  sudo: 0,
  exec: 0,
  timeout: 1,
  uv: 1,
  poetry: 1,
  pipenv: 1,
  pdm: 1,
  hatch: 1,
};

/** How much of a script is read to see what it runs, in bytes. */
const scriptBytes = 16_384;

/** What a command runs, read off its words and the first line of its file; `node` where nothing says otherwise. */
export function runtimeOf(command: readonly string[], env: NodeJS.ProcessEnv): 'node' | 'python' {
  return guess(command, env) ?? 'node';
}

function guess(command: readonly string[], env: NodeJS.ProcessEnv): 'node' | 'python' | null {
  const [word = '', ...rest] = command;
  const name = basename(word);
  if (pythonCommands.test(name)) return 'python';
  if (nodeCommands.test(name)) return 'node';
  const own = starters[name];
  if (own !== undefined) return guess(afterOptions(rest, own), env);
  if (shells.test(name)) return ofShell(rest);
  if (/\.py$/i.test(name)) return 'python';
  return ofScript(pathOf(word, env));
}

/** The command after a starter's options, its assignments and its own words. */
function afterOptions(words: readonly string[], own: number): readonly string[] {
  const rest = words.slice(words.findIndex((word) => !word.startsWith('-') && !/^[A-Za-z_]\w*=/.test(word)));
  return rest.slice(own);
}

function ofShell(words: readonly string[]): 'node' | 'python' | null {
  const index = words.findIndex((word) => /^-\w*c$/.test(word));
  if (index >= 0) return inText(words[index + 1] ?? '');
  const script = words.find((word) => !word.startsWith('-'));
  return script === undefined ? null : inText(head(script));
}

/** A script's interpreter, or what a shell script runs. */
function ofScript(path: string | null): 'node' | 'python' | null {
  const text = path === null ? '' : head(path);
  const shebang = /^#!\s*(\S+)(?:\s+(.*))?/.exec(text);
  if (shebang === null) return null;
  const words = [shebang[1] ?? '', ...(shebang[2] ?? '').split(/\s+/)].filter((word) => word !== '-S');
  const interpreter = basename(words[0] ?? '') === 'env' ? words.slice(1) : words;
  const name = basename(interpreter[0] ?? '');
  if (shells.test(name)) return inText(text);
  return pythonCommands.test(name) ? 'python' : nodeCommands.test(name) ? 'node' : null;
}

/** The first command of a shell's text that says what it runs. */
function inText(text: string): 'node' | 'python' | null {
  for (const word of text.split(/[\s;&|()"'`]+/)) {
    const name = basename(word);
    if (pythonCommands.test(name) && !/^py$/i.test(name)) return 'python';
    if (nodeCommands.test(name)) return 'node';
  }
  return null;
}

/** The file that a command's name means; null where there is none. */
export function pathOf(word: string, env: NodeJS.ProcessEnv): string | null {
  const candidates = word.includes('/')
    ? [word]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, word));
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true) ?? null;
}

function head(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(scriptBytes);
      return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
