import { monotonicMs } from '../../time/clock.ts';
import { isAlive } from '../collect/end-program.ts';
import type { Observer, ObserverOptions } from '../collect/observer.ts';
import { ProcessSamples, type SuspendedBetween } from '../collect/process-samples.ts';
import { createRecordDirectory, removeRecord } from '../collect/record-directory.ts';
import type { Request } from '../collect/request.ts';
import { RecordTail } from '../collect/tail.ts';
import { hasProc, readPortsAsked, readSockets } from '../inspect/proc.ts';
import { readBlockedStack } from './blocked-stack.ts';
import { decodeEvent } from './decode.ts';
import { Joiner } from './joiner.ts';
import { askForAwaits, writePreload } from './preload.ts';
import { lookForSelfAsking } from './self-asking.ts';
import { awaitsAgainAt, spinsAt } from './spinning.ts';
import { overdueAt } from './standstills.ts';
import type { Thread } from './thread.ts';

/**
 * A loop that has not run for this share of --hang-after, while something waits for it, is asked what it does. Not
 * sooner: Node reports each such question on the program's stderr ("Debugger attached.").
 */
const suspiciousShare = 0.75;

/** Processes are sampled, and children looked at, every so many polls. */
const samplePolls = 5;
const childPolls = 10;
/** What ended longer ago has been observed, in ms. */
const keptMs = 10 * 60_000;
/** A thread that ended longer ago, in ms, has written its last word. */
const lastWordMs = 60_000;
/** A loop that has run within this time, in ms, does. */
const runningMs = 1000;
/** How long a look at what is awaited may take on a busy machine, in ms. */
const lookMs = 15_000;

/** Watches Node processes from their start. */
export function observeNode(options: ObserverOptions): Observer {
  const directory = createRecordDirectory();
  return observe(options, directory.path, {
    environment: writePreload(directory.path),
    askForAwaits: () => askForAwaits(directory.path),
    owns: directory.owns,
  });
}

/** Watches a process that has the probe in it and writes into this directory, which is removed at the end. */
export function observeRunningNode(directory: string, hangAfterMs: number): Observer {
  const options = { command: [], hangAfterMs, isRelevant: () => true };
  return observe(options, directory, {
    environment: (env) => env,
    askForAwaits: () => {},
    owns: async () => true,
  });
}

interface ProbeAccess {
  readonly environment: Observer['environment'];
  readonly askForAwaits: () => void;
  readonly owns: Observer['owns'];
}

function observe(
  { command, hangAfterMs, isRelevant }: ObserverOptions,
  directory: string,
  { environment, askForAwaits, owns }: ProbeAccess,
): Observer {
  const joiner = new Joiner(isRelevant, command);
  const samples = new ProcessSamples();
  const gone = new Set<number>();
  const suspended: SuspendedBetween = (pid, from, to) =>
    samples.suspendedBetween(pid, from, to, hangAfterMs / 2);
  const pids = () => [...new Set([...joiner.threads].map((thread) => thread.pid))];
  const tail = new RecordTail(directory, fileName, (thread, line) => {
    const event = decodeEvent(line);
    if (event !== null) joiner.add(thread, event);
  });
  // A program may start ever new threads and processes.
  const releaseEnded = (at: number) => {
    const hasEnded = ({ end, isMain, pid }: Thread) =>
      end !== null && at - end.at > lastWordMs && (!isMain || gone.has(pid));
    const ended = new Set([...joiner.threads].filter(hasEnded).map(({ key }) => key));
    if (ended.size > 0) tail.release((writer) => ended.has(writer));
  };
  const blocked = new BlockedThreads(joiner, samples, owns, hangAfterMs * suspiciousShare);
  return {
    environment,
    poll: () => tail.poll(),
    get pids() {
      return pids();
    },
    owns,
    get firstStatementAt() {
      for (const { startedAt } of joiner.threads) if (!Number.isNaN(startedAt)) return startedAt;
      return null;
    },
    lookAround: (polls) => {
      const at = monotonicMs();
      if (polls % samplePolls === 0) for (const pid of pids()) if (!gone.has(pid)) samples.take(pid, at);
      if (polls % samplePolls === 0) for (const thread of joiner.threads) lookForSelfAsking(thread);
      if (polls % childPolls === 0) lookAtChildren(joiner);
      if (polls % childPolls === 0) releaseEnded(at);
      blocked.askOne();
    },
    isEnding: (pid) =>
      [...joiner.threads].some(
        (thread) =>
          thread.isMain &&
          thread.pid === pid &&
          thread.end !== null &&
          monotonicMs() - thread.end.at < lookMs,
      ),
    isStarved: () => {
      const now = monotonicMs();
      return [...joiner.threads].some(
        ({ end, isLauncher, pid, loopRanAt }) =>
          end === null &&
          !isLauncher &&
          now - loopRanAt >= hangAfterMs &&
          suspended(pid, loopRanAt, now) === 'starved',
      );
    },
    watchOn: async (pause, interrupted) => {
      const underWay = [...joiner.threads]
        .flatMap(({ pending }) => [...pending.values()])
        .filter(({ status, startedAt }) => status === null && monotonicMs() - startedAt < hangAfterMs);
      const deadline = monotonicMs() + hangAfterMs;
      const isOpen = ({ endedAt, status, thread }: Request) =>
        endedAt === null && status === null && thread.end === null;
      while (underWay.some(isOpen) && monotonicMs() < deadline && !interrupted.aborted) {
        await pause();
        tail.poll();
      }
    },
    lookOnceMore: async (pause, interrupted) => {
      await blocked.askAtTheEnd();
      // Asking a thread that is held in the kernel takes longer than a loop that runs may keep quiet.
      tail.poll();
      lookAtServers(joiner, hangAfterMs * suspiciousShare);
      const asked = [...joiner.threads].filter(isRunning);
      askForAwaits();
      const deadline = monotonicMs() + lookMs;
      const isUnanswered = ({ awaits, end }: Thread) => awaits === null && end === null;
      while (asked.some(isUnanswered) && monotonicMs() < deadline && !interrupted.aborted) {
        await pause();
        tail.poll();
      }
    },
    processGone: (pid, at, code) => {
      gone.add(pid);
      joiner.processGone(pid, at, code);
    },
    provisionally: (read) => {
      // A blocked thread's stack belongs to the evidence.
      if (blocked.isAsking) return null;
      const at = monotonicMs();
      joiner.dropEnded(at - keptMs);
      return joiner.provisionally({ kind: 'timeout', at, exitCode: null, signal: null }, suspended, read);
    },
    finish: (end) => joiner.finish(end, suspended, (pid) => samples.memoryBytes(pid)),
    unobservableError: () => null,
    close: () => {
      tail.close();
      removeRecord(directory);
    },
  };
}

/** Its loop runs: it says by itself what its functions wait for. */
function isRunning({ end, isLauncher, loopRanAt }: Thread): boolean {
  return end === null && !isLauncher && monotonicMs() - loopRanAt < runningMs;
}

/** `<pid>.<thread>.<serial>`. */
export function fileName(file: string) {
  const [, writer, serial] = /^(\d+\.\d+)\.(\d+)$/.exec(file) ?? [];
  return writer === undefined ? null : { writer, serial: Number(serial) };
}

function lookAtChildren(joiner: Joiner): void {
  for (const child of joiner.unfollowedChildren)
    if (child.connects !== true && isAlive(child.pid)) child.connects = connectsToOthers(child.pid);
}

/** Servers whose loop does not run: what has come to them waits in the kernel. */
function lookAtServers(joiner: Joiner, standingMs: number): void {
  if (!hasProc()) return;
  for (const thread of joiner.threads) {
    const { end, isLauncher, loopRanAt, listensOn, pid } = thread;
    if (end !== null || isLauncher || listensOn.length === 0 || monotonicMs() - loopRanAt < standingMs)
      continue;
    const asked = readPortsAsked(pid);
    thread.unheardOn = listensOn.filter((port) => asked.has(port));
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

/** Asks threads whose loop is suspected to be blocked where they are, through the inspector. */
class BlockedThreads {
  readonly #joiner: Joiner;
  readonly #samples: ProcessSamples;
  readonly #owns: Observer['owns'];
  readonly #suspiciousMs: number;
  readonly #asked = new Map<Thread, number>();
  #asking: Promise<void> | null = null;

  constructor(joiner: Joiner, samples: ProcessSamples, owns: Observer['owns'], suspiciousMs: number) {
    this.#joiner = joiner;
    this.#owns = owns;
    this.#samples = samples;
    this.#suspiciousMs = suspiciousMs;
  }

  get isAsking(): boolean {
    return this.#asking !== null;
  }

  /** One at a time: a program in trouble is not to be disturbed more than that. */
  askOne(): void {
    if (this.#asking !== null) return;
    const now = monotonicMs();
    for (const thread of this.#joiner.threads) {
      const { loopRanAt } = thread;
      if (!isSuspicious(thread, now - this.#suspiciousMs) || this.#asked.get(thread) === loopRanAt) continue;
      this.#asked.set(thread, loopRanAt);
      const port = this.#portFor(thread);
      if (port === null) continue;
      this.#asking = this.#ask(thread, port).finally(() => {
        this.#asking = null;
      });
      return;
    }
  }

  /** The program is about to be ended: what Node says of being asked does no harm any more. */
  async askAtTheEnd(): Promise<void> {
    await this.#asking;
    const since = monotonicMs() - this.#suspiciousMs;
    for (const thread of this.#joiner.threads) {
      const { end, stoppingCall, isLauncher, loopRanAt, blockedStack } = thread;
      if (end !== null || stoppingCall !== null || isLauncher || loopRanAt > since || blockedStack.length > 0)
        continue;
      const port = this.#portFor(thread);
      if (port !== null) await this.#ask(thread, port);
    }
  }

  /**
   * Null where its process can't be asked, or is ending: it looks at its own heap then, and V8 would forget the numbers
   * of all objects with another inspector's session.
   */
  #portFor({ pid }: Thread): number | null {
    const main = [...this.#joiner.threads].find((other) => other.pid === pid && other.isMain);
    if (main === undefined || main.end !== null || !main.wakeable || this.#samples.isStopped(pid))
      return null;
    return main.debugPort;
  }

  async #ask(thread: Thread, debugPort: number): Promise<void> {
    const { pid, tid, isMain, loopRanAt } = thread;
    if (!(await this.#owns(pid))) return;
    const frames = await readBlockedStack({ pid, tid, isMain, debugPort });
    if (thread.loopRanAt !== loopRanAt) return;
    thread.blockedStack = frames;
    thread.spins = spinsAt(frames[0]);
    thread.awaitsAgain = awaitsAgainAt(frames[0]);
  }
}

/** Whether something waits for its loop, which has not run since the moment given, or a message began its iteration. */
function isSuspicious(thread: Thread, since: number): boolean {
  return (
    thread.end === null &&
    thread.stoppingCall === null &&
    thread.loopRanAt < since &&
    (thread.pending.size > 0 ||
      thread.unread.length > 0 ||
      thread.taken !== null ||
      overdueAt(thread, monotonicMs()) !== null)
  );
}
