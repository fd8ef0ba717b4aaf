import { readdirSync, readFileSync } from 'node:fs';
import { fieldsAfterName } from '../inspect/proc.ts';
import type { HowSuspended } from '../record.ts';

/** How a process was kept from running between two moments; null where it was not. */
export type SuspendedBetween = (pid: number, from: number, to: number) => HowSuspended | null;

/** Of its main thread. */
interface Sample extends CpuTimes {
  readonly at: number;
  /** Whether the kernel lets none of its threads run. */
  readonly stopped: 'stopped' | 'frozen' | null;
  readonly memoryBytes: number;
}

/** An hour of a program with few processes. */
const keptSamples = 20_000;
/** A standstill must have been spent in one way for this share to be explained by it. */
const decisiveShare = 0.6;

/** What the kernel says of the processes that are watched, from time to time. */
export class ProcessSamples {
  readonly #samples = new Map<number, Sample[]>();

  take(pid: number, at: number): void {
    const sample = readSample(pid, at);
    if (sample === null) return;
    const samples = this.#samples.get(pid) ?? [];
    this.#samples.set(pid, samples);
    samples.push(sample);
    if (samples.length > keptSamples) samples.splice(0, keptSamples / 2);
  }

  /** What it held when it was last looked at; null where it never was. */
  memoryBytes(pid: number): number | null {
    return this.#samples.get(pid)?.at(-1)?.memoryBytes ?? null;
  }

  isStopped(pid: number): boolean {
    return (this.#samples.get(pid)?.at(-1)?.stopped ?? null) !== null;
  }

  /**
   * How the process was kept from running between the two moments; null where it ran, or where nothing is known of it.
   * One that used the CPU for `busyMs` did something by itself, however long it also waited for it.
   */
  suspendedBetween(pid: number, from: number, to: number, busyMs: number): HowSuspended | null {
    const samples = this.#samples.get(pid) ?? [];
    return stoppedBetween(samples, from, to, busyMs) ?? starvedBetween(samples, from, to, busyMs);
  }
}

function stoppedBetween(
  all: readonly Sample[],
  from: number,
  to: number,
  busyMs: number,
): HowSuspended | null {
  const samples = all.filter(({ at }) => at >= from && at <= to);
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 3) return null;
  const stopped = samples.filter((sample) => sample.stopped !== null);
  // One that was slow to start on a busy machine has stood still for some time before it was stopped for long.
  const stoppedMs = (stopped.at(-1)?.at ?? 0) - (stopped[0]?.at ?? 0);
  const isLong = stoppedMs >= busyMs && last.ranMs - first.ranMs < busyMs;
  return isLong || stopped.length >= samples.length * decisiveShare ? (stopped[0]?.stopped ?? null) : null;
}

/** From the samples around that time: where the machine is busy, none may lie within. */
function starvedBetween(
  samples: readonly Sample[],
  from: number,
  to: number,
  busyMs: number,
): HowSuspended | null {
  const before = samples.findLast(({ at }) => at <= from) ?? samples[0];
  const after = samples.find(({ at }) => at >= to) ?? samples.at(-1);
  if (before === undefined || after === undefined) return null;
  const spent = {
    elapsedMs: after.at - before.at,
    ranMs: after.ranMs - before.ranMs,
    queuedMs: after.queuedMs - before.queuedMs,
  };
  return isStarved(spent, busyMs) ? 'starved' : null;
}

/** How a thread spent some time, in ms. */
export interface TimeSpent extends CpuTimes {
  readonly elapsedMs: number;
}

/**
 * One that would have been done in twice `busyMs` with a CPU of its own was kept from it, and so was one that took longer
 * than `busyMs` only because it waited for a CPU.
 */
export function isStarved({ elapsedMs, ranMs, queuedMs }: TimeSpent, busyMs: number): boolean {
  if (elapsedMs < busyMs) return false;
  return (queuedMs >= elapsedMs * decisiveShare && ranMs < 2 * busyMs) || elapsedMs - queuedMs < busyMs;
}

/**
 * How long the thread of these processes that was kept waiting longest was ready without a CPU, in ms; 0 where nothing is
 * known of it. A thread that ran for longer than it waited had its share.
 */
export function withoutCpuMs(pids: readonly number[]): number {
  const waits = pids
    .flatMap(threadDirectories)
    .map(readCpuTimes)
    .map((times) => (times !== null && times.queuedMs > times.ranMs ? times.queuedMs : 0));
  return Math.max(0, ...waits);
}

/** How long each thread of a process was ready to run without a CPU since its start, in ms. */
export function cpuWaits(pid: number): ReadonlyMap<string, number> {
  return new Map(
    threadDirectories(pid).flatMap((directory) => {
      const times = readCpuTimes(directory);
      return times === null ? [] : [[directory, times.queuedMs] as const];
    }),
  );
}

interface CpuTimes {
  readonly ranMs: number;
  readonly queuedMs: number;
}

/** None where there is no such process, or no `/proc` to ask. */
function threadDirectories(pid: number): readonly string[] {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).map((tid) => `${tasks}/${tid}`);
  } catch {
    return [];
  }
}

/** On a CPU, and ready without one, since its start; null where it has ended. */
function readCpuTimes(directory: string): CpuTimes | null {
  try {
    const [ran = '0', queued = '0'] = readFileSync(`${directory}/schedstat`, 'latin1').split(' ');
    return { ranMs: Number(ran) / 1e6, queuedMs: Number(queued) / 1e6 };
  } catch {
    return null;
  }
}

/** Null where there is no such process, or no `/proc` to ask. */
function readSample(pid: number, at: number): Sample | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = fieldsAfterName(stat);
    const times = readCpuTimes(`/proc/${pid}`);
    if (times === null) return null;
    return {
      at,
      stopped: fields[0] === 'T' ? 'stopped' : isFrozen(pid) ? 'frozen' : null,
      ...times,
      memoryBytes: Number(fields[residentPages] ?? 0) * pageBytes,
    };
  } catch {
    return null;
  }
}

/** What the kernel counts memory in on nearly every machine. */
const pageBytes = 4096;
/** The 24th field of `/proc/<pid>/stat`, which is this one after the name. */
const residentPages = 21;

/** By the kernel's freezer, as containers that are paused are. */
function isFrozen(pid: number): boolean {
  try {
    return /freez|refrigerator/.test(readFileSync(`/proc/${pid}/wchan`, 'latin1'));
  } catch {
    return false;
  }
}
