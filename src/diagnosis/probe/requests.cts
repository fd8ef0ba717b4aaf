import type { Abandonment, Deadline, RequestStarted, RequestState } from '../event.ts' with {
  'resolution-mode': 'import',
};
import { emit, emitLazily, emitSoon, now } from './sink.cjs';
import { stackHere } from './stack.cjs';

/** One request of this thread that has not ended. */
export interface Tracked {
  readonly r: number;
  readonly what: Origin;
  readonly startedAt: number;
  /** Whether the record knows of it. */
  told: boolean;
  state: RequestState;
  reply: { readonly at: number; readonly headers: ReplyHeaders } | null;
  /** Bytes read from the server when last looked at. */
  bytes?: number;
  /** What it is doing now, asked while the loop turns. */
  look: () => RequestState;
}

export interface Origin {
  readonly client: RequestStarted['client'];
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly deadline: Deadline | null;
  /** A fingerprint of its body, made only when it is needed. */
  body(): string | null;
}

export interface ReplyHeaders {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly contentType: string;
}

/** Requests a second from which on a thread is busy: those that go well at once are then only counted. */
const busyRequestsPerSecond = 400;
const windowMs = 100;

const pending = new Map<number, Tracked>();
let serial = 0;
let toldPending = 0;
let youngest: Tracked | null = null;
let windowStart = 0;
let windowCount = 0;
let busy = false;

export function pendingCount(): number {
  return pending.size;
}

/**
 * Tells of a new request at once, before the loop can stop. In a busy thread one that is under way stands for all:
 * the others are told when they fail, when they last, or when the thread stops or ends.
 */
export function track(what: Origin, look: () => RequestState): Tracked {
  const startedAt = now();
  const tracked: Tracked = {
    r: ++serial,
    what,
    startedAt,
    told: false,
    state: 'created',
    reply: null,
    look,
  };
  pending.set(tracked.r, tracked);
  youngest = tracked;
  if (!isBusyAt(startedAt)) tell(tracked, stackHere(), emit);
  else if (toldPending === 0) tell(tracked, spareStack(), emit);
  return tracked;
}

function isBusyAt(at: number): boolean {
  windowCount++;
  if (at - windowStart > windowMs) {
    busy = windowCount > (busyRequestsPerSecond * windowMs) / 1000 && at - windowStart < windowMs * 10;
    windowStart = at;
    windowCount = 0;
  }
  return busy;
}

let spared = 0;

/** One stack takes as long as all the rest: a busy thread gives one in so many. */
function spareStack(): number | null {
  return spared++ % 16 === 0 ? stackHere() : null;
}

function tell(tracked: Tracked, stack: number | null, how: (event: RequestStarted) => void): void {
  const { what } = tracked;
  tracked.told = true;
  toldPending++;
  how({
    e: 'request',
    t: tracked.startedAt,
    r: tracked.r,
    client: what.client,
    method: what.method,
    origin: what.origin,
    path: withoutQuery(what.path),
    stack,
    deadline: what.deadline,
    body: what.body(),
  });
  if (tracked.state !== 'created' && tracked.reply === null) {
    emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
  }
  if (tracked.reply !== null) tellReply(tracked, tracked.reply);
}

function tellReply(tracked: Tracked, { at, headers }: NonNullable<Tracked['reply']>): void {
  const endless = /event-stream|x-mixed-replace|ndjson/i.test(headers.contentType);
  const { status, retryAfter } = headers;
  emitSoon({ e: 'headers', t: at, r: tracked.r, status, retryAfter, endless });
}

/** Makes sure that the record knows of a request of which there is something to tell. */
export function ensureTold(tracked: Tracked): void {
  if (!tracked.told && pending.has(tracked.r)) tell(tracked, null, emitLazily);
}

/** All that are under way, before the thread stops or ends. */
export function tellAll(): void {
  for (const tracked of pending.values()) ensureTold(tracked);
}

/** A reply that still comes in, however slowly, is no stalled one. */
export function received(tracked: Tracked, bytes: number): void {
  if (tracked.told && tracked.bytes !== undefined && bytes > tracked.bytes && pending.has(tracked.r)) {
    emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
  }
  tracked.bytes = bytes;
}

export function progress(tracked: Tracked, state: RequestState): void {
  if (tracked.state === state) return;
  tracked.state = state;
  if (!tracked.told || !pending.has(tracked.r)) return;
  const event = { e: 'state', t: now(), r: tracked.r, s: state } as const;
  if (busy) emitLazily(event);
  else emitSoon(event);
}

export function replied(tracked: Tracked, headers: ReplyHeaders): void {
  if (!pending.has(tracked.r)) return;
  tracked.state = 'body';
  tracked.reply = { at: now(), headers };
  if (tracked.told) tellReply(tracked, tracked.reply);
}

export function settled(tracked: Tracked): void {
  if (!pending.has(tracked.r)) return;
  if (!tracked.told) {
    if (isUnremarkable(tracked)) {
      pending.delete(tracked.r);
      count(tracked);
      return;
    }
    ensureTold(tracked);
  }
  pending.delete(tracked.r);
  emitSoon({ e: 'end', t: now(), r: tracked.r });
  toldEnded();
}

export function failed(tracked: Tracked, error: unknown, by: Abandonment): void {
  if (!pending.has(tracked.r)) return;
  ensureTold(tracked);
  pending.delete(tracked.r);
  remember(error);
  if (failedTries.size < 1000) failedTries.add(tryKey(tracked));
  const { code, message } = describe(error);
  emitSoon({ e: 'fail', t: now(), r: tracked.r, by, code, message, s: tracked.state });
  toldEnded();
}

/** The youngest stands in for those that are still under way: it is the one that will be for longest. */
function toldEnded(): void {
  toldPending--;
  if (toldPending > 0 || pending.size === 0 || youngest === null) return;
  if (pending.has(youngest.r)) tell(youngest, null, emitLazily);
  else tellAll();
}

/** Tries that went wrong: the same request going well afterwards is news. */
const failedTries = new Set<string>();

function tryKey({ what }: Tracked): string {
  return `${what.method} ${what.origin}${what.path} ${what.body() ?? ''}`;
}

function isUnremarkable(tracked: Tracked): boolean {
  const status = tracked.reply?.headers.status ?? 0;
  if (status < 200 || status >= 300) {
    if (failedTries.size < 1000) failedTries.add(tryKey(tracked));
    return false;
  }
  return failedTries.size === 0 || !failedTries.has(tryKey(tracked));
}

const counts = new Map<string, { origin: string; path: string; n: number }>();

function count({ what: { origin, path } }: Tracked): void {
  const key = counts.size < 200 ? origin + path : origin;
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { origin, path: counts.size < 200 ? path : '', n: 1 });
  else known.n++;
}

/** The requests that went well and were only counted. */
export function tellCounts(): void {
  if (counts.size === 0) return;
  for (const { origin, path, n } of counts.values()) {
    emitLazily({ e: 'count', t: now(), origin, path: withoutQuery(path), n });
  }
  counts.clear();
}

/** A request that lasts longer than this, in ms, is told of in a busy thread too. */
const lastingMs = 300;

/** Asks every pending request what it is doing. */
export function lookAtAll(): void {
  const old = now() - lastingMs;
  for (const tracked of pending.values()) {
    try {
      if (tracked.startedAt < old) ensureTold(tracked);
      progress(tracked, tracked.look());
    } catch {
      // A client of another version: its state stays what its events said.
    }
  }
}

/** Without query, fragment and credentials: those may be secret. */
export function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return redactWebhook(end === -1 ? path : path.slice(0, end));
}

/** An incoming webhook's last part is its secret, and so is a bot's token in a path. */
function redactWebhook(path: string): string {
  return path
    .replace(/(\/services\/[^/]+\/[^/]+\/)[^/]+/, '$1…')
    .replace(/(\/(?:workflows|triggers)\/[^/]+\/[^/]+\/).+/, '$1…')
    .replace(/(\/bot)\d+:[^/]+/, '$1…');
}

const reported = new WeakSet<object>();

function remember(error: unknown): void {
  if (typeof error === 'object' && error !== null) reported.add(error);
}

/** Whether an error, or one behind it, is a request's failure that was told already. */
export function isReported(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  if (reported.has(error)) return true;
  if (networkCodes.test(textProperty(error, 'code'))) return true;
  for (const key of ['cause', 'original', 'reason']) {
    if (isReported(Reflect.get(error, key), depth + 1)) return true;
  }
  return false;
}

const networkCodes =
  /^(UND_ERR_|ECONN|ENOTFOUND|EAI_|EPIPE|EHOST|ENET|ETIMEDOUT|ERR_BAD_|ERR_NON_2XX|slack_webapi_)/;

interface ErrorText {
  readonly code: string;
  readonly message: string;
}

/** The code that tells most about an error, looked for in its causes and in the errors it gathers. */
export function describe(error: unknown, depth = 0): ErrorText {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  const own = textProperty(error, 'code');
  const message = textProperty(error, 'message').slice(0, 300);
  if (depth < 5) {
    const inner = 'cause' in error && error.cause != null ? error.cause : firstOf(error);
    if (inner !== null && (own === '' || own === 'ERR_UNHANDLED_ERROR')) {
      const told = describe(inner, depth + 1);
      if (told.code !== '') return { code: told.code, message: told.message === '' ? message : told.message };
    }
  }
  return { code: own === '' ? textProperty(error, 'name') : own, message };
}

function firstOf(error: object): unknown {
  return 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0 ? error.errors[0] : null;
}

export function textProperty(holder: object, key: string): string {
  const value: unknown = Reflect.get(holder, key);
  return typeof value === 'string' ? value : '';
}

/** Whether an error is a deadline's, the program's own abort, or a failure. */
export function abandonmentOf(error: unknown): Abandonment {
  if (typeof error !== 'object' || error === null) return 'error';
  const name = textProperty(error, 'name');
  const code = textProperty(error, 'code');
  if (/Timeout(?:Error)?$/.test(name) || /TIMEOUT|ETIMEDOUT|ESOCKETTIMEDOUT/.test(code)) return 'deadline';
  if (/\btimeout\b|\btimed out\b/i.test(textProperty(error, 'message'))) return 'deadline';
  if ('cause' in error && typeof error.cause === 'object' && error.cause !== null) {
    if (textProperty(error.cause, 'name') === 'TimeoutError') return 'deadline';
  }
  if (name === 'AbortError' || name === 'CanceledError' || name === 'RequestAbortedError') return 'program';
  if (/^(ABORT_ERR|UND_ERR_ABORTED|UND_ERR_DESTROYED|UND_ERR_CLOSED|ERR_CANCELED)$/.test(code)) {
    return 'program';
  }
  return 'error';
}

/** A short fingerprint of a body (FNV-1a over its first 4 KiB, and its length). */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  const end = Math.min(text.length, 4096);
  for (let index = 0; index < end; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return `${text.length}:${(hash >>> 0).toString(36)}`;
}
