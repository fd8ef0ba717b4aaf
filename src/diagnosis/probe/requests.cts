import type { Abandonment, Deadline, RequestStarted, RequestState } from '../event.ts' with {
  'resolution-mode': 'import',
};
import { emit, emitLazily, emitSoon, now } from './sink.cjs';
import { stackHere } from './stack.cjs';

/** One request of this thread, in a list of those that have not ended. */
export abstract class Tracked {
  /** Its number in the record. */
  r = ++serial;
  readonly startedAt = now();
  /** Whether the record knows of it, and up to which state. */
  told = false;
  /** Whether the record takes it for one like it that has ended. */
  isHeir = false;
  toldState: RequestState = 'created';
  toldBody: string | null = null;
  toldReply = false;
  state: RequestState = 'created';
  ended = false;
  /** Zero before there is a reply. */
  repliedAt = 0;
  status = 0;
  /** The reply said that the request was in vain, whatever its status. */
  refused = false;
  retryAfter: string | null = null;
  contentType = '';
  /** Bytes read from the server when last looked at. */
  bytes = -1;
  older: Tracked | null = null;
  younger: Tracked | null = null;

  abstract get client(): RequestStarted['client'];
  abstract get method(): string;
  abstract get origin(): string;
  abstract get path(): string;
  abstract get deadline(): Deadline | null;
  /** A fingerprint of its body, made only when it is needed. */
  abstract get body(): string | null;
  /** What it is doing now, asked while the loop turns. */
  abstract look(): RequestState;
}

/** Requests a second from which on a thread is busy: those that go well at once are then only counted. */
const busyRequestsPerSecond = 400;
const windowMs = 100;

let youngest: Tracked | null = null;
let oldest: Tracked | null = null;
let pending = 0;
let serial = 0;
let toldPending = 0;
let windowStart = 0;
let windowCount = 0;
let busy = false;

export function pendingCount(): number {
  return pending;
}

/** Whether requests come so fast that those that go well at once are only counted. */
export function isBusy(): boolean {
  return busy;
}

/**
 * Tells of a new request at once, before the loop can stop. In a busy thread one that is under way stands for all:
 * the others are told when they fail, when they last, or when the thread stops or ends.
 */
export function track(tracked: Tracked): void {
  tracked.older = youngest;
  if (youngest === null) oldest = tracked;
  else youngest.younger = tracked;
  youngest = tracked;
  pending++;
  if (!isBusyAt(tracked.startedAt)) tell(tracked, stackHere(), emit);
  else if (toldPending === 0) tell(tracked, spareStack(), emit);
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
  tracked.told = true;
  tracked.toldBody = tracked.body;
  toldPending++;
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
    body: tracked.toldBody,
  });
  tellRest(tracked);
}

/** What has become of a request since the record last heard of it. */
function tellRest(tracked: Tracked): void {
  if (tracked.repliedAt === 0) tellState(tracked);
  else if (!tracked.toldReply) tellReply(tracked);
  else tellState(tracked);
}

/** A body may come to hand after the request was told; it tells tries of one request from others. */
export function tellBody(tracked: Tracked): void {
  const { r, body } = tracked;
  if (body === null || body === tracked.toldBody) return;
  tracked.toldBody = body;
  emitLazily({ e: 'body', r, body });
}

function tellState(tracked: Tracked): void {
  if (tracked.toldState === tracked.state) return;
  tracked.toldState = tracked.state;
  emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
}

function tellReply(tracked: Tracked): void {
  tracked.toldReply = true;
  tracked.toldState = 'body';
  const { r, status, retryAfter, contentType } = tracked;
  emitSoon({ e: 'headers', t: tracked.repliedAt, r, status, retryAfter, endless: isEndless(contentType) });
  tellState(tracked);
}

function isEndless(contentType: string): boolean {
  return /event-stream|x-mixed-replace|ndjson/i.test(contentType);
}

/** Makes sure that the record knows of a request of which there is something to tell. */
export function ensureTold(tracked: Tracked): void {
  if (tracked.ended) return;
  if (tracked.isHeir) disinherit(tracked);
  if (!tracked.told) tell(tracked, null, emitLazily);
}

/**
 * In a busy thread the record goes on with one that is still under way in place of one like it that went well: what it
 * shows stays true until the next beat, and nothing need be written.
 */
function passOn(tracked: Tracked): boolean {
  if (!busy || !tracked.told || tracked.toldReply || toldPending > 1) return false;
  const heir = tracked === youngest ? tracked.older : youngest;
  if (heir === null || !isAlike(heir, tracked)) return false;
  heir.r = tracked.r;
  heir.told = true;
  heir.isHeir = true;
  heir.toldState = tracked.toldState;
  heir.toldBody = tracked.toldBody;
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
  heir.told = false;
  heir.toldState = 'created';
  heir.toldReply = false;
  toldPending--;
}

/** All that are under way, before the thread stops or ends. */
export function tellAll(): void {
  for (let tracked = oldest; tracked !== null; tracked = tracked.younger) ensureTold(tracked);
}

/** A reply that still comes in, however slowly, is no stalled one. */
export function received(tracked: Tracked, bytes: number): void {
  if (tracked.told && tracked.bytes !== -1 && bytes > tracked.bytes && !tracked.ended) {
    emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
  }
  tracked.bytes = bytes;
}

/** A busy thread's states are told at the next beat: by then most requests have ended. */
export function progress(tracked: Tracked, state: RequestState): void {
  if (tracked.state === state) return;
  tracked.state = state;
  if (busy || !tracked.told || tracked.ended) return;
  tracked.toldState = state;
  emitSoon({ e: 'state', t: now(), r: tracked.r, s: state });
}

export function replied(
  tracked: Tracked,
  status: number,
  contentType: string,
  retryAfter: string | null,
): void {
  if (tracked.ended) return;
  tracked.state = 'body';
  tracked.repliedAt = now();
  tracked.status = status;
  tracked.contentType = contentType;
  tracked.retryAfter = retryAfter;
  if (tracked.told && !busy) tellReply(tracked);
}

export function settled(tracked: Tracked): void {
  if (tracked.ended) return;
  const unremarkable = isUnremarkable(tracked);
  if (unremarkable && passOn(tracked)) return;
  if (!unremarkable) {
    ensureTold(tracked);
    tellBody(tracked);
    tellRest(tracked);
  }
  drop(tracked);
  if (!tracked.told || tracked.isHeir) count(tracked);
  if (!tracked.told) return;
  emitSoon({ e: 'end', t: now(), r: tracked.r });
  toldEnded();
}

export function failed(tracked: Tracked, error: unknown, by: Abandonment): void {
  if (tracked.ended) return;
  ensureTold(tracked);
  tellBody(tracked);
  tellRest(tracked);
  drop(tracked);
  remember(error);
  triedInVain(tracked);
  const { code, message } = describe(error);
  emitSoon({ e: 'fail', t: now(), r: tracked.r, by, code, message, s: tracked.state });
  toldEnded();
}

/** The youngest stands in for those that are still under way: it is the one that will be for longest. */
function toldEnded(): void {
  toldPending--;
  if (toldPending === 0 && youngest !== null) tell(youngest, null, emitLazily);
}

/** When a try last went wrong: the same request going well afterwards is news. */
const failedTries = new Map<string, number>();
const failedTriesLimit = 1000;

/** Tells tries of one request from others; a busy thread needs that only where there are some to make good. */
export function areBodiesWanted(): boolean {
  return !busy || failedTries.size > 0;
}

function tryKey({ method, origin, path }: Tracked, body: string | null): string {
  return `${method} ${origin}${path} ${body ?? ''}`;
}

function triedInVain(tracked: Tracked): void {
  const key = tryKey(tracked, tracked.body);
  if (failedTries.size < failedTriesLimit || failedTries.has(key)) failedTries.set(key, now());
}

function isUnremarkable(tracked: Tracked): boolean {
  const { status } = tracked;
  if (status < 200 || status >= 300 || tracked.refused) {
    triedInVain(tracked);
    return false;
  }
  return failedTries.size === 0 || !makesGood(tracked);
}

/** What failed at once may have failed before its body, or more than its length, was at hand. */
function makesGood(tracked: Tracked): boolean {
  const { body } = tracked;
  const length = body === null ? null : body.slice(0, body.indexOf(':') + 1);
  let good = false;
  for (const known of [body, length, null]) {
    const key = tryKey(tracked, known);
    const failedAt = failedTries.get(key);
    if (failedAt === undefined || tracked.startedAt < failedAt) continue;
    failedTries.delete(key);
    good = true;
  }
  return good;
}

interface Tally {
  readonly origin: string;
  readonly path: string;
  n: number;
}

const talliesLimit = 200;
const tallies = new Map<string, Tally>();
let lastTally: Tally | null = null;

function count({ origin, path }: Tracked): void {
  if (lastTally === null || lastTally.path !== path || lastTally.origin !== origin) {
    lastTally = tallyOf(origin, path);
  }
  lastTally.n++;
}

function tallyOf(origin: string, path: string): Tally {
  const kept = tallies.size < talliesLimit ? path : '';
  const key = origin + kept;
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const fresh = { origin, path: kept, n: 0 };
  tallies.set(key, fresh);
  return fresh;
}

/** The requests that went well and were only counted. */
export function tellCounts(): void {
  if (tallies.size === 0) return;
  for (const { origin, path, n } of tallies.values()) {
    emitLazily({ e: 'count', t: now(), origin, path: withoutQuery(path), n });
  }
  tallies.clear();
  lastTally = null;
}

/** A request that lasts longer than this, in ms, is told of in a busy thread too. */
const lastingMs = 300;

/** Asks every pending request what it is doing. */
export function lookAtAll(): void {
  const old = now() - lastingMs;
  let next: Tracked | null = null;
  for (let tracked = oldest; tracked !== null; tracked = next) {
    next = tracked.younger;
    try {
      if (tracked.isHeir || tracked.startedAt < old) ensureTold(tracked);
      progress(tracked, tracked.look());
      if (tracked.told && !tracked.ended) tellRest(tracked);
    } catch {
      // A client of another version: its state stays what its events said.
    }
  }
}

let lastPath = '';
let lastPlainPath = '';

/** Without query, fragment and credentials: those may be secret. Requests to one path follow each other. */
function withoutQuery(path: string): string {
  if (path !== lastPath) {
    const end = path.search(/[?#]/);
    lastPath = path;
    lastPlainPath = redactWebhook(end === -1 ? path : path.slice(0, end));
  }
  return lastPlainPath;
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
  // undici's word for a proxy that does not let it through.
  if (code === 'UND_ERR_ABORTED' && textProperty(error, 'message').startsWith('Proxy response'))
    return 'error';
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
