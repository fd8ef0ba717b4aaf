import type { BodyBytes, Drought } from '../record.ts';
import type { ReplyHead, RequestFailed, RequestStarted, RequestState, RequestsCounted } from './event.ts';
import { Request, type Thread } from './thread.ts';

/** An answer that took longer than this, in ms, may have been kept waiting by something. */
const promptMs = 400;
/** A queue that moves within this time, in ms, is busy, not stuck. */
const droughtMs = 700;
const keptRequests = 5000;
const keptDroughts = 500;
const keptTries = 1000;
const keptOrigins = 500;

/** Follows requests to their end; those that went well at once are only counted. */
export class RequestLedger {
  readonly #isRelevant: (url: string) => boolean;
  readonly #ended: Request[] = [];
  readonly #droughts: Drought[] = [];
  /** Failed tries by key, until one goes well. */
  readonly #failedTries = new Map<string, readonly Request[]>();
  #started = 0;
  #succeeded = 0;

  constructor(isRelevant: (url: string) => boolean) {
    this.#isRelevant = isRelevant;
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

  get droughts(): readonly Drought[] {
    return this.#droughts;
  }

  start(thread: Thread, event: RequestStarted): void {
    if (thread.isLauncher || !this.#isRelevant(event.origin + event.path)) return;
    this.#started++;
    thread.firstRequestAt ??= event.t;
    thread.lastRequestAt = event.t;
    thread.requests++;
    const { gotOnAt } = thread;
    if (!gotOnAt.has(event.origin) && gotOnAt.size < keptOrigins) gotOnAt.set(event.origin, event.t);
    thread.pending.set(event.r, new Request(thread, event));
  }

  /** Requests of a busy thread that went well at once. */
  count(thread: Thread, { t, origin, path, n }: RequestsCounted): void {
    if (thread.isLauncher || !this.#isRelevant(origin + path)) return;
    this.#started += n;
    this.#succeeded += n;
    thread.succeeded += n;
    thread.requests += n;
    thread.firstRequestAt ??= t;
    thread.lastRequestAt = t;
    if (thread.gotOnAt.has(origin)) this.#move(thread, origin, t);
  }

  enter(thread: Thread, r: number, state: RequestState, at: number): void {
    thread.pending.get(r)?.enter(state, at);
  }

  learnBody(thread: Thread, r: number, body: string): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.body = body;
  }

  headers(thread: Thread, { r, t, status, retryAfter, endless }: ReplyHead): void {
    const request = thread.pending.get(r);
    if (request === undefined) return;
    request.enter('body', t);
    request.status = status;
    request.headersAt = t;
    request.retryAfter = retryAfter;
    request.endless = endless;
    this.#gotOn(request, t);
  }

  refuse(thread: Thread, r: number, refusal: string | null): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.refusal = refusal;
  }

  intercept(thread: Thread, r: number, by: string): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.interceptedBy = by;
  }

  learnBytes(thread: Thread, r: number, bytes: BodyBytes): void {
    const request = thread.pending.get(r);
    if (request !== undefined) request.bytes = bytes;
  }

  end(thread: Thread, r: number, at: number): void {
    const request = this.#take(thread, r, at);
    if (request === null) return;
    if (request.isGood) this.#wentWell(request);
    else this.#wentWrong(request);
  }

  fail(thread: Thread, { r, t, by, code, message, s }: RequestFailed): void {
    const request = this.#take(thread, r, t);
    if (request === null) return;
    request.state = s;
    request.failure = { by, code, message, state: s };
    // An answer that the program has had enough of is one.
    if (by === 'program' && request.status !== null && request.isGood) this.#heal(request);
    this.#wentWrong(request);
  }

  #take(thread: Thread, r: number, at: number): Request | null {
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

  #move(thread: Thread, origin: string, at: number): void {
    const last = thread.gotOnAt.get(origin);
    if (last === undefined) return;
    if (at - last > droughtMs && this.#droughts.length < keptDroughts) {
      this.#droughts.push({ thread, origin, from: last, to: at });
    }
    thread.gotOnAt.set(origin, at);
  }

  #wentWell(request: Request): void {
    this.#succeeded++;
    request.thread.succeeded++;
    this.#heal(request);
    const took = (request.headersAt ?? request.endedAt ?? request.startedAt) - request.startedAt;
    if (took > promptMs) this.#keep(request);
  }

  /** An earlier try that had failed when this one started has been made good. */
  #heal(request: Request): void {
    if (this.#failedTries.size === 0) return;
    for (const key of request.triesMadeGood) this.#healTries(key, request);
  }

  #healTries(key: string, request: Request): void {
    const tries = this.#failedTries.get(key);
    if (tries === undefined) return;
    const later = tries.filter((failed) => (failed.endedAt ?? 0) > request.startedAt);
    for (const failed of tries) if (!later.includes(failed)) failed.retried = true;
    if (later.length === 0) this.#failedTries.delete(key);
    else this.#failedTries.set(key, later);
  }

  #wentWrong(request: Request): void {
    this.#keep(request);
    const key = request.tryKey;
    const tries = this.#failedTries.get(key) ?? [];
    if (tries.length < keptTries && this.#failedTries.size < keptRequests) {
      this.#failedTries.set(key, [...tries, request]);
    }
  }

  #keep(request: Request): void {
    if (this.#ended.length < keptRequests) this.#ended.push(request);
  }
}
