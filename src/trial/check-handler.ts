import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { builtFile } from '../package-files.ts';
import { emulatorToken } from '../slack/token.ts';
import { showMs } from '../time/show-ms.ts';
import type { UserHandler } from './trial.ts';

const entry = fileURLToPath(builtFile('trial/check-handler.process.js'));

/** A file that opens its client as it is loaded finds what a trial sets; nothing listens there, and nothing is to be sent yet. */
const loadingEnv: UserHandler['env'] = {
  SLACK_API_URL: 'http://127.0.0.1:9/api/',
  SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/services/T000/B000/XXXX',
  SLACK_BOT_TOKEN: emulatorToken,
};

/** Longest time, in ms, that loading the user's file may take. */
const loadLimitMs = 20_000;

/**
 * The absolute path of a file that exports `send`, by that name or by default. It is loaded in a process of its own: it is the
 * user's code, and may do anything.
 * @throws UsageError that says why it cannot be used.
 */
export async function checkHandler(file: string, directory: string): Promise<string> {
  const path = resolve(directory, file);
  if (!existsSync(path))
    throw new UsageError(`cannot load ${file}`, 'there is no such file', 'check the path');
  if (statSync(path).isDirectory())
    throw new UsageError(`cannot load ${file}`, 'it is a directory', 'name the file in it that exports send');
  if (/^\.[cm]?ts$/.test(extname(path)) && !stripsTypes()) {
    throw new UsageError(
      `cannot load ${file}`,
      `Node ${process.versions.node} does not run TypeScript`,
      'compile it, or use Node 22.18 or later',
    );
  }
  const reason = await loadElsewhere(path);
  if (reason === null) return path;
  throw new UsageError(`cannot use ${file}`, reason.replace(/\s*\n[\s\S]*/, ''), remedyFor(reason, path));
}

function remedyFor(reason: string, path: string): string {
  const isTakenForCommonJs = /^(Unexpected token 'export'|Cannot use import statement)/.test(reason);
  return isTakenForCommonJs && extname(path) === '.js'
    ? `Node treats it as CommonJS: name it ${basename(path, '.js')}.mjs, or write exports.send = async (notification) => { … }`
    : 'export a function send, by that name or by default: export async function send(notification) { … }';
}

/** Null when the file can be used. */
async function loadElsewhere(path: string): Promise<string | null> {
  const child = spawn(process.execPath, [entry, path], {
    env: { ...process.env, ...loadingEnv },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: loadLimitMs,
    killSignal: 'SIGKILL',
  });
  const [reason, stderr] = [collect(child.stdio[3]), collect(child.stderr)];
  const [code, signal] = await once(child, 'close');
  if (reason() !== '') return reason();
  if (code === 0) return null;
  return signal === null
    ? stderr().trim() || `loading it exits with code ${code}`
    : `it does not load in ${showMs(loadLimitMs)}`;
}

function collect(stream: unknown): () => string {
  let text = '';
  if (stream !== null && typeof stream === 'object' && 'on' in stream && typeof stream.on === 'function') {
    stream.on('data', (part: Buffer) => {
      text += part.toString('utf8');
    });
  }
  return () => text;
}

/** Not in the types of Node 20, where it is not there either. */
function stripsTypes(): boolean {
  return Boolean(Reflect.get(process.features, 'typescript'));
}
