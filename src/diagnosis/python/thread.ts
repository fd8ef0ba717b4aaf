import type { Request, SendingThread } from '../collect/request.ts';
import type {
  ForgottenTimer,
  ReplacedClock,
  Standstill,
  Suspension,
  ThreadEnd,
  TimerToSend,
} from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';

const keptPorts = 100;

/** What is being joined of one Python thread. */
export class PythonThread implements SendingThread {
  readonly runtime = 'python';
  readonly pid: number;
  tid: number;
  name: string;
  readonly isMain: boolean;
  readonly isDaemon: boolean;
  readonly inChildProcess = false;
  readonly isLauncher = false;
  readonly parent = null;
  readonly startedAt: number;
  seenStart: number | null = null;
  overAt: number | null = null;
  end: ThreadEnd | null = null;
  standstills: readonly Standstill[] = [];
  timers: readonly ForgottenTimer[] = [];
  readonly listensOn: number[] = [];
  readonly isQuiet = false;
  readonly hasRepeatingTimer = false;
  readonly lastPostAt = null;
  readonly sendsOnDemand = false;
  readonly timersToSend: readonly TimerToSend[] = [];
  readonly parks = 0;
  hasPosted = false;
  firstRequestAt: number | null = null;
  lastRequestAt: number | null = null;
  succeeded = 0;
  requests = 0;
  readonly fakeFetches = [];
  clock: ReplacedClock | null = null;
  readonly unheardSignals = [];
  readonly fullOutputs = [];
  readonly fatalError = null;
  readonly awaits = null;
  suspensions: readonly Suspension[] = [];
  readonly gotOnAt = new Map<string, number>();
  readonly pending = new Map<number, Request>();
  /** The error that ended it. */
  escaped = false;

  constructor(pid: number, { id, name, isMain, daemon }: ReportedThread, startedAt: number) {
    this.pid = pid;
    this.tid = id;
    this.name = name;
    this.isMain = isMain;
    this.isDaemon = daemon;
    this.startedAt = startedAt;
  }

  listen(port: number): void {
    if (this.listensOn.length < keptPorts) this.listensOn.push(port);
  }
}

/** Threads told apart, of a program that starts one for every message. */
const keptThreads = 200;

/** The threads of one process. */
export class PythonThreads {
  readonly #pid: number;
  readonly #byId = new Map<number, PythonThread>();

  constructor(pid: number) {
    this.#pid = pid;
  }

  get all(): readonly PythonThread[] {
    return [...this.#byId.values()];
  }

  /** @param at when it was heard of, which counts the first time */
  of(reported: ReportedThread, at = Number.NaN): PythonThread {
    const known = this.#byId.get(reported.id) ?? (reported.isMain ? this.#knownMain(reported) : undefined);
    if (known !== undefined) {
      // Its number may have been given to another one.
      if (known.overAt !== null && at > known.overAt) known.overAt = null;
      return known;
    }
    const thread = new PythonThread(this.#pid, reported, at);
    if (this.#byId.size < keptThreads) this.#byId.set(reported.id, thread);
    return thread;
  }

  /** One that was there at a look, of which nothing else may have been heard. */
  seen(reported: ReportedThread & { readonly startedAt?: number | null | undefined }): PythonThread {
    const thread = this.of(reported);
    thread.seenStart ??= reported.startedAt ?? null;
    return thread;
  }

  over(ids: readonly number[], at: number): void {
    for (const thread of this.all) if (!thread.isMain && ids.includes(thread.tid)) thread.overAt = at;
  }

  main(at: number): PythonThread {
    const known = this.all.find(({ isMain }) => isMain);
    return known ?? this.of({ id: 0, name: 'MainThread', isMain: true, daemon: false }, at);
  }

  /** The main thread is known before its number is. */
  #knownMain({ id, name }: ReportedThread): PythonThread | undefined {
    const main = this.#byId.get(0);
    if (main === undefined) return undefined;
    this.#byId.delete(0);
    main.tid = id;
    main.name = name;
    this.#byId.set(id, main);
    return main;
  }
}
