import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../time/clock.ts';
import type { ObservationEnd, ProgramRecord } from '../record.ts';
import { isAlive, isRunning } from './end-program.ts';
import type { Observer } from './observer.ts';
import { withoutCpuMs } from './process-samples.ts';
import { launch, type ProgramExit, type RunningProgram } from './program.ts';

const pollMs = 40;
/** Processes are looked at every so many polls. */
const processPolls = 10;
/** An observer is shown the record every so many polls. */
const observePolls = 12;
/** A watch may take so many times its time for want of CPU. */
const mostTimes = 4;

export interface CollectOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdoutFd: 1 | 2;
  /**
   * How long it is watched from its first statement on; from its launch where none was seen. Time in which it was ready
   * to run and got no CPU is none of it: that much longer, twice as long at most; four times where a loop has not run
   * and lacked the CPU to say why.
   */
  readonly timeoutMs: number;
  readonly interrupted: AbortSignal;
  /** Is shown the record of the program while it runs, and says whether to go on. */
  readonly observe: Observe | null;
  /** Called before a program that still runs is ended. */
  readonly onEnding?: () => void;
}

export type Observe = (record: ProgramRecord) => 'go on' | 'end';

export interface Collected {
  readonly record: ProgramRecord;
  readonly startedAt: number;
  readonly exit: ProgramExit | null;
  /** False where the observation was over before the program was. */
  readonly endedByItself: boolean;
  /** True when the program had to be killed because it ignored SIGTERM. */
  readonly killed: boolean;
  /** True where whoever observed it had seen enough. */
  readonly endedEarly: boolean;
}

/**
 * Runs the program with the probe in it until it ends, the time is up, or the user interrupts.
 * @throws UsageError where the command can't be started, or nothing of it could be watched
 */
export async function collect(observer: Observer, options: CollectOptions): Promise<Collected> {
  try {
    const startedAt = monotonicMs();
    const program = await launch({ ...options, env: observer.environment(options.env) });
    const { end, endedEarly } = await watch(observer, program, { ...options, startedAt });
    const record = observer.finish(end);
    if (end.kind !== 'exited') options.onEnding?.();
    const killed = end.kind === 'exited' ? false : await program.stop(await ownPids(observer));
    const unobservableError = observer.unobservableError(options.command);
    if (unobservableError !== null) throw unobservableError;
    const exit = await Promise.race([program.exited, Promise.resolve(null)]);
    return { record, startedAt, exit, endedByItself: end.kind === 'exited', killed, endedEarly };
  } finally {
    observer.close();
  }
}

async function ownPids(observer: Observer): Promise<readonly number[]> {
  const { pids } = observer;
  const owned = await Promise.all(pids.map((pid) => isAlive(pid) && observer.owns(pid)));
  return pids.filter((_, index) => owned[index]);
}

/** Follows a program that runs already and has the probe in it, until it is interrupted. */
export async function followRunning(
  observer: Observer,
  { pid, ...options }: Pick<CollectOptions, 'interrupted' | 'observe'> & { readonly pid: number },
): Promise<void> {
  const program = { pid, exited: new Promise<ProgramExit>(() => {}), stop: async () => false };
  try {
    await watch(observer, program, {
      ...options,
      startedAt: monotonicMs(),
      timeoutMs: Number.POSITIVE_INFINITY,
    });
  } finally {
    observer.close();
  }
}

interface Limits extends Pick<CollectOptions, 'timeoutMs' | 'interrupted' | 'observe'> {
  readonly startedAt: number;
}

interface Watched {
  readonly end: ObservationEnd;
  readonly endedEarly: boolean;
}

type TimedExit = ProgramExit & { readonly at: number };

/** Follows the record while the program runs. */
async function watch(
  observer: Observer,
  program: RunningProgram,
  { startedAt, timeoutMs, interrupted, observe }: Limits,
): Promise<Watched> {
  const gone = new Set([program.pid]);
  const ended: { exit: TimedExit | null } = { exit: null };
  const over = new AbortController();
  // Once: a race with the exit at each poll would leave a promise there each time, for as long as the program runs.
  void program.exited.then((exit) => {
    ended.exit = { ...exit, at: monotonicMs() };
    over.abort();
  });
  const woken = AbortSignal.any([interrupted, over.signal]);
  const wait = () => pause(pollMs, woken);
  for (let polls = 0; ; polls += 1) {
    await wait();
    observer.poll();
    const { exit } = ended;
    if (exit !== null) return { end: programExited(observer, program, exit, gone), endedEarly: false };
    if (polls % processPolls === 0) lookAtProcesses(observer, gone);
    if (observe !== null && polls % observePolls === 0 && observer.provisionally(observe) === 'end')
      return { end: cut('timeout'), endedEarly: true };
    if (interrupted.aborted) return { end: cut('interrupted'), endedEarly: false };
    // A busy machine may take seconds to start a program, which are none of its time.
    const watchedMs = monotonicMs() - (observer.firstStatementAt ?? startedAt);
    if (
      watchedMs >= timeoutMs &&
      watchedMs >= timeoutMs + Math.min(timeoutMs, withoutCpuMs([program.pid, ...observer.pids])) &&
      (watchedMs >= mostTimes * timeoutMs || !observer.isStarved()) &&
      !observer.isEnding(program.pid)
    ) {
      const watchedUntil = monotonicMs();
      await observer.watchOn(wait, interrupted);
      const end = { ...cut('timeout'), watchedUntil };
      await observer.lookOnceMore(wait, interrupted);
      return { end, endedEarly: false };
    }
    observer.lookAround(polls);
  }
}

function programExited(
  observer: Observer,
  program: RunningProgram,
  { code, signal, at }: TimedExit,
  gone: Set<number>,
): ObservationEnd {
  observer.processGone(program.pid, at, code, signal);
  lookAtProcesses(observer, gone);
  observer.poll();
  return { kind: 'exited', at, exitCode: code, signal };
}

function cut(kind: 'timeout' | 'interrupted'): ObservationEnd {
  return { kind, at: monotonicMs(), exitCode: null, signal: null };
}

function lookAtProcesses(observer: Observer, gone: Set<number>): void {
  for (const pid of observer.pids) {
    if (gone.has(pid) || isRunning(pid)) continue;
    gone.add(pid);
    observer.poll();
    observer.processGone(pid, monotonicMs(), null, null);
  }
}

async function pause(ms: number, woken: AbortSignal): Promise<void> {
  await sleep(ms, null, { signal: woken }).catch(() => {});
}
