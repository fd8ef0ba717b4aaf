import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * True for a process that descends from another, or was started with this text in its environment: a launcher that has
 * ended leaves a program behind that descends from it no more. False where that can't be seen.
 */
export async function belongsTo(ancestor: number, mark: string, pid: number): Promise<boolean> {
  const seen = new Set<number>();
  for (
    let next: number | null = pid;
    next !== null && next > 1 && !seen.has(next);
    next = await parentOf(next)
  ) {
    if (next === ancestor) return true;
    seen.add(next);
  }
  return (await environmentOf(pid)).includes(mark);
}

async function parentOf(pid: number): Promise<number | null> {
  const text = process.platform === 'linux' ? afterName(await read(pid, 'stat')) : await ps(pid, 'ppid=');
  const parent = Number(text.trim().split(' ')[0]);
  return Number.isInteger(parent) && parent > 0 ? parent : null;
}

/** The fields after the state, of which the first is the parent; the name before it may hold anything. */
function afterName(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 3);
}

function environmentOf(pid: number): Promise<string> {
  return process.platform === 'linux' ? read(pid, 'environ') : ps(pid, 'command=', '-E', '-ww');
}

async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

async function ps(pid: number, column: string, ...options: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('ps', [...options, '-o', column, '-p', String(pid)]);
    return stdout;
  } catch {
    return '';
  }
}
