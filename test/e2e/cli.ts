import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  /** Beside a clean environment: nothing of the developer's own Slack, proxy, CI or colours. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly stdin?: string;
  /** True makes it the leader of a process group of its own. */
  readonly detached?: boolean;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
  /** Resolves when stderr has each of these. */
  stderrHas(...texts: string[]): Promise<void>;
}

/** Starts the built command line, without a terminal. */
export function startTimerNotify(args: readonly string[], settings: RunSettings = {}): Running {
  const { env = {}, stdin = '', ...others } = settings;
  const child = spawn(process.execPath, [bin, ...args], {
    ...others,
    env: { ...clean(), ...env },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => {}); // A command that reads no stdin may have ended by now.
  child.stdin.end(stdin);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    stderrHas: (...texts) =>
      new Promise((resolve, reject) => {
        const look = () => texts.every((text) => stderr.includes(text)) && resolve();
        child.stderr.on('data', look);
        child.on('close', () =>
          reject(new Error(`it ended without ${texts.join(' and ')} on stderr: ${stderr}`)),
        );
        look();
      }),
  };
}

/** Runs it to its end. */
export function timerNotify(...args: string[]): Promise<Run> {
  return startTimerNotify(args).ended;
}

/** The same, with these variables in its environment. */
export function timerNotifyWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
  return startTimerNotify(args, { env }).ended;
}

function clean(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), NO_COLOR: '1' };
}
