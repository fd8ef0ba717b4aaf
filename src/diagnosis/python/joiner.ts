import type { EventOf, JobSeen, PythonEvent, PythonThread, ThreadStanding } from './event.ts';
import { lostWork } from './lost-work.ts';
import type { Handover, LoopRecord, PythonRecord, PythonRequest, ThreadSeen } from './record.ts';
import type { WorkEvent } from './work-event.ts';

/** A request that took longer, in ms, is kept to be judged. */
const slowMs = 300;

/** Threads told apart, of a program that starts one for every message. */
const threadLimit = 200;

/** Events kept of work that was lost, or may have been. */
const workLimit = 500;

/** Loops kept of a program that makes one for every message. */
const loopLimit = 1000;

function isWell({ head, refusal, failure, endedAt }: PythonRequest): boolean {
  return endedAt !== null && failure === null && refusal === null && head !== null && head.status < 400;
}

function asksTheSame({ started: one }: PythonRequest, { started: other }: PythonRequest): boolean {
  return (
    one.method === other.method &&
    one.origin === other.origin &&
    one.path === other.path &&
    one.body === other.body
  );
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Joins one process's events; what went well is let go, so that a long run needs little memory. */
export class PythonJoiner {
  readonly #isRelevant: (url: string) => boolean;
  #process: EventOf<'process'> | null = null;
  readonly #requests = new Map<number, Mutable<PythonRequest>>();
  readonly #loops = new Map<number, Mutable<LoopRecord>>();
  readonly #handovers = new Map<number, Mutable<Handover>>();
  readonly #threads = new Map<number, Mutable<ThreadSeen>>();
  readonly #waits = new Map<number, EventOf<'wait'>>();
  #pastWaits: readonly EventOf<'wait'>[] = [];
  readonly #timers = new Map<number, EventOf<'timer'>>();
  readonly #errors: PythonRecord['errors'][number][] = [];
  readonly #unawaited: EventOf<'unawaited'>[] = [];
  readonly #work: WorkEvent[] = [];
  readonly #queuedJobs = new Map<number, JobSeen>();
  #standing: readonly ThreadStanding[] = [];
  #snapshot: EventOf<'snapshot'> | null = null;
  #lastBeat: number | null = null;
  #leavingAt: number | null = null;
  #lastAt = 0;
  #started = 0;
  #succeeded = 0;

  /** `isRelevant` tells whether requests to a URL count. */
  constructor(isRelevant: (url: string) => boolean = () => true) {
    this.#isRelevant = isRelevant;
  }

  add(event: PythonEvent): void {
    this.#lastAt = event.t;
    switch (event.e) {
      case 'process':
        this.#process = event;
        return;
      case 'beat':
        this.#lastBeat = event.t;
        return;
      case 'leaving':
        this.#leavingAt = event.t;
        return;
      case 'request':
        if (!this.#isRelevant(`${event.origin}${event.path}`)) return;
        this.#started += 1;
        this.#seeThread(event.thread, event.t);
        this.#requests.set(event.r, {
          started: event,
          state: 'created',
          head: null,
          refusal: null,
          endedAt: null,
          failure: null,
          timeoutMs: event.timeoutMs,
        });
        return;
      case 'loop':
        this.#moveLoop(event);
        return;
      case 'stood':
        this.#loop(event.l, event.t).stood = [...this.#loop(event.l, event.t).stood, event].slice(-20);
        return;
      case 'unsafe-call':
        this.#loop(event.l, event.t).unsafeCalls = [...this.#loop(event.l, event.t).unsafeCalls, event];
        return;
      case 'handover':
        this.#handovers.set(event.h, { made: event, started: false, end: null });
        return;
      case 'handover-end':
        this.#endHandover(event);
        return;
      case 'wait':
        this.#waits.set(event.w, event);
        return;
      case 'wait-end': {
        const wait = this.#waits.get(event.w);
        this.#waits.delete(event.w);
        if (wait !== undefined) this.#pastWaits = [...this.#pastWaits, wait].slice(-50);
        return;
      }
      case 'timer':
        this.#timers.set(event.n, event);
        return;
      case 'timer-fired':
      case 'timer-over':
        this.#timers.delete(event.n);
        return;
      case 'snapshot':
        this.#look(event);
        return;
      case 'loop-error':
      case 'thread-error':
      case 'uncaught':
        if (this.#errors.length < 50) this.#errors.push(event);
        return;
      case 'unawaited':
        if (this.#unawaited.length < 50) this.#unawaited.push(event);
        return;
      case 'probe-error':
        return;
      case 'state':
      case 'head':
      case 'refusal':
      case 'end':
      case 'forget':
      case 'fail':
        this.#moveRequest(event);
        return;
      default:
        this.#keepWork(event);
    }
  }

  /** What is known; `endedAt` is when the observation ended, on the monotonic clock in ms. */
  record(endedAt: number, gone: boolean, signal: string | null = null): PythonRecord {
    const exit = this.#snapshot !== null && this.#snapshot.how !== 'pending' ? this.#snapshot : null;
    const record: PythonRecord = {
      pid: this.#process?.pid ?? 0,
      python: this.#process?.python ?? 'unknown',
      requests: [...this.#requests.values()],
      started: this.#started,
      succeeded: this.#succeeded,
      threads: [...this.#threads.values()],
      loops: this.#loops,
      handovers: [...this.#handovers.values()],
      waits: [...this.#waits.values()],
      pastWaits: this.#pastWaits,
      jobs: this.#snapshot?.jobs ?? [],
      queued: this.#snapshot?.queued ?? 0,
      errors: this.#errors,
      unawaited: this.#unawaited,
      losses: [],
      standing: this.#standing,
      blindSpots: this.#work.filter((event) => event.e === 'not-followed'),
      forked: this.#work.find((event) => event.e === 'forked') ?? null,
      pendingTimers: [...this.#timers.values()],
      leavingAt: this.#leavingAt,
      exit,
      signal,
      gone,
      lastBeat: this.#lastBeat,
      endedAt: exit?.t ?? (gone ? this.#lastAt : Math.max(endedAt, this.#lastAt)),
    };
    return { ...record, losses: lostWork(this.#work, record, this.#queuedJobs) };
  }

  #moveRequest(event: EventOf<'state' | 'head' | 'refusal' | 'end' | 'forget' | 'fail'>): void {
    const request = this.#requests.get(event.r);
    if (request === undefined) return;
    switch (event.e) {
      case 'state':
        request.state = event.s;
        if (event.timeoutMs !== undefined) request.timeoutMs = event.timeoutMs;
        return;
      case 'head':
        request.head = event;
        return;
      case 'refusal':
        request.refusal = event.code;
        return;
      case 'end':
        request.endedAt = event.t;
        if (isWell(request)) this.#succeed(event.r, request);
        return;
      case 'forget':
        this.#requests.delete(event.r);
        this.#started -= 1;
        return;
      case 'fail':
        request.endedAt = event.t;
        request.failure = event;
        request.state = event.s;
    }
  }

  /** One that succeeds makes good for those before it that asked for the same. */
  #succeed(number: number, request: PythonRequest): void {
    this.#succeeded += 1;
    if (request.endedAt === null || request.endedAt - request.started.t < slowMs) {
      this.#requests.delete(number);
      this.#seeThread(request.started.thread, request.started.t).answered += 1;
    }
    for (const [other, earlier] of this.#requests) {
      if (other !== number && !isWell(earlier) && earlier.endedAt !== null && asksTheSame(earlier, request))
        this.#requests.delete(other);
    }
  }

  #seeThread(thread: PythonThread, at: number): Mutable<ThreadSeen> {
    const known = this.#threads.get(thread.id);
    if (known !== undefined) return known;
    const seen: Mutable<ThreadSeen> = { thread, firstAt: at, answered: 0 };
    if (this.#threads.size < threadLimit) this.#threads.set(thread.id, seen);
    return seen;
  }

  #moveLoop(event: EventOf<'loop'>): void {
    this.#seeThread(event.thread, event.t);
    const loop = this.#loop(event.l, event.t);
    loop.state = event.s;
    loop.since = event.t;
    loop.thread = event.thread;
    loop.unwokenSince = null;
    if (event.s === 'closed' && this.#loops.size > loopLimit) this.#loops.delete(event.l);
  }

  #endHandover(event: EventOf<'handover-end'>): void {
    if (event.how !== 'cancelled') this.#handovers.delete(event.h);
    const handover = this.#handovers.get(event.h);
    if (handover === undefined) return;
    handover.end = event;
    handover.started ||= event.started;
  }

  #keepWork(event: WorkEvent): void {
    if (event.e === 'queue-held') {
      const index = this.#work.findIndex((other) => other.e === 'queue-held');
      if (index >= 0) this.#work.splice(index, 1);
    }
    if (this.#work.length < workLimit) this.#work.push(event);
  }

  #look(event: EventOf<'snapshot'>): void {
    this.#snapshot = event;
    // The thread that ends the process has left the place where it waited.
    if (event.threads.length > 0 && (event.how === 'pending' || this.#standing.length === 0))
      this.#standing = event.threads;
    for (const job of event.jobs) {
      if (this.#queuedJobs.size < workLimit) this.#queuedJobs.set(job.j, job);
    }
    for (const seen of event.loops) {
      const loop = this.#loop(seen.l, event.t);
      loop.seen = seen;
      const isUnwoken = seen.s === 'running' && seen.polling && seen.ready > 0;
      loop.unwokenSince = isUnwoken ? (loop.unwokenSince ?? event.t) : null;
    }
    for (const { h, started } of event.handovers) {
      const handover = this.#handovers.get(h);
      if (handover !== undefined) handover.started ||= started;
    }
  }

  #loop(number: number, at: number): Mutable<LoopRecord> {
    const known = this.#loops.get(number);
    if (known !== undefined) return known;
    const loop: Mutable<LoopRecord> = {
      number,
      state: 'new',
      since: at,
      thread: null,
      seen: null,
      stood: [],
      unsafeCalls: [],
      unwokenSince: null,
    };
    this.#loops.set(number, loop);
    return loop;
  }
}
