// One file, however long: one client, from its channels to what its requests are doing.

import type { Socket } from 'node:net';
import { fingerprint } from '../../retries.ts';
import type { Deadline, RequestState } from '../protocol.ts';
import { reportUndiciBody, type WrittenBefore, writtenBefore } from './body-bytes.cjs';
import { onPublished } from './channels.cjs';
import { abandonmentOf } from './errors.cjs';
import { headerIn } from './headers.cjs';
import { marks } from './marks.cjs';
import { tunnelAsked, tunnelTo } from './proxies.cjs';
import { failed, progress, received, responded, settled, Tracked, track } from './requests.cjs';
import { type Sniffer, snifferFor } from './response.cjs';
import { abandonmentBySignal, deadlineOf } from './signals.cjs';
import { type OldRequest, sniffOldVersions } from './undici-chunks.cjs';
import { countConnect, isSocket, stateAtOrigin } from './undici-connections.cjs';
import { isObject, wrapMethod } from './wrap.cjs';

/** What undici hands over of a request, in all versions; the options of a dispatch have the same names. */
export interface Described {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly method?: unknown;
  readonly body?: unknown;
  readonly contentLength?: unknown;
  readonly headersTimeout?: unknown;
}

interface ClientRequest extends Described, OldRequest {
  readonly upgrade?: unknown;
}

/** What is known of a call before its request exists: the fetch call, or the dispatch into a pool. */
export interface Call {
  readonly signal: AbortSignal | null;
  readonly body: string | null;
  /** The body's text, where the call was given one. */
  readonly bodyText: string | null;
  tracked: UndiciRequest | null;
}

export interface Dispatcher {
  readonly destroyed?: unknown;
}

export class UndiciRequest extends Tracked {
  described: Described;
  readonly call: Call | null;
  readonly origin: string;
  /** The pool in whose queue it waits, before undici has made it. */
  pool: Dispatcher | null;
  stage: 'waiting' | 'sending' | 'sent' | 'responded' = 'waiting';
  socket: Socket | null = null;
  /** The state of its connection when its head was sent. */
  before: WrittenBefore | null = null;
  sniffer: Sniffer | null = null;

  constructor(described: Described, call: Call | null, pool: Dispatcher | null) {
    super();
    this.described = described;
    this.call = call;
    this.origin = String(described.origin ?? originOf(pool) ?? '');
    this.pool = pool;
  }

  get client() {
    return 'undici' as const;
  }

  get method(): string {
    return String(this.described.method ?? 'GET');
  }

  get path(): string {
    return String(this.described.path ?? '/');
  }

  get signal(): AbortSignal | null {
    return this.call?.signal ?? null;
  }

  get deadline(): Deadline | null {
    return deadlineOf(this.signal) ?? headersDeadline(this.described);
  }

  get body(): string | null {
    return this.call?.body ?? bodyOf(this.described);
  }

  override get proxy(): string | null {
    return tunnelTo(this.origin);
  }

  get bodyText(): string | null {
    return this.call?.bodyText ?? textOf(this.described.body);
  }

  look(): RequestState {
    if (this.pool !== null) return lookInQueue(this, this.pool);
    const state = stateOf(this);
    if (state === 'sending') reportUndiciBody(this, this.described.contentLength, this.before);
    return state;
  }
}

const poolOrigins = new WeakMap<Dispatcher, string | null>();

/** A pool of one origin, asked without it, adds it only when it passes the request on. */
function originOf(pool: Dispatcher | null): string | null {
  if (pool === null) return null;
  const known = poolOrigins.get(pool);
  if (known !== undefined) return known;
  const origin = ownOriginOf(pool);
  poolOrigins.set(pool, origin);
  return origin;
}

function ownOriginOf(pool: Dispatcher): string | null {
  const key = Object.getOwnPropertySymbols(pool).find(({ description }) => description === 'url');
  const url: unknown = key === undefined ? null : Reflect.get(pool, key);
  return url instanceof URL ? url.origin : null;
}

const requests = marks<UndiciRequest>();
let currentCall: Call | null = null;

/** The first request that is made before the outer call is put back belongs to `call`. */
export function enterCall(call: Call | null): Call | null {
  const outer = currentCall;
  currentCall = call;
  return outer;
}

export function callInProgress(): Call | null {
  return currentCall;
}

export function followUndici(): void {
  onPublished('undici:request:create', ({ request }) => {
    if (isObject(request)) created(request);
  });
  onPublished('undici:client:beforeConnect', (message) => countConnect(message, 'begins'));
  onPublished('undici:client:connected', (message) => countConnect(message, 'done'));
  onPublished('undici:client:connectError', (message) => countConnect(message, 'failed'));
  onPublished('undici:client:sendHeaders', ({ request, socket, headers }) => {
    const it = followed(request);
    if (it === null) return;
    it.before = writtenBefore(socket, typeof headers === 'string' ? headers.length : null);
    sending(it, socket);
  });
  onPublished('undici:request:bodySent', ({ request }) => {
    const it = followed(request);
    if (it !== null) bodySent(it);
  });
  onPublished('undici:request:headers', ({ request, response }) => {
    const it = followed(request);
    if (it !== null && isObject(response)) headersReceived(it, response);
  });
  onPublished('undici:request:bodyChunkReceived', ({ request, chunk }) => {
    if (isObject(request)) sniff(request, chunk);
  });
  onPublished('undici:request:trailers', ({ request }) => {
    const it = followed(request);
    if (it !== null) ended(it);
  });
  onPublished('undici:request:error', ({ request, error }) => {
    const it = followed(request);
    if (it !== null) errored(it, error);
  });
}

function followed(request: unknown): UndiciRequest | null {
  return typeof request === 'object' && request !== null ? requests.of(request) : null;
}

function created(request: ClientRequest & object): void {
  // A tunnel through a proxy is how another request connects, and no request of the program's.
  if (request.method === 'CONNECT') {
    tunnelAsked(String(request.origin ?? ''), String(request.path ?? ''));
    return;
  }
  const queued = currentCall?.tracked ?? null;
  const it =
    queued !== null && queued.pool !== null && !queued.ended
      ? leftQueue(queued, request)
      : begun(new UndiciRequest(request, currentCall, null));
  requests.set(request, it);
  sniffOldVersions(request, sniff);
  if (isUpgrade(request)) followUpgrade(request, it);
}

function begun(it: UndiciRequest): UndiciRequest {
  track(it);
  if (it.call !== null) it.call.tracked = it;
  return it;
}

/** What was known of a queued dispatch goes on as its request. */
function leftQueue(it: UndiciRequest, request: ClientRequest): UndiciRequest {
  it.described = request;
  it.pool = null;
  progress(it, 'created');
  return it;
}

function lookInQueue(it: UndiciRequest, pool: Dispatcher): RequestState {
  if (pool.destroyed === true) failed(it, new Error('the pool was destroyed'), 'program');
  // fetch rejects when its signal aborts; request() ignores the signal while it is queued and gives its caller nothing.
  else if (it.signal?.aborted === true && !hasSignal(it.described)) {
    failed(it, it.signal.reason, abandonmentBySignal(it.signal, 'program'));
  }
  return 'queued';
}

function hasSignal(described: object): boolean {
  return 'signal' in described && described.signal instanceof AbortSignal;
}

function headersDeadline({ headersTimeout: ms }: Described): Deadline | null {
  return typeof ms === 'number' && ms > 0 ? { what: 'headersTimeout', ms } : null;
}

export function textOf(body: unknown): string | null {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array && body.length < 4096 ? Buffer.from(body).toString('latin1') : null;
}

/** A fingerprint where the body's text is at hand, else its length. */
export function bodyOf(request: Pick<Described, 'body' | 'contentLength'>): string | null {
  if (typeof request.body === 'string') return fingerprint(request.body);
  if (request.body instanceof Uint8Array) return fingerprint(Buffer.from(request.body).toString('latin1'));
  return typeof request.contentLength === 'number' ? `${request.contentLength}:` : null;
}

function sniff(request: object, chunk: unknown): void {
  followed(request)?.sniffer?.chunk(chunk);
}

/** As a WebSocket asks for. */
function isUpgrade({ upgrade }: ClientRequest): boolean {
  return upgrade !== null && upgrade !== undefined && upgrade !== false;
}

/** No channel says that the server agreed: the socket is the program's from then on, and the request has been answered. */
function followUpgrade(request: ClientRequest & object, it: UndiciRequest): void {
  for (const name of upgradeMethods) wrapMethod(request, name, ([status]) => upgraded(it, status));
}

/** Before undici 8, and from then on. */
const upgradeMethods = ['onUpgrade', 'onRequestUpgrade'];

function upgraded(it: UndiciRequest, status: unknown): void {
  it.stage = 'responded';
  responded(it, Number(status), '', null);
  settled(it);
}

function sending(it: UndiciRequest, socket: unknown): void {
  it.stage = 'sending';
  if (isSocket(socket)) it.socket = socket;
  progress(it, 'sending');
}

function bodySent(it: UndiciRequest): void {
  if (it.stage !== 'sending' && it.stage !== 'waiting') return;
  it.stage = 'sent';
  progress(it, 'sent');
}

interface Response {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
}

function headersReceived(it: UndiciRequest, response: Response): void {
  const status = Number(response.statusCode);
  const { headers } = response;
  it.stage = 'responded';
  const contentType = header(headers, 'content-type') ?? '';
  const retryAfter = status === 429 || status === 503 ? header(headers, 'retry-after') : null;
  responded(it, status, contentType, retryAfter);
  it.sniffer = snifferFor(it, status, contentType, header(headers, 'content-encoding') ?? '');
}

function ended(it: UndiciRequest): void {
  it.sniffer?.end();
  it.sniffer = null;
  settled(it);
}

function errored(it: UndiciRequest, error: unknown): void {
  // undici names its own connect, headers and body timeouts; an abort's reason may be a deadline's.
  if (it.stage === 'waiting') progress(it, stateOf(it));
  failed(it, error, abandonmentBySignal(it.signal, abandonmentOf(error)));
}

function stateOf(it: UndiciRequest): RequestState {
  if (it.stage === 'responded') {
    if (it.socket !== null) received(it, it.socket.bytesRead);
    return isUnread(it.socket) ? 'body-unread' : 'body';
  }
  if (it.stage === 'sent' || it.stage === 'sending') return it.stage;
  const state = stateAtOrigin(it.origin);
  // Where the connection that it waited for has just gone, it is the next on another one.
  return state === 'created' && it.state === 'queued' ? 'queued' : state;
}

/** Data waits in the socket because nobody reads the body. */
function isUnread(socket: Socket | null): boolean {
  return socket !== null && socket.readableLength > 0;
}

/** Of undici's raw list, or of an object. */
function header(headers: unknown, name: string): string | null {
  if (Array.isArray(headers)) return headerIn(headers, name);
  const value: unknown = isObject(headers) ? Reflect.get(headers, name) : null;
  return value === undefined || value === null ? null : String(value);
}
