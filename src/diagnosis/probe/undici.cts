import diagnosticsChannel from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Deadline, RequestState } from '../event.ts' with { 'resolution-mode': 'import' };
import { headerIn } from './headers.cjs';
import { type ReplySniffer, snifferFor } from './reply.cjs';
import {
  abandonmentOf,
  failed,
  fingerprint,
  progress,
  received,
  replied,
  settled,
  type Tracked,
  track,
} from './requests.cjs';
import { abandonmentBySignal, deadlineOf } from './signals.cjs';
import { attempt } from './wrap.cjs';

/** What undici hands over of a request, in all versions. */
interface ClientRequest {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly method?: unknown;
  readonly body?: unknown;
  readonly contentLength?: unknown;
  readonly headersTimeout?: unknown;
  onData?: unknown;
}

class Followed {
  tracked: Tracked;
  readonly origin: string;
  readonly signal: AbortSignal | null;
  stage: 'waiting' | 'sending' | 'sent' | 'replied' = 'waiting';
  socket: Socket | null = null;
  sniffer: ReplySniffer | null = null;

  constructor(tracked: Tracked, origin: string, signal: AbortSignal | null) {
    this.tracked = tracked;
    this.origin = origin;
    this.signal = signal;
  }
}

/** What is known of a call before its request exists: the fetch call, or the dispatch into a pool. */
export interface Call {
  readonly signal: AbortSignal | null;
  body(): string | null;
  tracked: Tracked | null;
}

interface OriginConnections {
  connecting: number;
  readonly open: Set<Socket>;
}

/** On undici's own request objects, which no program sees: a weak map of them would cost the collector dearly. */
const kFollowed = Symbol('timer-notify.followed');
const connections = new Map<string, OriginConnections>();
let currentCall: Call | null = null;

/** Runs `start`, whose first request belongs to `call`. */
export function duringCall<Result>(call: Call, start: () => Result): Result {
  const outer = currentCall;
  currentCall = call;
  try {
    return start();
  } finally {
    currentCall = outer;
  }
}

export function callInProgress(): Call | null {
  return currentCall;
}

export function followUndici(): void {
  on('undici:request:create', (message) => withRequest(message, created));
  on('undici:client:beforeConnect', (message) => countConnect(message, 'begins'));
  on('undici:client:connected', (message) => countConnect(message, 'done'));
  on('undici:client:connectError', (message) => countConnect(message, 'failed'));
  on('undici:client:sendHeaders', (message) => withFollowed(message, sending));
  on('undici:request:bodySent', (message) => withFollowed(message, bodySent));
  on('undici:request:headers', (message) => withFollowed(message, headersReceived));
  on('undici:request:bodyChunkReceived', (message) =>
    withFollowed(message, (it) => it.sniffer?.chunk(Reflect.get(message, 'chunk'))),
  );
  on('undici:request:trailers', (message) => withFollowed(message, ended));
  on('undici:request:error', (message) => withFollowed(message, errored));
}

function on(name: string, listener: (message: object) => void): void {
  diagnosticsChannel.subscribe(name, (message) => {
    try {
      if (typeof message === 'object' && message !== null) listener(message);
    } catch {
      // What the probe can't read must not reach the program.
    }
  });
}

function withRequest(message: object, use: (request: ClientRequest & object) => void): void {
  const request: unknown = Reflect.get(message, 'request');
  if (typeof request === 'object' && request !== null) use(request);
}

function withFollowed(message: object, use: (it: Followed, message: object) => void): void {
  const request: unknown = Reflect.get(message, 'request');
  if (typeof request !== 'object' || request === null) return;
  const it: unknown = Reflect.get(request, kFollowed);
  if (it instanceof Followed) use(it, message);
}

function created(request: ClientRequest & object): void {
  // A tunnel through a proxy is how another request connects, and no request of the program's.
  if (request.method === 'CONNECT') return;
  const origin = String(request.origin ?? '');
  const call = currentCall;
  const queued = call?.tracked ?? null;
  // Replaced at once below; a queued call's record goes on as this request's.
  const it = new Followed(queued ?? placeholder, origin, call?.signal ?? null);
  const look = () => stateOf(it);
  if (queued === null) {
    it.tracked = track(
      {
        client: 'undici',
        method: String(request.method ?? 'GET'),
        origin,
        path: String(request.path ?? '/'),
        deadline: deadlineOf(call?.signal ?? null) ?? headersDeadline(request),
        body: () => call?.body() ?? bodyOf(request),
      },
      look,
    );
    if (call !== null) call.tracked = it.tracked;
  } else {
    queued.look = look;
    progress(queued, 'created');
  }
  Reflect.set(request, kFollowed, it);
  sniffOldVersions(request);
}

const placeholder: Tracked = {
  r: 0,
  what: { client: 'undici', method: '', origin: '', path: '', deadline: null, body: () => null },
  startedAt: 0,
  told: true,
  state: 'created',
  reply: null,
  look: () => 'created',
};

function headersDeadline(request: ClientRequest): Deadline | null {
  const ms = request.headersTimeout;
  return typeof ms === 'number' && ms > 0 ? { what: 'headersTimeout', ms } : null;
}

/** A fingerprint where the body's text is at hand, else its length. */
export function bodyOf(request: {
  readonly body?: unknown;
  readonly contentLength?: unknown;
}): string | null {
  if (typeof request.body === 'string') return fingerprint(request.body);
  if (request.body instanceof Uint8Array) return fingerprint(Buffer.from(request.body).toString('latin1'));
  return typeof request.contentLength === 'number' ? `${request.contentLength}:` : null;
}

/** Before undici 7 no channel carries the reply's chunks. */
function sniffOldVersions(request: ClientRequest & object): void {
  const onData = request.onData;
  if (typeof onData !== 'function') return;
  let spy = spies.get(onData);
  if (spy === undefined) {
    spy = publishesChunks(onData) ? null : spyOn(onData);
    spies.set(onData, spy);
  }
  if (spy !== null) request.onData = spy;
}

type OnData = (this: object, chunk: unknown) => unknown;

/** One for each copy of undici; null where none is needed. */
const spies = new WeakMap<object, OnData | null>();

function spyOn(onData: object): OnData {
  return function (chunk) {
    const it: unknown = Reflect.get(this, kFollowed);
    if (it instanceof Followed) attempt(() => it.sniffer?.chunk(chunk));
    return typeof onData === 'function' ? Reflect.apply(onData, this, [chunk]) : undefined;
  };
}

function publishesChunks(onData: object): boolean {
  return Function.prototype.toString.call(onData).includes('bodyChunkReceived');
}

function sending(it: Followed, message: object): void {
  it.stage = 'sending';
  const socket: unknown = Reflect.get(message, 'socket');
  if (isSocket(socket)) it.socket = socket;
  progress(it.tracked, 'sending');
}

function bodySent(it: Followed): void {
  if (it.stage !== 'sending' && it.stage !== 'waiting') return;
  it.stage = 'sent';
  progress(it.tracked, 'sent');
}

function headersReceived(it: Followed, message: object): void {
  const response: unknown = Reflect.get(message, 'response');
  if (typeof response !== 'object' || response === null) return;
  const status = Number(Reflect.get(response, 'statusCode'));
  const header = headerReader(Reflect.get(response, 'headers'));
  it.stage = 'replied';
  const contentType = header('content-type') ?? '';
  const retryAfter = status === 429 || status === 503 ? header('retry-after') : null;
  replied(it.tracked, { status, retryAfter, contentType });
  it.sniffer = snifferFor(it.tracked, status, contentType, header('content-encoding') ?? '');
}

function ended(it: Followed): void {
  it.sniffer?.end();
  it.sniffer = null;
  settled(it.tracked);
}

function errored(it: Followed, message: object): void {
  const error: unknown = Reflect.get(message, 'error');
  // undici names its own connect, headers and body timeouts; an abort's reason may be a deadline's.
  if (it.stage === 'waiting') progress(it.tracked, stateOf(it));
  failed(it.tracked, error, abandonmentBySignal(it.signal, abandonmentOf(error)));
}

function stateOf(it: Followed): RequestState {
  if (it.stage === 'replied') {
    if (it.socket !== null) received(it.tracked, it.socket.bytesRead);
    return isUnread(it.socket) ? 'body-unread' : 'body';
  }
  if (it.stage === 'sent' || it.stage === 'sending') return it.stage;
  const state = connections.get(it.origin);
  if (state === undefined) return 'created';
  if (state.connecting > 0) return 'connecting';
  for (const socket of state.open) if (socket.destroyed) state.open.delete(socket);
  return state.open.size > 0 ? 'queued' : 'created';
}

/** Data waits in the socket because nobody reads the body. */
function isUnread(socket: Socket | null): boolean {
  return socket !== null && socket.readableLength > 0;
}

function countConnect(message: object, what: 'begins' | 'done' | 'failed'): void {
  const origin = connectOrigin(Reflect.get(message, 'connectParams'));
  if (origin === null) return;
  let state = connections.get(origin);
  if (state === undefined) {
    state = { connecting: 0, open: new Set() };
    connections.set(origin, state);
  }
  if (what === 'begins') state.connecting++;
  else state.connecting = Math.max(0, state.connecting - 1);
  const socket: unknown = Reflect.get(message, 'socket');
  if (what !== 'done' || !isSocket(socket)) return;
  const open = state.open;
  open.add(socket);
  if (open.size > 64) for (const old of open) if (old.destroyed) open.delete(old);
}

function connectOrigin(params: unknown): string | null {
  if (typeof params !== 'object' || params === null) return null;
  const protocol: unknown = Reflect.get(params, 'protocol');
  const host: unknown = Reflect.get(params, 'host');
  return `${String(protocol)}//${String(host)}`;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'destroyed' in value;
}

/** Reads headers from undici's raw list, or from an object. */
function headerReader(headers: unknown): (name: string) => string | null {
  if (Array.isArray(headers)) return (name) => headerIn(headers, name);
  return (name) => {
    const value: unknown =
      typeof headers === 'object' && headers !== null ? Reflect.get(headers, name) : null;
    return value === undefined || value === null ? null : String(value);
  };
}
