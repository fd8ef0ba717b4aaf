// One file, however long: a handler for each event, all of which change what is being joined of one process.
import type { SuspendedBetween } from '../collect/process-samples.ts';
import type { RequestLedger } from '../collect/request-ledger.ts';
import type {
  FatalSignal,
  LostWork,
  ProgramRecord,
  Standstill,
  ThreadEnd,
  UnfollowedUse,
  UnstartedWork,
} from '../record.ts';
import { PythonErrors } from './errors.ts';
import type { EventOf, PythonEvent, PythonThread as ReportedThread } from './event.ts';
import { HandedWork } from './handed-work.ts';
import type { Holder, StacksOffer } from './held-stacks.ts';
import { Holds, silentMs } from './holds.ts';
import { QueuedJobs } from './jobs.ts';
import { KeptWork } from './kept-work.ts';
import { PythonLoops } from './loop.ts';
import { lostWork } from './lost-work.ts';
import { ThreadPlaces } from './places.ts';
import { Posters } from './posters.ts';
import { type LocksOfTheDead, ProcessLocks } from './process-locks.ts';
import { ProcessQueues } from './process-queues.ts';
import { PythonRequests } from './requests.ts';
import { fatalSignal, ofEarlyEnd, ofStop, SentSignals } from './signals.ts';
import { heldStandstill, type ProcessContext, standstillsOf } from './standstills.ts';
import { Suspensions } from './suspensions.ts';
import { SwallowedErrors } from './swallowed.ts';
import { TaskQueues } from './task-queues.ts';
import { type PythonThread, PythonThreads } from './thread.ts';
import { PythonTimers } from './timers.ts';
import { UnsentWork } from './unsent-work.ts';
import type { WorkEvent } from './work-event.ts';

const keptEvents = 50;
/** For so long before it is asked why, in ms. */
const askAfterMs = 1000;

type Handlers = { readonly [Kind in PythonEvent['e']]: (event: EventOf<Kind>) => void };

/** What one process adds to the program's record. */
type ProcessFacts = Pick<
  ProgramRecord,
  | 'errors'
  | 'overflows'
  | 'lostPosts'
  | 'poolWaits'
  | 'unstarted'
  | 'unwoken'
  | 'losses'
  | 'places'
  | 'unfollowed'
  | 'swallowed'
>;

/** Joins the events of one Python process, in memory that does not grow with their number. */
export class PythonProcess {
  readonly pid: number;
  readonly #ledger: RequestLedger;
  readonly #threads: PythonThreads;
  readonly #loops: PythonLoops;
  readonly #requests: PythonRequests;
  readonly #handed: HandedWork;
  readonly #timers = new PythonTimers();
  readonly #errors = new PythonErrors();
  readonly #jobs = new QueuedJobs();
  readonly #places = new ThreadPlaces();
  readonly #work = new KeptWork();
  readonly #locks = new ProcessLocks();
  readonly #queues = new ProcessQueues();
  readonly #tasks = new TaskQueues();
  readonly #signals = new SentSignals();
  readonly #unsentWork = new UnsentWork();
  readonly #posters = new Posters();
  readonly #swallowed = new SwallowedErrors();
  readonly #unawaited: EventOf<'unawaited'>[] = [];
  readonly #unfollowed: UnfollowedUse[] = [];
  readonly #handlers: Handlers;
  /** The look at which it ended; null before. */
  #exit: EventOf<'snapshot'> | null = null;
  #leavingAt: number | null = null;
  /** That ended it, as far as whoever started it has heard. */
  #signal: string | null = null;
  #gone = false;
  #offer: StacksOffer | null = null;
  readonly #holds = new Holds();
  readonly #suspensions = new Suspensions();
  #lastBeat: number | null = null;
  #lastAt = 0;

  /** When its last event was written. */
  get lastAt(): number {
    return this.#lastAt;
  }

  constructor(pid: number, ledger: RequestLedger) {
    this.pid = pid;
    this.#ledger = ledger;
    const threads = new PythonThreads(pid);
    const loops = new PythonLoops(threads);
    const requests = new PythonRequests(ledger, threads, loops);
    const handed = new HandedWork(threads, loops);
    [this.#threads, this.#loops, this.#requests, this.#handed] = [threads, loops, requests, handed];
    const keep = (event: WorkEvent) => this.#work.add(event);
    this.#handlers = {
      process: ({ t }) => threads.main(t),
      beat: ({ t }) => {
        this.#lastBeat = t;
      },
      'stacks-offered': ({ signal, fd }) => {
        this.#offer = { signal, fd };
      },
      leaving: ({ t }) => {
        this.#leavingAt = t;
      },
      request: (event) => {
        requests.start(event);
        this.#unsentWork.hasSent(event.thread);
        this.#posters.note(event);
        this.#holds.noteRequest(event);
        this.#suspensions.noteRequest(event);
      },
      state: (event) => requests.enter(event),
      head: (event) => requests.head(event),
      refusal: (event) => requests.refuse(event),
      mocked: (event) => requests.intercept(event),
      'given-up': (event) => requests.giveUp(event),
      end: (event) => requests.end(event),
      forget: (event) => requests.forget(event),
      fail: (event) => requests.fail(event),
      loop: (event) => loops.move(event),
      'loop-blocked': (event) => loops.ranAgain(event),
      listening: ({ t, port, thread }) => this.#threads.of(thread, t).listen(port),
      'unsafe-call': (event) => loops.calledUnsafely(event),
      handover: (event) => handed.add(event),
      'handover-end': (event) => handed.end(event),
      wait: (event) => handed.wait(event),
      'wait-end': (event) => handed.endWait(event),
      timer: (event) => this.#timers.set(event),
      'timer-fired': (event) => this.#timers.over(event),
      'timer-over': (event) => this.#timers.over(event),
      snapshot: (event) => this.#look(event),
      'loop-error': (event) => this.#errors.inLoop(event, threads.of(event.thread, event.t)),
      'thread-error': (event) => this.#errors.ofThread(event, threads.of(event.thread, event.t)),
      uncaught: (event) => this.#errors.uncaught(event, threads.of(event.thread, event.t)),
      unawaited: (event) => addTo(this.#unawaited, event),
      forked: (event) => this.#places.fork(event),
      'not-followed': ({ what, byUser, stack }) => addTo(this.#unfollowed, { what, byUser, stack }),
      'lock-held': (event) => this.#locks.take(event),
      'lock-freed': (event) => this.#locks.giveBack(event),
      'threads-over': ({ t, ids }) => threads.over(ids, t),
      'probe-error': () => {},
      'ran-again': (event) => this.#suspensions.notePlaces(event),
      'queue-held': keep,
      'queues-looked': () => this.#work.forgetHeld(),
      'task-end': keep,
      'task-asked': keep,
      'receiver-gone': keep,
      'exit-handler-skipped': keep,
      'log-disabled': keep,
      'not-reached': keep,
      'task-cancelled': keep,
      'task-sent-later': keep,
      'loop-timer-cut': keep,
      'woken-late': keep,
      'job-started': keep,
      'job-cancelled': keep,
      'job-failed': keep,
      'job-retrieved': keep,
      'job-dropped': keep,
      'daemon-left': keep,
      'queue-left': keep,
      scheduled: keep,
      'pool-killed': keep,
      'request-late': keep,
      swallowed: (event) => this.#swallowed.add(event),
      'swallowed-sent': ({ n }) => this.#swallowed.hasSent(n),
      'signal-sent': (event) => this.#signals.add(event),
      'child-signalled': (event) => this.#signals.ended(event),
      'at-stake': (event) => this.#unsentWork.update(event),
      'channel-taker': (event) => this.#queues.taken(event),
      'items-unsent': (event) => this.#queues.left(event),
      'item-dropped': (event) => this.#queues.dropped(event),
      'task-published': (event) => this.#tasks.publish(event),
      'queue-consumed': (event) => this.#tasks.consume(event),
      'task-given': (event) => this.#tasks.give(event),
      'task-begun': (event) => this.#tasks.begin(event),
      'task-revoked': (event) => this.#tasks.revoke(event),
      'task-wait': (event) => this.#tasks.wait(event),
      'task-wait-over': (event) => this.#tasks.endWait(event),
      'thread-unstarted': keep,
      'main-ended': keep,
      'background-dropped': keep,
      'child-unread': keep,
      'child-read': keep,
      'clock-replaced': (event) => this.#replaceClock(event),
      'clock-restored': () => this.#restoreClock(),
      stuck: keep,
    };
  }

  get threads(): readonly PythonThread[] {
    return this.#threads.all;
  }

  /** What did not come from this process to another one that would have sent it. */
  lostBetween(at: number, others: ReadonlyMap<number, PythonProcess>): readonly LostWork[] {
    const processes = [...others.values()];
    const leading = new Set(processes.flatMap((process) => [...process.#queues.leading]));
    const workers = processes.filter((process) => process.#tasks.consumed.size > 0);
    const threadOf = (thread: ReportedThread) => this.#threads.of(thread);
    return [
      ...this.#signals.stopped
        .filter(({ to }) => others.get(to)?.isThereAndSends === true)
        .map((event) => ofStop(event, at, threadOf(event.thread))),
      ...this.#signals.endedSenders
        .filter(({ to }) => others.get(to)?.hasLoadedClient !== true)
        .map((event) => ofEarlyEnd(event, threadOf(event.thread))),
      ...this.#queues.lost(leading, threadOf),
      ...this.#tasks.lost(
        at,
        {
          consumed: new Set(workers.flatMap((process) => [...process.#tasks.consumed])),
          begun: new Set(processes.flatMap((process) => [...process.#tasks.begun])),
          given: new Map(processes.flatMap((process) => [...process.#tasks.given])),
          haveEnded: workers.length > 0 && workers.every((process) => process.#gone),
        },
        threadOf,
      ),
    ];
  }

  /** Its probe begins to look once there is something to look at. */
  private get hasLoadedClient(): boolean {
    return this.#lastBeat !== null;
  }

  private get isThereAndSends(): boolean {
    return !this.#gone && this.threads.some(({ requests }) => requests > 0);
  }

  add<Kind extends PythonEvent['e']>(event: EventOf<Kind> & { readonly e: Kind }): void {
    this.#holds.ranAgain(this.#lastAt, event.t);
    this.#suspensions.ranAgain(this.#lastAt, event.t);
    this.#lastAt = event.t;
    this.#handlers[event.e](event);
  }

  /** The process has ended, and its threads with it. */
  gone(code: number | null, signal: string | null): void {
    this.#gone = true;
    this.#signal = signal;
    const end = this.#endOfProcess(code);
    this.#threads.main(end.at).end = end;
    for (const thread of this.threads) thread.end ??= { ...end, reason: 'process-ended' };
  }

  /** Which signal ended it, and who sent that. */
  learnSignal(processes: readonly PythonProcess[]): void {
    const main = this.threads.find(({ isMain }) => isMain);
    if (!this.#wasKilled || main === undefined || main.end === null) return;
    const sent = processes.flatMap((process) => process.#signalsTo(this.pid));
    const heard =
      this.#signal ?? processes.map((other) => other.#signals.endOf(this.pid)).find((name) => name !== null);
    const signal = fatalSignal(heard ?? null, sent);
    if (signal !== null) main.end = { ...main.end, signal };
  }

  #signalsTo(pid: number): readonly FatalSignal[] {
    const ending = this.#signals.sentTo(pid);
    if (ending === null) return [];
    const { sent, after } = ending;
    return [
      {
        name: sent.name,
        by: this.#threads.of(sent.thread),
        stack: sent.stack,
        after: after === null ? null : { name: after.name, ms: sent.t - after.t },
      },
    ];
  }

  /** How it can be asked, where no thread of it has run for long and nobody has asked since. */
  silentOffer(at: number): StacksOffer | null {
    const isSilent = !this.#gone && this.#exit === null && at - this.#lastAt >= askAfterMs;
    return isSilent && this.#lastBeat !== null && this.#holds.holderSince(this.#lastAt) === null
      ? this.#offer
      : null;
  }

  heldBy(holder: Holder): void {
    this.#holds.answered(this.#lastAt, holder);
  }

  /** Locks that it held when it ended. */
  get locksLeft(): LocksOfTheDead {
    return this.#gone ? this.#locks.left(this.pid) : new Map();
  }

  /** Completes the threads and loops; `at` is when the observation ended. */
  finish(at: number, dead: LocksOfTheDead, suspended: SuspendedBetween): ProcessFacts {
    const main = this.#threads.main(at);
    const endedAt = this.#gone ? (main.end?.at ?? at) : Math.max(at, this.#lastAt);
    this.#complete(this.#context(endedAt), suspended);
    main.timers = this.#timers.forgotten();
    const haveSent = this.#ledger.started > 0;
    const losses = this.#losses(main, endedAt);
    const missed = new Set([
      ...losses.flatMap(({ takers }) => takers?.threads ?? []),
      ...this.#handed.targets(),
    ]);
    return {
      errors: this.#errors.that(haveSent, (error) => this.#requests.failedWith(error), missed),
      overflows: this.#timers.overflows(main),
      lostPosts: this.#handed.neverRun(endedAt),
      poolWaits: this.#jobs.waits(this.pid, endedAt),
      unstarted: this.#unstarted(haveSent),
      unwoken: this.#loops.unwoken(),
      losses,
      places: this.#places.now(this.#gone, this.#threads, this.#loops, dead),
      unfollowed: this.#unfollowed,
      swallowed: this.#swallowed.that((thread) => this.#threads.of(thread)),
    };
  }

  get #wasKilled(): boolean {
    return this.#gone && this.#exit === null;
  }

  #losses(main: PythonThread, endedAt: number): readonly LostWork[] {
    return [
      ...this.#unsentWork.lost(main, (thread) => this.#threads.of(thread)),
      ...lostWork(this.#work.all, {
        requests: this.#requests.ofProcess(this.pid),
        loops: this.#loops,
        holds: this.#holds,
        posters: this.#posters,
        queuedJobs: this.#jobs,
        wasKilled: this.#wasKilled,
        endedAt,
        threadOf: (thread) => this.#threads.of(thread),
        threadById: (id) => this.#threads.all.find(({ tid }) => tid === id) ?? null,
      }),
    ];
  }

  #look(event: EventOf<'snapshot'>): void {
    if (event.how !== 'pending') this.#exit = event;
    this.#places.look(event);
    this.#jobs.look(event);
    this.#loops.look(event);
    this.#requests.look(event);
    this.#handed.look(event);
  }

  #replaceClock({ t, clock, by, since, stack, waits }: EventOf<'clock-replaced'>): void {
    this.#restoreClock();
    for (const wait of waits) {
      const thread = this.#threads.of(wait.thread, t);
      const timersSet = [{ at: since, name: clock, stack: wait.stack }];
      thread.clock ??= { at: since, by: `${by} for ${clock}`, stack, timersSet, moves: null };
    }
  }

  #restoreClock(): void {
    for (const thread of this.threads) thread.clock = null;
  }

  #endOfProcess(code: number | null): ThreadEnd {
    const exit = this.#exit;
    const at = this.#leavingAt ?? exit?.t ?? this.#lastAt;
    if (exit?.how === 'os._exit') return { at, reason: 'exit-call', code, stack: exit.stack };
    if (exit === null && this.#leavingAt === null) return { at, reason: 'killed', code, stack: [] };
    const escaped = this.threads.some((thread) => thread.isMain && thread.escaped);
    return { at, reason: escaped ? 'error' : 'natural', code, stack: [] };
  }

  #context(endedAt: number): ProcessContext {
    const isHeld = !this.#gone && this.#lastBeat !== null && endedAt - this.#lastBeat >= silentMs;
    return {
      handed: this.#handed.all,
      waits: this.#handed.waits,
      pastWaits: this.#handed.pastWaits,
      loopOf: (number) => this.#loops.find(number),
      isMissed: (loop) =>
        this.#handed.all.some((item) => item.loop === loop && item.abandonedAt === null) ||
        this.threads.some(({ pending }) => [...pending.values()].some((request) => request.loop === loop)),
      endedAt,
      heldSince: isHeld ? this.#lastBeat : null,
      heldAt: isHeld ? (this.#holds.holderSince(this.#lastAt)?.stack ?? []) : [],
      holds: this.#holds,
    };
  }

  #complete(around: ProcessContext, suspended: SuspendedBetween): void {
    const { heldSince, heldAt, endedAt } = around;
    const howSuspended = ({ from, durationMs }: Pick<Standstill, 'from' | 'durationMs'>) =>
      suspended(this.pid, from, from + durationMs);
    // Where the whole process was not let run, no code of its own blocked a loop; one that had to wait for a CPU ran.
    for (const loop of this.#loops.all)
      loop.standstills = standstillsOf(loop, around).filter((one) => {
        const how = howSuspended(one);
        return how !== 'stopped' && how !== 'frozen';
      });
    const wasKept =
      heldSince !== null && howSuspended({ from: heldSince, durationMs: endedAt - heldSince }) !== null;
    for (const thread of this.threads) {
      thread.suspensions = this.#suspensions.of(thread, suspended, wasKept ? heldSince : null, endedAt);
      const loops = this.#loops.all.filter((loop) => loop.thread === thread);
      thread.standstills = loops.flatMap(({ standstills }) => standstills).sort((a, b) => a.from - b.from);
      if (heldSince === null || wasKept) continue;
      const held = { thread, isClosed: false, standstills: [heldStandstill(heldSince, endedAt, heldAt)] };
      for (const request of thread.pending.values()) request.loop ??= held;
    }
  }

  #unstarted(haveSent: boolean): readonly UnstartedWork[] {
    const handed = new Set(this.#handed.all.map(({ what }) => what));
    return this.#unawaited
      .filter(({ what, users, leads }) => (leads || (users && !haveSent)) && !handed.has(what))
      .map(({ thread, what, kind, stack, t, droppedIn }) => ({
        droppedIn,
        thread: this.#threads.of(thread, t),
        what,
        kind,
        stack,
      }));
  }
}

function addTo<Item>(kept: Item[], item: Item): void {
  if (kept.length < keptEvents) kept.push(item);
}
