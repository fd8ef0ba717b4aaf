import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isForeign } from '../../model/frame.ts';

/** How a process can be asked where its threads are while none of them runs. */
export interface StacksOffer {
  readonly signal: number;
  readonly fd: number;
}

/** The thread that keeps the others from running. */
export interface Holder {
  /** As Python numbers it. */
  readonly tid: number;
  /** User frames first. */
  readonly stack: readonly string[];
}

/**
 * Asks, and says where in the file of answers this one begins; null where the process would not understand the signal
 * any more, as after an exec, or is stopped.
 */
export function askForStacks(pid: number, { signal, fd }: StacksOffer, directory: string): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
    if (/^State:\s*[TtZX]/m.test(status) || (caught & (1n << BigInt(signal - 1))) === 0n) return null;
    // The descriptor may have been closed, and be another file's by now.
    if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== fileOf(pid, directory)) return null;
    const { size } = statSync(fileOf(pid, directory));
    process.kill(pid, signal);
    return size;
  } catch {
    return null;
  }
}

/** Who keeps the others from running, by the answer that begins at an offset; null where that is not clear. */
export function holderIn(pid: number, directory: string, offset: number): Holder | null {
  try {
    return holderOf(readFileSync(fileOf(pid, directory)).subarray(offset).toString());
  } catch {
    return null;
  }
}

function fileOf(pid: number, directory: string): string {
  return join(directory, `${pid}.stacks`);
}

interface Frame {
  readonly file: string;
  readonly text: string;
}

/** In which a thread waits without the lock, or for it. */
const waiting =
  /(?:threading|selectors|queue|socket|ssl|subprocess|_base|connection|synchronize|popen_fork)\.py$|concurrent\/futures\/thread\.py$|timer_notify_probe\//;
const probe = /timer_notify_probe\//;

/** faulthandler's text: of each thread its frames, the innermost first. */
export function holderOf(dump: string): Holder | null {
  const threads = dump
    .split(/^(?=(?:Current thread|Thread) 0x)/m)
    .map((text) => ({ tid: Number(/0x[0-9a-f]+/.exec(text)?.[0]), frames: framesOf(text) }))
    .filter(({ frames: [innermost] }) => innermost !== undefined && !waiting.test(innermost.file));
  const [holder, other] = threads;
  if (holder === undefined || other !== undefined) return null;
  const seen = holder.frames.filter(({ file }) => !probe.test(file));
  const own = seen.filter(({ file }) => !isForeign(file));
  const stack = [...own, ...seen.filter((frame) => !own.includes(frame))].map(({ text }) => text);
  return { tid: holder.tid, stack };
}

function framesOf(thread: string): readonly Frame[] {
  return [...thread.matchAll(/^ {2}File "([^"]+)", line (\d+) in (\S+)/gm)].map(
    ([, file = '', line, name]) => ({ file, text: `${file}:${line} (${name})` }),
  );
}
