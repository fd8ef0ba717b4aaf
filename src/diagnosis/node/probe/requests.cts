// One file, however long: in a busy thread every request passes here, and all of it shares a few counters.
import type { Abandonment, Deadline, EventOf, RequestState } from '../protocol.ts' with {
  'resolution-mode': 'import',
};
import { askedWait } from './asked-wait.cjs';
import { contextHere } from './async-contexts.cjs';
import { count } from './counts.cjs';
import { describe, remember, triesIn } from './errors.cjs';
import { notificationIn } from './notifications.cjs';
import { withoutQuery } from './plain-path.cjs';
import { learnFrom } from './purpose.cjs';
import { placeOfClose } from './signals.cjs';
import { emit, emitLazily, emitSoon, now } from './sink.cjs';
import { framesReaching, stackNumber } from './stack.cjs';
import { hasFailedTries, makesGood, rememberFailedTry, restatedTries, supersededTries } from './tries.cjs';
import { requestCame } from './watched-callbacks.cjs';

/** One request of this thread, in a list of those that have not ended. */
export abstract class Tracked {
  /** Its number in the record. */
  r = ++serial;
  readonly startedAt = now();
  /** Whether the record knows of it, and up to which state. */
  reported = false;
  /** Whether the record takes it for one like it that has ended. */
  isHeir = false;
  reportedState: RequestState = 'created';
  reportedBody: string | null = null;
  reportedResponse = false;
  state: RequestState = 'created';
  ended = false;
  /** Zero before there is a response. */
  respondedAt = 0;
  status = 0;
  /** The response said that the request was in vain, whatever its status. */
  refused = false;
  /** What answered it inside this process, where no server did. */
  mockedBy: string | null = null;
  retryAfter: string | null = null;
  contentType = '';
  /** Of an endless response: whether its last chunk ended within a line. */
  isInLine = false;
  reportedInLine = false;
  reportedProxy = false;
  /** Bytes of a body that was not complete, as the record knows them. */
  reportedBytes = -1;
  /** Bytes read from the server when last looked at. */
  bytes = -1;
  older: Tracked | null = null;
  younger: Tracked | null = null;

  abstract get client(): EventOf<'request'>['client'];
  abstract get method(): string;
  abstract get origin(): string;
  abstract get path(): string;
  abstract readonly signal: AbortSignal | null;
  abstract get deadline(): Deadline | null;
  /** A fingerprint of its body, made only when it is needed. */
  abstract get body(): string | null;
  /** The body's text, as far as it is at hand. */
  abstract get bodyText(): string | null;
  /** The proxy that it goes through, as far as is known. */
  get proxy(): string | null {
    return null;
  }

  /** What it is doing now, asked while the loop runs, and once it has come to its end by itself. */
  abstract look(isOver: boolean): RequestState;
}

/** Requests a second from which on a thread is busy, and those below which it no longer is: those that go well at once are then only counted. */
const busyRequestsPerSecond = 400;
const calmRequestsPerSecond = 150;
const windowMs = 100;

let youngest: Tracked | null = null;
let oldest: Tracked | null = null;
let pending = 0;
let serial = 0;
let reportedPending = 0;
let windowStart = 0;
let windowCount = 0;
let busy = false;

/** Whether this thread has made a request yet. */
export function hasRequested(): boolean {
  return serial > 0;
}

export function pendingCount(): number {
  return pending;
}

/** Whether requests come so fast that those that go well at once are only counted. */
export function isBusy(): boolean {
  return busy;
}

/**
 * Reports a new request at once, before the loop can stop. In a busy thread one that is under way stands for all:
 * the others are reported when they fail, when they last, or when the thread stops or ends.
 */
export function track(tracked: Tracked): void {
  tracked.older = youngest;
  if (youngest === null) oldest = tracked;
  else youngest.younger = tracked;
  youngest = tracked;
  pending++;
  requestCame();
  if (!isBusyAt(tracked.startedAt)) report(tracked, requestStack(), emit);
  else if (reportedPending === 0) report(tracked, spareStack(), emit);
}

/** Without a link left behind: one request that is kept would keep all that came after it. */
function drop(tracked: Tracked): void {
  const { older, younger } = tracked;
  if (older === null) oldest = younger;
  else older.younger = younger;
  if (younger === null) youngest = older;
  else younger.older = older;
  tracked.older = null;
  tracked.younger = null;
  tracked.ended = true;
  pending--;
}

function isBusyAt(at: number): boolean {
  windowCount++;
  if (at - windowStart > windowMs) {
    const perSecond = (windowCount * 1000) / (at - windowStart);
    busy = perSecond > (busy ? calmRequestsPerSecond : busyRequestsPerSecond);
    windowStart = at;
    windowCount = 0;
  }
  return busy;
}

/** A package that begins the request in a later step of the loop was called by the program's own code before. */
function requestStack(): number | null {
  const before = contextHere()?.frames ?? [];
  const frames = framesReaching(before);
  if (frames === null) return null;
  learnFrom(frames);
  learnFrom(before);
  return stackNumber(frames);
}

let spared = 0;

/** One stack takes as long as all the rest: a busy thread gives one in so many. */
function spareStack(): number | null {
  return spared++ % 16 === 0 ? requestStack() : null;
}

function report(tracked: Tracked, stack: number | null, how: (event: EventOf<'request'>) => void): void {
  announce(tracked, stack, how);
  reportRest(tracked);
}

/** A busy thread's goes on as another one until its response is reported: that is left to the next beat. */
function announce(tracked: Tracked, stack: number | null, how: (event: EventOf<'request'>) => void): void {
  tracked.reported = true;
  tracked.reportedBody = tracked.body;
  reportedPending++;
  how({
    e: 'request',
    t: tracked.startedAt,
    r: tracked.r,
    client: tracked.client,
    method: tracked.method,
    origin: tracked.origin,
    path: withoutQuery(tracked.path),
    stack,
    deadline: tracked.deadline,
    body: tracked.reportedBody,
    waitMs: askedWait(tracked.path, tracked.bodyText),
    notification: notificationIn(tracked.bodyText),
  });
}

/** What has become of a request since the record last heard of it. */
function reportProxy(tracked: Tracked): void {
  if (tracked.reportedProxy) return;
  const { proxy } = tracked;
  if (proxy === null) return;
  tracked.reportedProxy = true;
  emitLazily({ e: 'proxy', r: tracked.r, proxy });
}

function reportRest(tracked: Tracked): void {
  if (tracked.respondedAt === 0) reportState(tracked);
  else if (!tracked.reportedResponse) reportResponse(tracked);
  else reportState(tracked);
}

/** A body may come to hand after the request was reported; it distinguishes tries of one request from others. */
export function reportBody(tracked: Tracked): void {
  const { r, body } = tracked;
  if (body === null || body === tracked.reportedBody) return;
  tracked.reportedBody = body;
  emitLazily({ e: 'body', r, body, waitMs: askedWait(tracked.path, tracked.bodyText) });
}

function reportState(tracked: Tracked): void {
  if (tracked.reportedState === tracked.state) return;
  tracked.reportedState = tracked.state;
  emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
}

function reportResponse(tracked: Tracked): void {
  tracked.reportedResponse = true;
  tracked.reportedState = 'body';
  const { r, status, retryAfter, contentType } = tracked;
  if (tracked.mockedBy !== null) emitSoon({ e: 'mocked', r: tracked.r, by: tracked.mockedBy });
  emitSoon({ e: 'headers', t: tracked.respondedAt, r, status, retryAfter, endless: isEndless(contentType) });
  reportState(tracked);
}

function reportLine(tracked: Tracked): void {
  const { r, isInLine, reportedInLine, reportedResponse } = tracked;
  if (!reportedResponse || isInLine === reportedInLine) return;
  tracked.reportedInLine = isInLine;
  emitLazily({ e: 'line', t: now(), r, open: isInLine });
}

function isEndless(contentType: string): boolean {
  return /event-stream|x-mixed-replace|ndjson/i.test(contentType);
}

/** Makes sure that the record knows of a request of which there is something to report. */
export function ensureReported(tracked: Tracked): void {
  if (tracked.ended) return;
  if (tracked.isHeir) disinherit(tracked);
  if (!tracked.reported) report(tracked, null, emitLazily);
}

/**
 * In a busy thread the record goes on with one that is still under way in place of one like it that went well: what it
 * shows stays true until the next beat, and nothing need be written.
 */
function passOn(tracked: Tracked): boolean {
  if (!busy || !tracked.reported || tracked.reportedResponse || reportedPending > 1) return false;
  const heir = tracked === youngest ? tracked.older : youngest;
  if (heir === null || !isAlike(heir, tracked)) return false;
  heir.r = tracked.r;
  heir.reported = true;
  heir.isHeir = true;
  heir.reportedState = tracked.reportedState;
  heir.reportedBody = tracked.reportedBody;
  drop(tracked);
  // The first of the row is counted by its own end.
  if (tracked.isHeir) count(tracked);
  return true;
}

function isAlike(one: Tracked, other: Tracked): boolean {
  return (
    one.path === other.path &&
    one.origin === other.origin &&
    one.method === other.method &&
    one.client === other.client
  );
}

function disinherit(heir: Tracked): void {
  emitLazily({ e: 'end', t: now(), r: heir.r });
  heir.r = ++serial;
  heir.isHeir = false;
  heir.reported = false;
  heir.reportedState = 'created';
  heir.reportedResponse = false;
  reportedPending--;
}

/** All that are under way, before the thread stops or ends. */
export function reportAll(): void {
  for (let tracked = oldest; tracked !== null; tracked = tracked.younger) {
    ensureReported(tracked);
    reportRest(tracked);
  }
}

/** A response that still comes in, however slowly, is no stalled one. */
export function received(tracked: Tracked, bytes: number): void {
  if (tracked.reported && tracked.bytes !== -1 && bytes > tracked.bytes && !tracked.ended) {
    emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
  }
  tracked.bytes = bytes;
}

/** A busy thread's states are reported at the next beat: by then most requests have ended. */
export function progress(tracked: Tracked, state: RequestState): void {
  if (tracked.state === state) return;
  tracked.state = state;
  if (busy || !tracked.reported || tracked.ended) return;
  tracked.reportedState = state;
  emitSoon({ e: 'state', t: now(), r: tracked.r, s: state });
}

export function responded(
  tracked: Tracked,
  status: number,
  contentType: string,
  retryAfter: string | null,
): void {
  if (tracked.ended) return;
  tracked.state = 'body';
  tracked.respondedAt = now();
  tracked.status = status;
  tracked.contentType = contentType;
  tracked.retryAfter = retryAfter;
  // The program may try again before the body of this response has come to its end.
  if (isRefusal(status)) rememberFailedTry(tracked);
  if (tracked.reported && !busy) reportResponse(tracked);
}

function isRefusal(status: number): boolean {
  return status >= 300 && status !== 304;
}

export function settled(tracked: Tracked): void {
  if (tracked.ended) return;
  const unremarkable = isUnremarkable(tracked);
  if (unremarkable && passOn(tracked)) return;
  if (!unremarkable) {
    ensureReported(tracked);
    reportBody(tracked);
    reportRest(tracked);
  }
  drop(tracked);
  if (!tracked.reported || tracked.isHeir) count(tracked);
  if (!tracked.reported) return;
  emitSoon({ e: 'end', t: now(), r: tracked.r });
  reportedEnded();
}

export function failed(tracked: Tracked, error: unknown, by: Abandonment): void {
  if (tracked.ended) return;
  ensureReported(tracked);
  reportBody(tracked);
  reportProxy(tracked);
  reportRest(tracked);
  drop(tracked);
  remember(error);
  rememberFailedTry(tracked);
  const { code, message } = describe(error);
  const closedAt = by === 'program' ? placeOfClose(tracked.signal) : null;
  emitSoon({
    e: 'fail',
    t: now(),
    r: tracked.r,
    by,
    code,
    message,
    s: tracked.state,
    tries: triesIn(error),
    ...(closedAt === null ? {} : { closedAt }),
  });
  reportedEnded();
}

/** Something inside the process has taken it, and it never leaves. */
export function takenByMock(tracked: Tracked, by: string): void {
  if (tracked.ended) return;
  ensureReported(tracked);
  tracked.mockedBy = by;
  emit({ e: 'mocked', r: tracked.r, by });
  settled(tracked);
}

/** The youngest stands in for those that are still under way: it is the one that will be for longest. */
function reportedEnded(): void {
  reportedPending--;
  if (reportedPending === 0 && youngest !== null) announce(youngest, null, emitLazily);
}

/** Distinguishes tries of one request from others; a busy thread needs that only where there are some to make good. */
export function areBodiesWanted(): boolean {
  return !busy || hasFailedTries();
}

function isUnremarkable(tracked: Tracked): boolean {
  const { status } = tracked;
  if (status < 200 || status >= 300 || tracked.refused || tracked.mockedBy !== null) {
    rememberFailedTry(tracked);
    return false;
  }
  for (const r of supersededTries(tracked)) emitLazily({ e: 'superseded', r });
  for (const r of restatedTries(tracked)) emitLazily({ e: 'restated', r, later: tracked.r });
  return !makesGood(tracked);
}

/** A request that lasts longer than this, in ms, is reported in a busy thread too. */
const lastingMs = 300;

/** Asks every pending request what it is doing. */
export function lookAtAll(isOver = false): void {
  const old = now() - lastingMs;
  let next: Tracked | null = null;
  for (let tracked = oldest; tracked !== null; tracked = next) {
    next = tracked.younger;
    try {
      if (tracked.isHeir || tracked.startedAt < old) ensureReported(tracked);
      progress(tracked, tracked.look(isOver));
      if (tracked.reported && !tracked.ended) {
        reportProxy(tracked);
        reportRest(tracked);
        reportLine(tracked);
      }
    } catch {
      // A client of another version: its state stays what its events said.
    }
  }
}

export interface Mocked extends Pick<EventOf<'request'>, 'client' | 'method' | 'origin' | 'path' | 'stack'> {
  /** When it began. */
  readonly at: number;
}

/** A request that never became one: something inside the process answered it. */
export function reportMocked({ at, path, ...described }: Mocked, by: string): void {
  const r = ++serial;
  requestCame();
  emit({
    e: 'request',
    t: at,
    r,
    ...described,
    path: withoutQuery(path),
    deadline: null,
    body: null,
    waitMs: null,
  });
  emit({ e: 'mocked', r, by });
  emitSoon({ e: 'end', t: now(), r });
}
