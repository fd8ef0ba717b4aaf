import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../errors.ts';
import { monotonicMs } from '../../measure/clock.ts';
import type { CollectOptions } from '../collect/collect.ts';
import { isAlive, launch, type ProgramExit, type RunningProgram } from '../collect/program.ts';
import { PythonJoiner } from './joiner.ts';
import type { PythonRecord } from './record.ts';
import { PythonRecordDirectory } from './record-directory.ts';

const pollMs = 40;

export interface PythonCollected {
  /** One for each Python process. */
  readonly records: readonly PythonRecord[];
  readonly end: 'exited' | 'timeout' | 'interrupted';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exit: ProgramExit | null;
  /** True when the program had to be killed because it ignored SIGTERM. */
  readonly killed: boolean;
}

/**
 * Runs the program with the probe in it until it ends, the time is up, or the user interrupts.
 * @throws UsageError where it started no Python process that loads the probe.
 */
export async function collectPython(options: CollectOptions): Promise<PythonCollected> {
  const joiners = new Map<number, PythonJoiner>();
  const directory = new PythonRecordDirectory((pid, event) => {
    const joiner = joiners.get(pid) ?? new PythonJoiner(options.isRelevant);
    joiners.set(pid, joiner);
    joiner.add(event);
  });
  try {
    const startedAt = monotonicMs();
    const program = await launch({ ...options, env: directory.environment(options.env) });
    const watched = { program, directory, begun: () => joiners.size > 0 };
    const end = await follow(watched, options);
    const endedAt = monotonicMs();
    directory.poll();
    const ended = await Promise.race([program.exited, Promise.resolve(null)]);
    const records = [...joiners].map(([pid, joiner]) =>
      joiner.record(endedAt, !isAlive(pid), pid === program.pid ? (ended?.signal ?? null) : null),
    );
    const killed = end === 'exited' ? false : await program.stop([...joiners.keys()]);
    const exit = await Promise.race([program.exited, Promise.resolve(null)]);
    if (records.length === 0) throw unwatched(options.command);
    return { records, end, startedAt, endedAt, exit, killed };
  } finally {
    directory.remove();
  }
}

interface Watched {
  readonly program: RunningProgram;
  readonly directory: PythonRecordDirectory;
  /** Whether the probe was heard of: the time to start is none of the program's. */
  readonly begun: () => boolean;
}

async function follow(
  { program, directory, begun }: Watched,
  { timeoutMs, interrupted }: CollectOptions,
): Promise<PythonCollected['end']> {
  let deadline = monotonicMs() + timeoutMs;
  let waiting = true;
  const exited = program.exited.then((): 'exited' => 'exited');
  for (;;) {
    const end = await Promise.race([exited, pause(pollMs, interrupted)]);
    directory.poll();
    if (waiting && begun()) {
      waiting = false;
      deadline = monotonicMs() + timeoutMs;
    }
    if (end === 'exited') return end;
    if (interrupted.aborted) return 'interrupted';
    if (monotonicMs() >= deadline) return 'timeout';
  }
}

async function pause(ms: number, interrupted: AbortSignal): Promise<null> {
  await sleep(ms, null, { signal: interrupted }).catch(() => {});
  return null;
}

function unwatched(command: readonly string[]): UsageError {
  return new UsageError(
    `no Python process of "${command.join(' ')}" could be watched`,
    'the command starts none, or starts it with -I, -E or -S or without its PYTHONPATH, or it is older than 3.9',
    'start the program directly, for example: timer-notify doctor --runtime python -- python3 app.py',
  );
}
