import { rmSync } from 'node:fs';
import { monotonicMs } from '../../measure/clock.ts';
import { hasProc, readSockets } from '../inspect/proc.ts';
import { readBlockedStack } from '../node/blocked-stack.ts';
import { Joiner, type SuspendedBetween } from '../node/joiner.ts';
import { createRecordDirectory, type RecordDirectory } from '../node/record-directory.ts';
import { spinsAt } from '../node/spinning.ts';
import { overdueAt } from '../node/standstills.ts';
import type { Thread } from '../node/thread.ts';
import type { ObservationEnd, ProgramRecord } from '../record.ts';
import { ProcessSamples } from './process-samples.ts';
import { isAlive, launch, type ProgramExit, type RunningProgram } from './program.ts';
import { RecordTail } from './tail.ts';

const pollMs = 40;
/**
 * A loop that has not turned for this share of --hang-after, while something waits for it, is asked what it does. Not
 * sooner: Node tells of each such question on the program's stderr ("Debugger attached.").
 */
const suspiciousShare = 0.75;
/** Processes are looked at every so many polls. */
const processPolls = 10;
const samplePolls = 5;
/** A loop that has turned within this time runs. */
const turningMs = 1000;
/** How long a look at what is awaited may take on a busy machine. */
const lookMs = 15_000;
/** An observer is shown the record every so many polls. */
const observePolls = 12;
/** What ended longer ago has been observed, in ms. */
const keptMs = 10 * 60_000;

export interface CollectOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdoutFd: 1 | 2;
  /** How long it is watched from its first statement on; from its launch where it is no Node program. */
  readonly timeoutMs: number;
  /** A request that waits longer than this, in ms, is a finding. */
  readonly hangAfterMs: number;
  readonly interrupted: AbortSignal;
  /** Whether requests to this URL count. */
  readonly isRelevant: (url: string) => boolean;
  /** Is shown the record of the program while it runs, and says whether to go on. */
  readonly observe: ((record: ProgramRecord) => 'go on' | 'end') | null;
}

export interface Collected {
  readonly record: ProgramRecord;
  readonly startedAt: number;
  readonly exit: ProgramExit | null;
  /** True when the program had to be killed because it ignored SIGTERM. */
  readonly killed: boolean;
  /** True where whoever observed it had seen enough. */
  readonly endedEarly: boolean;
}

/** Runs the program with the probe in it until it ends, the time is up, or the user interrupts. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const directory = createRecordDirectory();
  const joiner = new Joiner(options.isRelevant, options.command);
  const tail = new RecordTail(directory.path, (thread, event) => joiner.add(thread, event));
  try {
    const startedAt = monotonicMs();
    const program = await launch({ ...options, env: directory.environment(options.env) });
    const watch = new Watch(joiner, tail, program, directory, options.hangAfterMs * suspiciousShare);
    const end = await watch.until({ startedAt, ...options });
    const record = joiner.finish(end, (pid, from, to) =>
      watch.samples.suspendedBetween(pid, from, to, options.hangAfterMs / 2),
    );
    const killed = end.kind === 'exited' ? false : await program.stop(pidsOf(joiner));
    const exit = await Promise.race([program.exited, Promise.resolve(null)]);
    return { record, startedAt, exit, killed, endedEarly: watch.seenEnough };
  } finally {
    tail.close();
    directory.remove();
  }
}

export interface RunningOptions extends Pick<CollectOptions, 'hangAfterMs' | 'interrupted' | 'observe'> {
  /** Where the program's probe writes; removed at the end. */
  readonly directory: string;
  readonly pid: number;
}

/** Follows a program that runs already and has the probe in it, until it is gone. */
export async function followRunning(options: RunningOptions): Promise<void> {
  const { directory, pid, hangAfterMs, interrupted, observe } = options;
  const joiner = new Joiner(() => true);
  const tail = new RecordTail(directory, (thread, event) => joiner.add(thread, event));
  const program = { pid, exited: new Promise<ProgramExit>(() => {}), stop: async () => false };
  const watch = new Watch(joiner, tail, program, { askForAwaits: () => {} }, hangAfterMs * suspiciousShare);
  try {
    await watch.until({
      startedAt: monotonicMs(),
      hangAfterMs,
      timeoutMs: Number.POSITIVE_INFINITY,
      interrupted,
      observe,
    });
  } finally {
    tail.close();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function pidsOf(joiner: Joiner): readonly number[] {
  return [...new Set([...joiner.threads].map((thread) => thread.pid))];
}

interface Limits extends Pick<CollectOptions, 'timeoutMs' | 'hangAfterMs' | 'interrupted' | 'observe'> {
  readonly startedAt: number;
}

/** Follows the record while the program runs. */
class Watch {
  readonly #joiner: Joiner;
  readonly #tail: RecordTail;
  readonly #program: RunningProgram;
  readonly #directory: Pick<RecordDirectory, 'askForAwaits'>;
  readonly #suspiciousMs: number;
  readonly #asked = new Map<Thread, number>();
  readonly #gone = new Set<number>();
  #asking: Promise<void> | null = null;
  #polls = 0;
  readonly samples = new ProcessSamples();
  seenEnough = false;

  constructor(
    joiner: Joiner,
    tail: RecordTail,
    program: RunningProgram,
    directory: Pick<RecordDirectory, 'askForAwaits'>,
    suspiciousMs: number,
  ) {
    this.#directory = directory;
    this.#joiner = joiner;
    this.#tail = tail;
    this.#program = program;
    this.#suspiciousMs = suspiciousMs;
  }

  async until({ startedAt, timeoutMs, hangAfterMs, interrupted, observe }: Limits): Promise<ObservationEnd> {
    let exit: ProgramExit | null = null;
    let exitAt = 0;
    void this.#program.exited.then((value) => {
      exit = value;
      exitAt = monotonicMs();
    });
    for (;;) {
      await pause(pollMs, this.#program.exited, interrupted);
      this.#tail.poll();
      const ended: ProgramExit | null = exit;
      if (ended !== null) return this.#exited(ended, exitAt);
      if (this.#polls % samplePolls === 0) this.#sampleProcesses();
      if (this.#polls++ % processPolls === 0) this.#lookAtProcesses();
      if (interrupted.aborted) return this.#cut('interrupted');
      if (monotonicMs() >= (this.#firstStatementAt() ?? startedAt) + timeoutMs && !this.#isEnding()) {
        await this.#watchOn(hangAfterMs, interrupted);
        const end = this.#cut('timeout');
        await this.#lookAtAwaits(interrupted);
        return end;
      }
      if (observe !== null && this.#polls % observePolls === 0 && this.#isEnough(observe, hangAfterMs))
        return this.#cut('timeout');
      this.#askBlocked();
    }
  }

  /** It has come to its end, and the probe in it still looks at what its functions waited for. */
  #isEnding(): boolean {
    for (const { pid, isMain, end } of this.#joiner.threads)
      if (isMain && pid === this.#program.pid && end !== null) return monotonicMs() - end.at < lookMs;
    return false;
  }

  #exited(exit: ProgramExit, at: number): ObservationEnd {
    this.#joiner.processGone(this.#program.pid, at, exit.code);
    this.#lookAtProcesses();
    this.#tail.poll();
    return { kind: 'exited', at, exitCode: exit.code, signal: exit.signal };
  }

  /** Not while a blocked thread is asked for its stack: that belongs to the evidence. */
  #isEnough(observe: NonNullable<CollectOptions['observe']>, hangAfterMs: number): boolean {
    if (this.#asking !== null) return false;
    const now = monotonicMs();
    this.#joiner.dropEnded(now - keptMs);
    const end: ObservationEnd = { kind: 'timeout', at: now, exitCode: null, signal: null };
    const suspended: SuspendedBetween = (pid, from, to) =>
      this.samples.suspendedBetween(pid, from, to, hangAfterMs / 2);
    this.seenEnough = this.#joiner.provisionally(end, suspended, observe) === 'end';
    return this.seenEnough;
  }

  #cut(kind: 'timeout' | 'interrupted'): ObservationEnd {
    return { kind, at: monotonicMs(), exitCode: null, signal: null };
  }

  /** A busy machine may take seconds to start a program, which are none of its time. */
  #firstStatementAt(): number | null {
    for (const { startedAt } of this.#joiner.threads) if (!Number.isNaN(startedAt)) return startedAt;
    return null;
  }

  #sampleProcesses(): void {
    const at = monotonicMs();
    for (const pid of pidsOf(this.#joiner)) if (!this.#gone.has(pid)) this.samples.take(pid, at);
  }

  #lookAtProcesses(): void {
    for (const child of this.#joiner.unfollowedChildren)
      if (child.connects !== true && isAlive(child.pid)) child.connects = connectsToOthers(child.pid);
    for (const pid of pidsOf(this.#joiner)) {
      if (pid === this.#program.pid || this.#gone.has(pid) || isAlive(pid)) continue;
      this.#gone.add(pid);
      this.#tail.poll();
      this.#joiner.processGone(pid, monotonicMs(), null);
    }
  }

  /** A request that is under way when the time is up gets as long as any other before it is judged. */
  async #watchOn(hangAfterMs: number, interrupted: AbortSignal): Promise<void> {
    const underWay = [...this.#joiner.threads]
      .flatMap(({ pending }) => [...pending.values()])
      .filter(({ status, startedAt }) => status === null && monotonicMs() - startedAt < hangAfterMs);
    const deadline = monotonicMs() + hangAfterMs;
    while (
      underWay.some(
        ({ endedAt, status, thread }) => endedAt === null && status === null && thread.end === null,
      ) &&
      monotonicMs() < deadline &&
      !interrupted.aborted
    ) {
      await pause(pollMs, this.#program.exited, interrupted);
      this.#tail.poll();
    }
  }

  /** Those threads whose loops run say by themselves what their functions wait for. */
  async #lookAtAwaits(interrupted: AbortSignal): Promise<void> {
    const asked = [...this.#joiner.threads].filter(
      ({ end, isLauncher, lastTurn }) => end === null && !isLauncher && monotonicMs() - lastTurn < turningMs,
    );
    this.#directory.askForAwaits();
    const deadline = monotonicMs() + lookMs;
    while (
      asked.some(({ awaits, end }) => awaits === null && end === null) &&
      monotonicMs() < deadline &&
      !interrupted.aborted
    ) {
      await pause(pollMs, this.#program.exited, interrupted);
      this.#tail.poll();
    }
  }

  /** One at a time: a program in trouble is not to be disturbed more than that. */
  #askBlocked(): void {
    if (this.#asking !== null) return;
    const now = monotonicMs();
    for (const thread of this.#joiner.threads) {
      if (!isSuspicious(thread, now - this.#suspiciousMs) || this.#asked.get(thread) === thread.lastTurn)
        continue;
      this.#asked.set(thread, thread.lastTurn);
      const main = [...this.#joiner.threads].find((other) => other.pid === thread.pid && other.isMain);
      if (main === undefined || !main.wakeable || this.samples.isStopped(thread.pid)) continue;
      const turn = thread.lastTurn;
      this.#asking = readBlockedStack({ ...threadAddress(thread), debugPort: main.debugPort }).then(
        (frames) => {
          this.#asking = null;
          if (thread.lastTurn !== turn) return;
          thread.blockedStack = frames;
          thread.spins = spinsAt(frames[0]);
        },
      );
      return;
    }
  }
}

/** Whether the process has a connection that it did not accept; null where that can't be seen. */
function connectsToOthers(pid: number): boolean | null {
  if (!hasProc()) return null;
  const sockets = readSockets(pid);
  const listening = new Set(
    sockets.filter(({ state }) => state === 'listening').map(({ localPort }) => localPort),
  );
  return sockets.some(
    ({ state, localPort }) =>
      (state === 'established' || state === 'connecting') && !listening.has(localPort),
  );
}

function threadAddress({ pid, tid, isMain }: Thread) {
  return { pid, tid, isMain };
}

/** Whether something waits for its loop, which has not turned since the moment given, or a message began its turn. */
function isSuspicious(thread: Thread, since: number): boolean {
  return (
    thread.end === null &&
    thread.standing === null &&
    thread.lastTurn < since &&
    (thread.pending.size > 0 ||
      thread.unread.length > 0 ||
      thread.taken !== null ||
      overdueAt(thread, monotonicMs()) !== null)
  );
}

async function pause(ms: number, exited: Promise<unknown>, interrupted: AbortSignal): Promise<void> {
  if (interrupted.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      interrupted.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    interrupted.addEventListener('abort', done);
    void exited.then(done);
  });
}
