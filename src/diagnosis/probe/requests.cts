import type { Abandonment, Deadline, RequestStarted, RequestState } from '../event.ts' with {
  'resolution-mode': 'import',
};
import { emit, emitLazily, emitSoon, now } from './sink.cjs';
import { stackHere } from './stack.cjs';

/** One request of this thread that has not ended. */
export interface Tracked {
  readonly r: number;
  state: RequestState;
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
  readonly body: string | null;
}

const pending = new Map<number, Tracked>();
let serial = 0;

export function pendingRequests(): Iterable<Tracked> {
  return pending.values();
}

export function pendingCount(): number {
  return pending.size;
}

export function track(what: Origin, look: () => RequestState): Tracked {
  const tracked: Tracked = { r: ++serial, state: 'created', look };
  pending.set(tracked.r, tracked);
  emit({
    e: 'request',
    t: now(),
    r: tracked.r,
    client: what.client,
    method: what.method,
    origin: what.origin,
    path: withoutQuery(what.path),
    stack: stackHere(),
    deadline: what.deadline,
    body: what.body,
  });
  return tracked;
}

/** A reply that still comes in, however slowly, is no stalled one. */
export function received(tracked: Tracked, bytes: number): void {
  if (tracked.bytes !== undefined && bytes > tracked.bytes && pending.has(tracked.r)) {
    emitLazily({ e: 'state', t: now(), r: tracked.r, s: tracked.state });
  }
  tracked.bytes = bytes;
}

export function progress(tracked: Tracked, state: RequestState): void {
  if (tracked.state === state || !pending.has(tracked.r)) return;
  tracked.state = state;
  emitSoon({ e: 'state', t: now(), r: tracked.r, s: state });
}

export interface ReplyHeaders {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly contentType: string;
}

export function replied(tracked: Tracked, { status, retryAfter, contentType }: ReplyHeaders): void {
  if (!pending.has(tracked.r)) return;
  tracked.state = 'body';
  const endless = /event-stream|x-mixed-replace|ndjson/i.test(contentType);
  emitSoon({ e: 'headers', t: now(), r: tracked.r, status, retryAfter, endless });
}

export function settled(tracked: Tracked): void {
  if (!pending.delete(tracked.r)) return;
  emitSoon({ e: 'end', t: now(), r: tracked.r });
}

export function failed(tracked: Tracked, error: unknown, by: Abandonment): void {
  if (!pending.delete(tracked.r)) return;
  remember(error);
  const { code, message } = describe(error);
  emitSoon({ e: 'fail', t: now(), r: tracked.r, by, code, message, s: tracked.state });
}

/** Asks every pending request what it is doing. */
export function lookAtAll(): void {
  for (const tracked of pending.values()) {
    try {
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
