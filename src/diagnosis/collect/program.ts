import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { UsageError } from '../../errors.ts';
import { endProgram, killOnForcedEnd } from './end-program.ts';

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a program may take to end after SIGTERM, in ms. */
const graceMs = 2000;

/** The diagnosed program, running. */
export interface RunningProgram {
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
  /** Ends it: SIGTERM first, SIGKILL for what ignores it. Resolves to whether that was needed. */
  stop(others: readonly number[]): Promise<boolean>;
}

export interface LaunchOptions {
  readonly command: readonly string[];
  /** With what makes the program load the probe. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the program's own output goes: stdout belongs to the result where that is a document. */
  readonly stdoutFd: 1 | 2;
}

/** @throws UsageError where the command can't be started. */
export async function launch({ command, env, stdoutFd }: LaunchOptions): Promise<RunningProgram> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    stdio: ['inherit', stdoutFd, 2],
    env,
    windowsHide: true,
  });
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await started(child, file);
  killOnForcedEnd(child);
  return { pid: child.pid ?? 0, exited, stop: (others) => endProgram({ child, exited, others, graceMs }) };
}

async function started(child: ChildProcess, file: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => reject(unstartable(file, error)));
  });
}

function unstartable(file: string, error: NodeJS.ErrnoException): UsageError {
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    ENOENT: [
      'there is no such command',
      'check the command after --, for example: timer-notify doctor -- node app.js',
    ],
    EACCES: ['it may not be executed', 'name an executable, for example: timer-notify doctor -- node app.js'],
  };
  const [why, remedy] = asSource(file, error) ??
    reasons[error.code ?? ''] ?? [error.message, 'check the command after --'];
  return new UsageError(`cannot start "${file}"`, why, remedy, { cause: error });
}

const interpreters: Readonly<Record<string, string>> = {
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
  '.py': 'python3',
};

/** A source file is no command; which one runs it is known. */
function asSource(file: string, { code }: NodeJS.ErrnoException): readonly [string, string] | null {
  const interpreter = interpreters[extname(file)];
  if (interpreter === undefined || (code !== 'ENOENT' && code !== 'EACCES') || !existsSync(file)) return null;
  return ['it is a file, not a command', `did you mean: timer-notify doctor -- ${interpreter} ${file}`];
}
