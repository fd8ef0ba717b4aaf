import type {
  BodyBytes,
  Deadline,
  Failure,
  PeriodWithoutResponses,
  ReceivedBytes,
  RequestState,
} from '../record.ts';
import { keysOfRecoveredTries, tryKey } from '../retries.ts';
import { Request, type RequestStart, type SendingThread } from './request.ts';

/** A response that took longer than this, in ms, may have been kept waiting by something. */
const promptMs = 400;
/** A queue that moves within this time, in ms, is busy, not stuck. */
const leastPeriodMs = 700;
const keptRequests = 5000;
const keptPeriods = 500;
const keptTries = 1000;
const keptOrigins = 500;

interface Counted {
  readonly t: number;
  readonly origin: string;
  readonly path: string;
  readonly n: number;
}

interface ResponseHead {
  readonly r: number;
  readonly t: number;
  readonly status: number;
  /** Of a `retry-after` header, as sent. */
  readonly retryAfter: string | null;
  /** True for event streams and the like, which rest for as long as there is nothing to report. */
  readonly endless: boolean;
  /** Whether the program goes on only when the whole body is there; absent where that is not known. */
  readonly whole?: boolean;
}

/** Follows requests to their end; those that went well at once are only counted. */
export class RequestLedger {
  readonly #isRelevant: (url: string) => boolean;
  readonly #ended: Request[] = [];
  readonly #periodsWithoutResponses: PeriodWithoutResponses[] = [];
  /** Failed tries by key, until one goes well. */
  readonly #failedTries = new Map<string, readonly Request[]>();
  /** Requests that a deadline ended, by their origin, until a later one to that goes well. */
  readonly #timedOut = new Map<string, readonly Request[]>();
  #started = 0;
  #unmatched = 0;
  #succeeded = 0;

  constructor(isRelevant: (url: string) => boolean) {
    this.#isRelevant = isRelevant;
  }

  /** Requests that do not count. */
  get unmatched(): number {
    return this.#unmatched;
  }

  get started(): number {
    return this.#started;
  }

  get succeeded(): number {
    return this.#succeeded;
  }

  get ended(): readonly Request[] {
    return this.#ended;
  }

  get periodsWithoutResponses(): readonly PeriodWithoutResponses[] {
    return this.#periodsWithoutResponses;
  }

  /** Lets go of what ended before the moment given. */
  dropEnded(before: number): void {
    const kept = this.#ended.filter(({ endedAt }) => endedAt === null || endedAt >= before);
    this.#ended.splice(0, this.#ended.length, ...kept);
    const recent = this.#periodsWithoutResponses.filter(({ to }) => to >= before);
    this.#periodsWithoutResponses.splice(0, this.#periodsWithoutResponses.length, ...recent);
    for (const [key, tries] of this.#failedTries) {
      if (tries.every(({ endedAt }) => endedAt !== null && endedAt < before)) this.#failedTries.delete(key);
    }
  }

  start(thread: SendingThread, start: RequestStart): void {
    if (thread.isLauncher) return;
    if (!this.#isRelevant(start.origin + start.path)) {
      this.#unmatched++;
      return;
    }
    this.#started++;
    thread.firstRequestAt ??= start.t;
    thread.lastRequestAt = start.t;
    thread.requests++;
    const { gotOnAt } = thread;
    if (!gotOnAt.has(start.origin) && gotOnAt.size < keptOrigins) gotOnAt.set(start.origin, start.t);
    thread.pending.set(start.r, new Request(thread, start));
  }

  /** Requests of a busy thread that went well at once. */
  count(thread: SendingThread, { t, origin, path, n }: Counted): void {
    if (thread.isLauncher) return;
    if (!this.#isRelevant(origin + path)) {
      this.#unmatched += n;
      return;
    }
    this.#started += n;
    this.#succeeded += n;
    thread.succeeded += n;
    thread.requests += n;
    thread.firstRequestAt ??= t;
    thread.lastRequestAt = t;
    if (thread.gotOnAt.has(origin)) this.#move(thread, origin, t);
  }

  enter(thread: SendingThread, r: number, state: RequestState, at: number): void {
    thread.pending.get(r)?.enter(state, at);
  }

  learnDeadline(thread: SendingThread, r: number, deadline: Deadline | null): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.deadline = deadline;
  }

  learnBody(thread: SendingThread, r: number, body: string, waitMs: number | null = null): void {
    const request = thread.pending.get(r);
    if (request === undefined) return;
    request.body = body;
    request.asksToWaitMs ??= waitMs;
  }

  headers(thread: SendingThread, { r, t, status, retryAfter, endless, whole = false }: ResponseHead): void {
    const request = thread.pending.get(r);
    if (request === undefined) return;
    request.enter('body', t);
    request.status = status;
    request.headersAt = t;
    request.retryAfter = retryAfter;
    request.endless = endless;
    request.readWhole = whole;
    this.#gotOn(request, t);
    // It may be tried again before its body has come to its end.
    if (!request.isGood) this.#keepTry(request);
  }

  /** Where a line is open, the rest of it must come: it has no end by its nature only between two lines. */
  learnLine(thread: SendingThread, r: number, open: boolean): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.endless = !open;
  }

  refuse(thread: SendingThread, r: number, refusal: string | null): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.refusal = refusal;
  }

  learnRedirect(thread: SendingThread, r: number, from: Request['redirectedFrom']): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.redirectedFrom = from;
  }

  learnProxy(thread: SendingThread, r: number, proxy: string): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.proxy = proxy;
  }

  intercept(thread: SendingThread, r: number, by: string): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.interceptedBy = by;
  }

  learnBytes(thread: SendingThread, r: number, bytes: BodyBytes | null): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.bytes = bytes;
  }

  learnReceived(thread: SendingThread, r: number, received: ReceivedBytes): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.received = received;
  }

  /** It turns out to be none. */
  forget(thread: SendingThread, r: number): void {
    if (thread.pending.delete(r)) this.#started--;
  }

  end(thread: SendingThread, r: number, at: number): void {
    const request = this.#take(thread, r, at);
    if (request === null) return;
    if (request.isGood) this.#wentWell(request);
    else this.#wentWrong(request);
  }

  fail(thread: SendingThread, r: number, at: number, failure: Failure): void {
    const request = this.#take(thread, r, at);
    if (request === null) return;
    request.state = failure.state;
    request.failure = failure;
    // A response that the program has had enough of is one.
    if (failure.by === 'program' && request.status !== null && request.isGood) this.#heal(request);
    this.#wentWrong(request);
  }

  #take(thread: SendingThread, r: number, at: number): Request | null {
    const request = thread.pending.get(r);
    if (request === undefined) return null;
    thread.pending.delete(r);
    request.endedAt = at;
    this.#gotOn(request, at);
    return request;
  }

  #gotOn({ thread, origin }: Request, at: number): void {
    this.#move(thread, origin, at);
  }

  #move(thread: SendingThread, origin: string, at: number): void {
    const last = thread.gotOnAt.get(origin);
    if (last === undefined) return;
    if (at - last > leastPeriodMs && this.#periodsWithoutResponses.length < keptPeriods) {
      this.#periodsWithoutResponses.push({ thread, origin, from: last, to: at });
    }
    thread.gotOnAt.set(origin, at);
  }

  /** A deadline around it gave it up, and the program went on without it. */
  giveUp(thread: SendingThread, r: number, givenUp: NonNullable<Request['givenUp']>): void {
    const request = this.#ended.findLast((ended) => ended.thread === thread && ended.r === r);
    if (request !== undefined) request.givenUp = givenUp;
  }

  #wentWell(request: Request): void {
    this.#succeeded++;
    this.#noteResponse(request.origin, request.startedAt);
    request.thread.succeeded++;
    this.#heal(request);
    const took = (request.headersAt ?? request.endedAt ?? request.startedAt) - request.startedAt;
    if (took > promptMs) this.#keep(request);
  }

  /** An earlier try that had failed when this one started has been made good. */
  #heal(request: Request): void {
    for (const r of request.insteadOf) {
      const failed = this.#find(request.thread, r);
      if (failed !== undefined && failed.failedAt <= request.startedAt) failed.retried = true;
    }
    if (this.#failedTries.size === 0) return;
    for (const key of keysOfRecoveredTries(request)) this.#healTries(key, request);
  }

  /** Another request has said the same, and went well. */
  supersede(thread: SendingThread, r: number): void {
    const failed = this.#find(thread, r);
    if (failed !== undefined) failed.retried = true;
  }

  /** Another request has said the same to another addressee, and went well: only in its place, where `isOnlyInstead` says so. */
  restate(
    thread: SendingThread,
    r: number,
    laterR: number,
    isOnlyInstead: (before: readonly string[], now: readonly string[]) => boolean,
  ): void {
    const [failed, later] = [r, laterR].map((number) => this.#find(thread, number));
    if (failed === undefined || later === undefined || failed.failedAt > later.startedAt) return;
    if (isOnlyInstead(failed.stack, later.stack)) failed.retried = true;
  }

  #find(thread: SendingThread, r: number): Request | undefined {
    return (
      thread.pending.get(r) ?? this.#ended.findLast((request) => request.thread === thread && request.r === r)
    );
  }

  #healTries(key: string, request: Request): void {
    const tries = this.#failedTries.get(key);
    if (tries === undefined) return;
    const later = tries.filter((failed) => failed.failedAt > request.startedAt);
    for (const failed of tries) if (!later.includes(failed)) failed.retried = true;
    if (later.length === 0) this.#failedTries.delete(key);
    else this.#failedTries.set(key, later);
  }

  #noteResponse(origin: string, startedAt: number): void {
    const before = this.#timedOut.get(origin);
    if (before === undefined) return;
    for (const request of before) request.answeredSince ||= (request.endedAt ?? startedAt) <= startedAt;
    const others = before.filter(({ answeredSince }) => !answeredSince);
    if (others.length === 0) this.#timedOut.delete(origin);
    else this.#timedOut.set(origin, others);
  }

  #wentWrong(request: Request): void {
    this.#keep(request);
    if (request.failure?.by === 'deadline' && this.#timedOut.size < keptOrigins) {
      const others = this.#timedOut.get(request.origin) ?? [];
      if (others.length < keptTries) this.#timedOut.set(request.origin, [...others, request]);
    }
    if (!request.retried) this.#keepTry(request);
  }

  #keepTry(request: Request): void {
    const key = tryKey(request);
    const tries = this.#failedTries.get(key) ?? [];
    if (tries.includes(request)) return;
    const before = tries.at(-1);
    if (before !== undefined && before.failedAt <= request.startedAt) before.triedAgain = request;
    if (tries.length < keptTries && this.#failedTries.size < keptRequests) {
      this.#failedTries.set(key, [...tries, request]);
    }
  }

  #keep(request: Request): void {
    if (this.#ended.length < keptRequests) this.#ended.push(request);
  }
}
