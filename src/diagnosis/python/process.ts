import type { RequestLedger } from '../collect/request-ledger.ts';
import type {
  Abandonment,
  Deadline,
  EscapedError,
  LostPost,
  LostWork,
  PoolWait,
  RequestRecord,
  ThreadEnd,
  ThreadPlace,
  UnfollowedUse,
  UnstartedWork,
  UnwokenLoop,
} from '../record.ts';
import type {
  EventOf,
  JobSeen,
  PythonEvent,
  PythonThread as ReportedThread,
  ThreadStanding,
} from './event.ts';
import { lostWork } from './lost-work.ts';
import { type Handed, heldStandstill, type Surrounding, standstillsOf } from './standstills.ts';
import { PythonLoop, PythonThread } from './thread.ts';
import type { WorkEvent } from './work-event.ts';

/** Threads told apart, of a program that starts one for every message. */
const keptThreads = 200;
/** Loops kept of a program that makes one for every message. */
const keptLoops = 1000;
const keptBlocks = 20;
const keptErrors = 50;
/** Events kept of work that was lost, or may have been. */
const keptWork = 500;
/** Without a beat for this long, in ms, no thread of the process came to run. */
const silentMs = 500;
/** A snapshot older than this, in ms, says nothing of what is pending now. */
const staleMs = 1000;

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Modules whose jobs send. */
const sendingModules = /^(requests|urllib3?|http|httpx|slack_sdk)\b/;

type Handlers = { readonly [Kind in PythonEvent['e']]: (event: EventOf<Kind>) => void };

/** An error, and whether the code that failed leads to a request and had not made the one that it was for. */
interface Escaped extends Omit<EscapedError, 'ofRequest'> {
  readonly text: string;
  readonly prevents: boolean;
}

/** What one process adds to the program's record. */
export interface ProcessFacts {
  readonly errors: readonly EscapedError[];
  readonly lostPosts: readonly LostPost[];
  readonly poolWaits: readonly PoolWait[];
  readonly unstarted: readonly UnstartedWork[];
  readonly unwoken: readonly UnwokenLoop[];
  readonly losses: readonly LostWork[];
  readonly places: readonly ThreadPlace[];
  readonly unfollowed: readonly UnfollowedUse[];
}

/** Joins the events of one Python process, in memory that does not grow with their number. */
export class PythonProcess {
  readonly pid: number;
  readonly #ledger: RequestLedger;
  readonly #threads = new Map<number, PythonThread>();
  readonly #loops = new Map<number, PythonLoop>();
  /** Which thread began a request, by the request's number. */
  readonly #senders = new Map<number, PythonThread>();
  readonly #handed = new Map<number, Handed>();
  readonly #waits = new Map<number, EventOf<'wait'>>();
  #pastWaits: readonly EventOf<'wait'>[] = [];
  readonly #timers = new Map<number, EventOf<'timer'>>();
  readonly #errors: Escaped[] = [];
  readonly #unawaited: EventOf<'unawaited'>[] = [];
  /** What failed requests said. */
  readonly #failed: string[] = [];
  readonly #handlers: Handlers;
  readonly #work: WorkEvent[] = [];
  readonly #queuedJobs = new Map<number, JobSeen>();
  readonly #unfollowed: UnfollowedUse[] = [];
  /** Where its threads were when last looked at. */
  #standing: readonly ThreadStanding[] = [];
  #forked: EventOf<'forked'> | null = null;
  #snapshot: EventOf<'snapshot'> | null = null;
  #leavingAt: number | null = null;
  #gone = false;
  #lastBeat: number | null = null;
  #lastAt = 0;

  constructor(pid: number, ledger: RequestLedger) {
    this.pid = pid;
    this.#ledger = ledger;
    const keep = (event: WorkEvent) => {
      if (this.#work.length < keptWork) this.#work.push(event);
    };
    this.#handlers = {
      process: ({ t }) => this.#main(t),
      beat: ({ t }) => {
        this.#lastBeat = t;
      },
      leaving: ({ t }) => {
        this.#leavingAt = t;
      },
      request: (event) => this.#start(event),
      state: ({ r, s, t, timeoutMs }) =>
        this.#ofSender(r, (thread) => {
          ledger.enter(thread, r, s, t);
          if (timeoutMs !== undefined) ledger.learnDeadline(thread, r, deadlineOf(timeoutMs, ''));
        }),
      head: (event) => this.#ofSender(event.r, (thread) => ledger.headers(thread, event)),
      refusal: ({ r, code }) => this.#ofSender(r, (thread) => ledger.refuse(thread, r, code)),
      end: ({ r, t }) => this.#endOf(r, (thread) => ledger.end(thread, r, t)),
      forget: ({ r }) => this.#endOf(r, (thread) => ledger.forget(thread, r)),
      fail: (event) => this.#fail(event),
      loop: (event) => this.#moveLoop(event),
      stood: (event) => {
        const loop = this.#loop(event.l, event.t);
        loop.blocked = [...loop.blocked, event].slice(-keptBlocks);
      },
      'unsafe-call': ({ l, t, thread, stack }) => {
        const loop = this.#loop(l, t);
        if (loop.unsafeCalls.length < keptErrors)
          loop.unsafeCalls = [...loop.unsafeCalls, { thread: this.#thread(thread, t), stack }];
      },
      handover: (event) => this.#handOver(event),
      'handover-end': (event) => this.#endHandOver(event),
      wait: (event) => this.#waits.set(event.w, event),
      'wait-end': ({ w }) => {
        const wait = this.#waits.get(w);
        this.#waits.delete(w);
        if (wait !== undefined) this.#pastWaits = [...this.#pastWaits, wait].slice(-keptErrors);
      },
      timer: (event) => this.#timers.set(event.n, event),
      'timer-fired': ({ n }) => this.#timers.delete(n),
      'timer-over': ({ n }) => this.#timers.delete(n),
      snapshot: (event) => this.#look(event),
      'loop-error': (event) => this.#escaped('scheduled', event, event.leads),
      'thread-error': (event) => {
        const prevents = event.leads && (event.requests === 0 || event.took !== null);
        const thread = this.#escaped('thread', event, prevents);
        if (!thread.isMain) thread.end ??= { at: event.t, reason: 'error', code: null, stack: [] };
      },
      uncaught: (event) => {
        this.#escaped('uncaughtException', event, event.leads).escaped = true;
      },
      unawaited: (event) => {
        if (this.#unawaited.length < keptErrors) this.#unawaited.push(event);
      },
      'probe-error': () => {},
      'queue-held': (event) => {
        // Only what it holds last counts.
        const known = this.#work.findIndex(({ e }) => e === 'queue-held');
        if (known >= 0) this.#work.splice(known, 1);
        keep(event);
      },
      forked: (event) => {
        this.#forked = event;
      },
      'not-followed': ({ what, byUser, stack }) => {
        if (this.#unfollowed.length < keptErrors) this.#unfollowed.push({ what, byUser, stack });
      },
      'task-end': keep,
      'loop-timer-cut': keep,
      'woken-late': keep,
      'job-started': keep,
      'job-cancelled': keep,
      'job-failed': keep,
      'job-retrieved': keep,
      'daemon-left': keep,
      'queue-left': keep,
      scheduled: keep,
      'pool-killed': keep,
      kill: keep,
      child: keep,
      'request-late': keep,
      'main-ended': keep,
      stuck: keep,
    };
  }

  get threads(): readonly PythonThread[] {
    return [...this.#threads.values()];
  }

  add<Kind extends PythonEvent['e']>(event: EventOf<Kind> & { readonly e: Kind }): void {
    this.#lastAt = event.t;
    this.#handlers[event.e](event);
  }

  /** The process has ended, and its threads with it. */
  gone(code: number | null): void {
    this.#gone = true;
    const end = this.#endOfProcess(code);
    this.#main(end.at).end = end;
    for (const thread of this.#threads.values()) thread.end ??= { ...end, reason: 'process-ended' };
  }

  /** Completes the threads and loops; `at` is when the observation ended. */
  finish(at: number): ProcessFacts {
    const endedAt = this.#gone ? (this.#main(at).end?.at ?? at) : Math.max(at, this.#lastAt);
    const around = this.#surrounding(endedAt);
    for (const loop of this.#loops.values()) loop.standstills = standstillsOf(loop, around);
    for (const thread of this.#threads.values()) this.#complete(thread, around);
    return {
      errors: this.#errors
        .filter(({ prevents }) => prevents || this.#ledger.started === 0)
        .map(({ text, prevents: _, ...error }) => ({
          ...error,
          ofRequest: this.#failed.some((message) => text.includes(message)),
        })),
      lostPosts: this.#neverRun(endedAt),
      poolWaits: this.#poolWaits(endedAt),
      unstarted: this.#unstarted(),
      unwoken: [...this.#loops.values()].flatMap((loop) => unwokenOf(loop)),
      losses: lostWork(this.#work, {
        requests: this.#requests(),
        loops: this.#loops,
        queuedJobs: this.#queuedJobs,
        wasKilled: this.#gone && !this.#hasExit(),
        endedAt,
        threadOf: (thread) => this.#thread(thread, Number.NaN),
      }),
      places: this.#places(),
      unfollowed: this.#unfollowed,
    };
  }

  #endOfProcess(code: number | null): ThreadEnd {
    const exit = this.#hasExit() ? this.#snapshot : null;
    const at = this.#leavingAt ?? exit?.t ?? this.#lastAt;
    if (exit?.how === 'os._exit') return { at, reason: 'exit-call', code, stack: exit.stack };
    if (exit === null && this.#leavingAt === null) return { at, reason: 'killed', code, stack: [] };
    const escaped = [...this.#threads.values()].some((thread) => thread.isMain && thread.escaped);
    return { at, reason: escaped ? 'error' : 'natural', code, stack: [] };
  }

  #hasExit(): boolean {
    return this.#snapshot !== null && this.#snapshot.how !== 'pending';
  }

  /** Those that have not ended, and those that are kept to be judged. */
  #requests(): readonly RequestRecord[] {
    const pending = this.threads.flatMap((thread) => [...thread.pending.values()]);
    const ended = this.#ledger.ended.filter(({ thread, retried }) => thread.pid === this.pid && !retried);
    return [...pending, ...ended];
  }

  #places(): readonly ThreadPlace[] {
    const forkedBeside =
      this.#forked?.parentThreads.map(({ thread, stack }) => ({ name: thread.name, stack })) ?? null;
    // A process that runs is looked at every 100 ms.
    const since = this.#gone ? 0 : 100;
    const running = new Set(
      [...this.#loops.values()].flatMap(({ state, thread }) => (state === 'running' ? [thread?.tid] : [])),
    );
    return this.#standing.map((seen) => ({
      thread: this.#thread(seen, Number.NaN),
      statement: seen.statement,
      stack: seen.stack,
      stillMs: seen.stillMs + since,
      wait: seen.wait === null ? null : { ...seen.wait, heldSince: seen.wait.heldSince ?? null },
      runsLoop: running.has(seen.id),
      forkedBeside,
    }));
  }

  #surrounding(endedAt: number): Surrounding {
    const handed = [...this.#handed.values()];
    const isHeld = !this.#gone && this.#lastBeat !== null && endedAt - this.#lastBeat >= silentMs;
    return {
      handed,
      waits: [...this.#waits.values()],
      pastWaits: this.#pastWaits,
      loopOf: (number) => this.#loops.get(number),
      isMissed: (loop) =>
        handed.some((item) => item.loop === loop && item.abandonedAt === null) ||
        this.threads.some(({ pending }) => [...pending.values()].some((request) => request.loop === loop)),
      endedAt,
      heldSince: isHeld ? this.#lastBeat : null,
    };
  }

  #complete(thread: PythonThread, { heldSince, endedAt }: Surrounding): void {
    const loops = [...this.#loops.values()].filter((loop) => loop.thread === thread);
    thread.standstills = loops.flatMap(({ standstills }) => standstills).sort((a, b) => a.from - b.from);
    if (heldSince !== null) {
      const held = { thread, isClosed: false, standstills: [heldStandstill(heldSince, endedAt)] };
      for (const request of thread.pending.values()) request.loop ??= held;
    }
    if (!thread.isMain) return;
    thread.timers = [...this.#timers.values()]
      .filter(({ daemon, leads }) => daemon && leads)
      .map(({ t, delayMs, stack }) => ({
        delayMs,
        stack,
        at: t,
        besideRequest: false,
        purpose: 'unknown',
        repeats: false,
      }));
  }

  #start(event: EventOf<'request'>): void {
    const { t, r, loop, owner, stack } = event;
    const thread = this.#thread(event.thread, t);
    this.#senders.set(r, thread);
    this.#ledger.start(thread, {
      ...event,
      loop: this.#carrier(event),
      sessionOf: owner === null || owner === loop ? null : this.#loop(owner, t),
      deadline: deadlineOf(event.timeoutMs, event.client),
      waitMs: null,
      asksFor: event.polling ? 'news' : reading.has(event.method) ? 'reads' : null,
      stack: () => stack,
    });
  }

  /** The loop without which a request does not get on. */
  #carrier({ t, loop, client }: EventOf<'request'>): PythonLoop | null {
    if (loop === null) return null;
    const running = this.#loop(loop, t);
    return client === 'http.client' && !running.isHub ? null : running;
  }

  #fail({ r, t, code, message, by, s }: EventOf<'fail'>): void {
    if (this.#failed.length < keptErrors) this.#failed.push(message.slice(0, 60));
    const who: Abandonment = code === 'timed-out' ? 'deadline' : by;
    this.#endOf(r, (thread) => this.#ledger.fail(thread, r, t, { by: who, code, message, state: s }));
  }

  #ofSender(r: number, act: (thread: PythonThread) => void): void {
    const thread = this.#senders.get(r);
    if (thread !== undefined) act(thread);
  }

  #endOf(r: number, act: (thread: PythonThread) => void): void {
    this.#ofSender(r, act);
    this.#senders.delete(r);
  }

  #main(at: number): PythonThread {
    const known = [...this.#threads.values()].find(({ isMain }) => isMain);
    return known ?? this.#thread({ id: 0, name: 'MainThread', isMain: true, daemon: false }, at);
  }

  #thread(reported: ReportedThread, at: number): PythonThread {
    const known = this.#threads.get(reported.id) ?? (reported.isMain ? this.#knownMain(reported) : undefined);
    if (known !== undefined) return known;
    const thread = new PythonThread(this.pid, reported, at);
    if (this.#threads.size < keptThreads) this.#threads.set(reported.id, thread);
    return thread;
  }

  /** The main thread is known before its number is. */
  #knownMain({ id, name }: ReportedThread): PythonThread | undefined {
    const main = this.#threads.get(0);
    if (main === undefined) return undefined;
    this.#threads.delete(0);
    main.tid = id;
    main.name = name;
    this.#threads.set(id, main);
    return main;
  }

  #loop(number: number, at: number): PythonLoop {
    const known = this.#loops.get(number);
    if (known !== undefined) return known;
    const loop = new PythonLoop(number, at);
    this.#loops.set(number, loop);
    return loop;
  }

  #moveLoop({ l, s, kind, t, thread }: EventOf<'loop'>): void {
    const loop = this.#loop(l, t);
    loop.kind = kind;
    loop.state = s;
    loop.since = t;
    loop.thread = this.#thread(thread, t);
    loop.unwokenSince = null;
    if (s === 'closed' && this.#loops.size > keptLoops) this.#loops.delete(l);
  }

  #handOver({ h, t, what, thread, loop, stack }: EventOf<'handover'>): void {
    const from = this.#thread(thread, t);
    from.hasPosted = true;
    this.#handed.set(h, {
      number: h,
      at: t,
      what,
      from,
      loop: this.#loop(loop, t),
      stack,
      started: false,
      abandonedAt: null,
    });
  }

  #endHandOver({ h, t, how, started }: EventOf<'handover-end'>): void {
    const handed = this.#handed.get(h);
    if (handed === undefined) return;
    if (how !== 'cancelled' || started || handed.started) this.#handed.delete(h);
    else handed.abandonedAt = t;
  }

  #look(event: EventOf<'snapshot'>): void {
    this.#snapshot = event;
    // The thread that ends the process has left the place where it waited.
    if (event.threads.length > 0 && (event.how === 'pending' || this.#standing.length === 0))
      this.#standing = event.threads;
    for (const job of event.jobs) if (this.#queuedJobs.size < keptWork) this.#queuedJobs.set(job.j, job);
    for (const seen of event.loops) {
      const loop = this.#loop(seen.l, event.t);
      loop.seen = seen;
      loop.seenAt = event.t;
      const isUnwoken = seen.s === 'running' && seen.polling && seen.ready > 0;
      loop.unwokenSince = isUnwoken ? (loop.unwokenSince ?? event.t) : null;
      if (!seen.threadAlive && loop.state !== 'running' && loop.thread !== null && event.how === 'pending')
        loop.thread.end ??= { at: event.t, reason: 'natural', code: null, stack: [] };
    }
    for (const { h, started } of event.handovers) {
      const handed = this.#handed.get(h);
      if (handed !== undefined) handed.started ||= started;
    }
  }

  #escaped(
    origin: EscapedError['origin'],
    event: EventOf<'loop-error' | 'thread-error' | 'uncaught'>,
    prevents: boolean,
  ): PythonThread {
    const thread = this.#thread(event.thread, event.t);
    const { error, t, stack } = event;
    if (error === null || /KeyboardInterrupt|SystemExit|CancelledError/.test(error)) return thread;
    const [name = error, ...message] = error.split(': ');
    if (this.#errors.length < keptErrors) {
      this.#errors.push({
        thread,
        at: t,
        origin,
        name,
        message: message.join(': '),
        frames: stack,
        inTimer: false,
        text: error,
        prevents,
      });
    }
    return thread;
  }

  /** What was handed to a loop that nothing runs. */
  #neverRun(endedAt: number): readonly LostPost[] {
    return [...this.#handed.values()]
      .filter(({ loop, started, at }) => loop.state === 'new' && !started && endedAt > at)
      .map(({ from, at, what, stack }) => ({
        thread: from,
        at,
        to: 'an event loop',
        work: what,
        why: 'never-run',
        stack,
      }));
  }

  #poolWaits(endedAt: number): readonly PoolWait[] {
    const { t = 0, jobs = [], queued = 0 } = this.#snapshot ?? {};
    const isStale = endedAt - t > staleMs;
    return jobs.map((job) => ({
      pid: this.pid,
      from: t - job.queuedMs,
      to: t,
      done: isStale,
      job: { ...this.#jobOf(job), queued },
    }));
  }

  #jobOf({ name, module, leads, stack, workers, busyWith, busyAt, busySends }: JobSeen) {
    const isLookup = name === 'getaddrinfo';
    return {
      name,
      isLookup,
      sends: isLookup || leads || sendingModules.test(module),
      stack,
      workers,
      busyWith,
      busyAt,
      busySends,
    };
  }

  #unstarted(): readonly UnstartedWork[] {
    const handed = new Set([...this.#handed.values()].map(({ what }) => what));
    return this.#unawaited
      .filter(
        ({ what, users, leads }) => (leads || (users && this.#ledger.started === 0)) && !handed.has(what),
      )
      .map(({ thread, what, stack, t }) => ({
        thread: this.#thread(thread, t),
        what,
        stack,
      }));
  }
}

function deadlineOf(timeoutMs: number | null, client: string): Deadline | null {
  if (timeoutMs === null) return null;
  const seconds = timeoutMs / 1000;
  return {
    what: client === 'aiohttp' ? `ClientTimeout(total=${seconds})` : `timeout=${seconds}`,
    ms: timeoutMs,
  };
}

function unwokenOf({ thread, unwokenSince, seen, unsafeCalls }: PythonLoop): readonly UnwokenLoop[] {
  if (unwokenSince === null) return [];
  const ready = seen?.ready ?? 1;
  return [{ thread, since: unwokenSince, ready, calls: unsafeCalls, stack: seen?.stack ?? [] }];
}
