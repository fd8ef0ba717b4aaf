import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { onForcedEnd } from '../../forced-end.ts';
import { childrenOf, fieldsAfterName } from '../inspect/proc.ts';

export interface Ending {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  /** Processes that end with it. */
  readonly others: readonly number[];
  /** How long it may take to end after SIGTERM, in ms. */
  readonly graceMs: number;
}

/** Ends a program: SIGTERM first, SIGKILL for what ignores it. Resolves to whether that was needed. */
export async function endProgram({ child, exited, others, graceMs }: Ending): Promise<boolean> {
  // Listed while their parents are there: what execSync started would outlive the program.
  const below = child.pid === undefined ? [] : descendantsOf(child.pid);
  child.kill('SIGTERM');
  const deadline = new AbortController();
  const ended = await Promise.race([
    exited.then(() => true),
    sleep(graceMs, false, { signal: deadline.signal }).catch(() => false),
  ]);
  deadline.abort();
  if (!ended) child.kill('SIGKILL');
  // A launcher such as npm or sh leaves the program it started behind.
  const left = [...new Set([...others, ...below])].filter((pid) => pid !== child.pid);
  for (const pid of left) if (isAlive(pid)) kill(pid, 'SIGTERM');
  if (left.some(isAlive)) await sleep(300);
  for (const pid of left) if (isAlive(pid)) kill(pid, 'SIGKILL');
  await exited;
  return !ended;
}

/** Kills the program, and what it has started, when the user forces the end, or when this process ends first. */
export function killOnForcedEnd(child: ChildProcess): void {
  const takeBack = onForcedEnd(() => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    for (const pid of [child.pid, ...descendantsOf(child.pid)]) kill(pid, 'SIGKILL');
  });
  child.once('exit', takeBack);
}

/** The processes that a process has started, and those that they have. */
function descendantsOf(pid: number): readonly number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

export function isAlive(pid: number): boolean {
  return kill(pid, 0);
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** One that has ended stays in the kernel's table until its parent hears of it, which may be at work. */
export function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    const [state = ''] = fieldsAfterName(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return !/^[ZX]/.test(state);
  } catch {
    // No `/proc` to ask.
    return true;
  }
}
