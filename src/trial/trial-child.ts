import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../package-files.ts';
import { compiledCodeFile } from './compiled-code.ts';
import type { TrialSpec, UserHandler } from './trial.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface WatchedChild {
  readonly exited: Promise<Exit>;
  /** What it wrote to stderr, up to a limit. */
  stderr(): string;
}

export interface TrialChild {
  readonly child: ChildProcess;
  /** Writes one line down the lifeline. */
  write(line: string): void;
}

const compileCache = join(tmpdir(), 'timer-notify-compile-cache');

const entry = fileURLToPath(builtFile('trial/trial.process.js'));

/** Bytes of a crashed trial's stderr that are kept. */
const stderrLimit = 4096;

interface StartOptions {
  /** True writes down what V8 compiles, for the trials that follow. */
  readonly warmsCache?: boolean;
}

/** Starts a trial's process and sends it its specification. */
export function startTrialChild(spec: TrialSpec, { warmsCache = false }: StartOptions = {}): TrialChild {
  const child = spawn(process.execPath, [entry], {
    cwd: spec.project,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...trialEnvironment(process.env, spec.handler),
      ...(warmsCache ? { TIMER_NOTIFY_WARMS_CACHE: '1' } : {}),
    },
  });
  const lifeline = lifelineOf(child);
  const write = (line: string) => void lifeline.write(`${line}\n`);
  write(JSON.stringify(spec));
  return { child, write };
}

/** `onLine` gets each event that a trial's process writes to its descriptor 3, as JSON. */
export function watchChild(child: ChildProcess, onLine: (line: string) => void): WatchedChild {
  const stderr = collectStderr(child);
  readLines(child, onLine);
  return { exited: exitOf(child), stderr };
}

/** Node options of the tool's own process (a loader, a probe, a debugger) must not act inside a trial. */
function trialEnvironment(env: NodeJS.ProcessEnv, handler: UserHandler | undefined): NodeJS.ProcessEnv {
  const {
    NODE_OPTIONS: _options,
    NODE_EXTRA_CA_CERTS: certificates,
    TIMER_NOTIFY_COMPILED: _compiled,
    TIMER_NOTIFY_WARMS_CACHE: _warms,
    ...rest
  } = env;
  // What one trial has compiled starts faster in the next, where Node can keep it (22.1 and later).
  const started = { NODE_COMPILE_CACHE: compileCache, ...rest };
  // A trial of ours speaks plain HTTP to the emulator: reading certificates would be a quarter of its start.
  if (handler === undefined) {
    const compiled = compiledCodeFile();
    return compiled === null ? started : { ...started, TIMER_NOTIFY_COMPILED: compiled };
  }
  return { ...started, NODE_EXTRA_CA_CERTS: certificates, ...handler.env };
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  try {
    const [code, signal]: [number | null, string | null] = await onceExit(child);
    return { code, signal };
  } catch (error) {
    return { code: null, signal: error instanceof Error ? error.message : String(error) };
  }
}

async function onceExit(child: ChildProcess): Promise<[number | null, string | null]> {
  const [code, signal] = await once(child, 'close');
  return [typeof code === 'number' ? code : null, typeof signal === 'string' ? signal : null];
}

function collectStderr(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < stderrLimit) text += chunk;
  });
  return () => text.slice(0, stderrLimit);
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = '';
  eventPipe(child)
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
}

function eventPipe(child: ChildProcess): Readable {
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !('read' in pipe)) throw new Error('no pipe for events');
  return pipe;
}

function lifelineOf(child: ChildProcess): Writable {
  const pipe = child.stdio[4];
  if (pipe === null || pipe === undefined || !isWritable(pipe)) throw new Error('no lifeline');
  for (const stream of [pipe, child.stdin]) stream?.on('error', () => {});
  return pipe;
}

function isWritable(stream: Readable | Writable): stream is Writable {
  return 'write' in stream;
}
