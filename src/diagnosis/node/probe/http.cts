// One file, however long: one client, from what wraps it to what its requests are doing.

import { errorMonitor } from 'node:events';
import http from 'node:http';
import type { Deadline, RequestState } from '../protocol.ts';
import { leaveContextOfRequest } from './async-contexts.cjs';
import { reportHttpBody, type WrittenBefore, writtenBefore } from './body-bytes.cjs';
import { onPublished } from './channels.cjs';
import { abandonmentOf } from './errors.cjs';
import { headerIn } from './headers.cjs';
import { bytesHeld, isHeld } from './held-bodies.cjs';
import { abandonedBy, isEndedHere } from './http-giving-up.cjs';
import { onceLoaded, prototypeOf } from './loaded-modules.cjs';
import { marks } from './marks.cjs';
import { mockBehind, strangerAnswered, strangerLetThrough } from './mocks.cjs';
import { proxyOfAgent, withVariable } from './proxies.cjs';
import { bodyOf, followRequestBodies, textOfBody } from './request-body.cjs';
import {
  failed,
  isBusy,
  progress,
  received,
  responded,
  settled,
  Tracked,
  takenByMock,
  track,
} from './requests.cjs';
import { type Sniffer, snifferFor } from './response.cjs';
import { deadlineOf } from './signals.cjs';
import { now } from './sink.cjs';
import { isInTimer } from './stack.cjs';
import { attempt, isFunction, isObject, replaceFunction, wrapMethod } from './wrap.cjs';

const { AbortSignal } = globalThis;
/** As Node has it: mocks put classes of their own in its place. */
const { ClientRequest } = http;

class HttpRequest extends Tracked {
  readonly request: http.ClientRequest;
  readonly signal: AbortSignal | null;
  /** What the program wrote, where that is wanted. */
  output: readonly unknown[] = [];
  /** The state of its connection when it got it. */
  before: WrittenBefore | null = null;
  response: http.IncomingMessage | null = null;
  sniffer: Sniffer | null = null;
  /** Of a response whose last bytes have come and wait for a reader. */
  bytesHeld = -1;
  seesTimeout = false;
  timedOut = false;
  destroyed = false;
  destroyedInTimer = false;
  /** What the program gave as its reason. */
  destroyedWith: unknown = null;

  constructor(request: http.ClientRequest, signal: AbortSignal | null) {
    super();
    this.request = request;
    this.signal = signal;
  }

  get client() {
    return 'http' as const;
  }

  get method(): string {
    return this.request.method;
  }

  get origin(): string {
    const { request } = this;
    return wholeUrl(request.path)?.origin ?? originOf(request);
  }

  get path(): string {
    const { path } = this.request;
    return wholeUrl(path)?.pathname ?? path;
  }

  get deadline(): Deadline | null {
    const timeout: unknown = Reflect.get(this.request, 'timeout');
    return (
      deadlineOf(this.signal) ??
      (typeof timeout === 'number' && timeout > 0 ? { what: 'timeout option', ms: timeout } : null)
    );
  }

  get body(): string | null {
    return bodyOf(this);
  }

  override get proxy(): string | null {
    const { request } = this;
    if (wholeUrl(request.path) === null) return proxyOfAgent(Reflect.get(request, 'agent'));
    const port: unknown = Reflect.get(request, 'port') ?? Reflect.get(request.socket ?? {}, 'remotePort');
    return withVariable(
      `${request.protocol}//${request.host}${port === undefined ? '' : `:${String(port)}`}`,
    );
  }

  get bodyText(): string | null {
    return textOfBody(this);
  }

  look(isOver: boolean): RequestState {
    const state = stateOf(this);
    // Given up before there was a connection: nothing says so until its agent has one, which a mute proxy never gives it.
    if (this.request.destroyed && !this.request.socket && !this.ended)
      attempt(() => failed(this, null, this.destroyedInTimer ? 'timer' : 'program'));
    if (this.response === null && (isOver || now() - this.startedAt > mockDecidesMs))
      attempt(() => lookForMock(this));
    // Its last bytes had come while nobody took them.
    if (this.response?.complete === true) attempt(() => complete(this));
    // A program that waits for the server to want its body has not ended it either.
    if (state === 'unfinished' || (state === 'sent' && this.request.writableEnded))
      reportHttpBody(this, this.request, this.before);
    return state;
  }
}

/** A mock that lets a request through has done so by then, in ms. */
const mockDecidesMs = 1000;

const requests = marks<HttpRequest>();

export function followHttp(): void {
  watchAddRequest(http.Agent.prototype);
  // Agents of its older versions are none of Node's: they go for a connection of their own, before Node tells of the request.
  onceLoaded(/[\\/]agent-base[\\/]dist[\\/](?:src[\\/])?index\.js$/, (_file, exported) => {
    const prototype = prototypeOf(exported, 'Agent');
    if (prototype !== null && Object.hasOwn(prototype, 'addRequest')) watchAddRequest(prototype);
  });
  watchGivingUp();
  followRequestBodies(followed);
  watchBodies();
  onPublished('http.client.request.created', ({ request }) => {
    if (request instanceof ClientRequest) begin(request, null);
  });
  onPublished('http.client.request.start', ({ request }) => {
    if (request instanceof ClientRequest) begin(request, null);
  });
  onPublished('http.client.response.finish', ({ request, response }) => {
    const it = followed(request);
    if (it !== null && response instanceof http.IncomingMessage) headersReceived(it, response);
  });
}

function followed(request: unknown): HttpRequest | null {
  return typeof request === 'object' && request !== null ? requests.of(request) : null;
}

/** Each request asks its agent for a socket when it is made: the one place where all versions of Node pass. */
function watchAddRequest(prototype: object): void {
  const addRequest: unknown = Reflect.get(prototype, 'addRequest');
  if (!isFunction(addRequest)) return;
  replaceFunction(
    prototype,
    'addRequest',
    addRequest,
    function (this: unknown, request: unknown, options: unknown, port: unknown, localAddress: unknown) {
      try {
        if (request instanceof ClientRequest) begin(request, signalIn(options));
      } catch {
        // What the probe can't read must not reach the program.
      }
      try {
        return Reflect.apply(addRequest, this, [request, options, port, localAddress]);
      } catch (error) {
        // An agent that throws leaves a request that will never hear of it.
        const it = followed(request);
        if (it !== null) attempt(() => failed(it, error, abandonmentOf(error)));
        throw error;
      }
    },
  );
}

function signalIn(options: unknown): AbortSignal | null {
  if (typeof options !== 'object' || options === null || !('signal' in options)) return null;
  return options.signal instanceof AbortSignal ? options.signal : null;
}

/** A program that gives up is told apart from a server that hangs up: both end in `socket hang up`. */
function watchGivingUp(): void {
  wrapMethod(ClientRequest.prototype, 'destroy', ([reason], self) => {
    const it = followed(self);
    if (it === null || it.destroyed || it.response?.complete === true) return;
    it.destroyed = true;
    it.destroyedWith = reason;
    it.destroyedInTimer = isInTimer();
  });
  wrapMethod(ClientRequest.prototype, 'setTimeout', (_args, self) => {
    const it = followed(self);
    if (it !== null) seeTimeout(it);
  });
}

function begin(request: http.ClientRequest, signal: AbortSignal | null): HttpRequest {
  const known = requests.of(request);
  if (known !== null) return known;
  const it = new HttpRequest(request, signal);
  requests.set(request, it);
  attempt(() => strangerLetThrough(request.method, request.path));
  track(it);
  if (!isBusy()) leaveContextOfRequest(request);
  if (it.reported && !isBusy()) request.once('socket', (socket) => gotSocket(it, socket));
  const timed: object = request;
  if (mayTimeOut(timed)) seeTimeout(it);
  request.on(errorMonitor, onError);
  request.on('close', onClose);
  return it;
}

function gotSocket(it: HttpRequest, socket: unknown): void {
  attempt(() => {
    it.before = writtenBefore(socket, null);
    progress(it, stateOf(it));
  });
}

interface Timed {
  readonly timeout?: unknown;
  readonly agent?: { readonly options?: { readonly timeout?: unknown } } | null;
}

function mayTimeOut(request: Timed & object): boolean {
  return Boolean(request.timeout) || Boolean(request.agent?.options?.timeout);
}

function seeTimeout(it: HttpRequest): void {
  if (it.seesTimeout) return;
  it.seesTimeout = true;
  it.request.on('timeout', onTimeout);
}

function onTimeout(this: http.ClientRequest): void {
  const it = followed(this);
  if (it !== null) it.timedOut = true;
}

function onError(this: http.ClientRequest, error: unknown): void {
  const it = followed(this);
  if (it === null) return;
  if (it.response === null) attempt(() => lookForMock(it));
  failed(it, error, abandonedBy(it, error));
}

/** A mock may take a request and never answer it. */
function lookForMock(it: HttpRequest): void {
  const by = mockBehind(it.request.socket, true);
  if (by !== null) takenByMock(it, by);
}

function onClose(this: http.ClientRequest): void {
  const it = followed(this);
  if (it !== null && !it.ended) closed(it);
}

/** Behind a proxy the path is a whole URL. */
function wholeUrl(path: string): URL | null {
  if (path.charCodeAt(0) === slash || !/^https?:\/\//.test(path)) return null;
  try {
    return new URL(path);
  } catch {
    return null;
  }
}

const slash = 47;

/** Requests to one host follow each other. */
let last = { protocol: '', host: '', origin: '' };

function originOf(request: http.ClientRequest): string {
  const { protocol } = request;
  const host = String(request.getHeader('host') ?? request.host);
  if (last.host !== host || last.protocol !== protocol) {
    last = { protocol, host, origin: `${protocol}//${host}` };
  }
  return last.origin;
}

function headersReceived(it: HttpRequest, response: http.IncomingMessage): void {
  it.response = response;
  it.mockedBy = mockBehind(it.request.socket);
  const status = response.statusCode ?? 0;
  const { rawHeaders } = response;
  const contentType = headerIn(rawHeaders, 'content-type') ?? '';
  const retryAfter = status === 429 || status === 503 ? headerIn(rawHeaders, 'retry-after') : null;
  responded(it, status, contentType, retryAfter);
  it.sniffer = snifferFor(it, status, contentType, headerIn(rawHeaders, 'content-encoding') ?? '');
}

/** Sees the responses' chunks, and their end before the program's `end` listeners run. */
function watchBodies(): void {
  const { push } = http.IncomingMessage.prototype;
  replaceFunction(
    http.IncomingMessage.prototype,
    'push',
    push,
    function (this: http.IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
      try {
        seen(this, chunk);
      } catch {
        // What the probe can't read must not reach the program.
      }
      return push.call(this, chunk, encoding);
    },
  );
}

function seen(response: object, chunk: unknown): void {
  if (!('req' in response)) return;
  const req: unknown = response.req;
  const it = followed(req);
  if (it === null && isObject(req)) strangerAnswered(req);
  if (it === null || !isResponseOf(it, response)) return;
  if (chunk === null) complete(it);
  else if (it.sniffer !== null) it.sniffer.chunk(chunk);
}

function isResponseOf(it: HttpRequest, response: object): boolean {
  return it.response === response;
}

function complete(it: HttpRequest): void {
  if (it.response?.complete !== true || isHeld(it.response)) return;
  it.sniffer?.end();
  it.sniffer = null;
  settled(it);
}

function closed(it: HttpRequest): void {
  const { response } = it;
  if (response === null) {
    // An upgrade hands the socket to the program; anything else was given up without an error.
    if (it.request.destroyed && !Reflect.get(it.request, 'upgradeOrConnect')) {
      failed(it, null, it.timedOut ? 'deadline' : 'program');
    } else settled(it);
    return;
  }
  const error = response.errored;
  if (response.complete) complete(it);
  else if (error === null || error === undefined) failed(it, null, it.timedOut ? 'deadline' : 'program');
  else failed(it, error, isEndedHere(it, error) ? 'program' : abandonedBy(it, error));
}

function stateOf(it: HttpRequest): RequestState {
  const { request, response } = it;
  if (response !== null) {
    if (response.socket) received(it, response.socket.bytesRead);
    if (isHeld(response)) {
      readOn(it, bytesHeld(response));
      return 'body-held';
    }
    return isUnread(response) ? 'body-unread' : 'body';
  }
  const { socket } = request;
  if (!socket) return isQueued(request) ? 'queued' : 'created';
  if (socket.connecting || Reflect.get(socket, 'secureConnecting') === true) return 'connecting';
  if (!request.writableEnded) return isAwaitingContinue(request) ? 'sent' : 'unfinished';
  return request.writableFinished ? 'sent' : 'sending';
}

/** The server has sent all, and its reader takes it bit by bit. */
function readOn(it: HttpRequest, bytes: number): void {
  if (it.response?.complete !== true) return;
  if (it.bytesHeld !== -1 && bytes !== it.bytesHeld) received(it, it.bytes + 1);
  it.bytesHeld = bytes;
}

/** The program waits for the server to say that it wants the body. */
function isAwaitingContinue(request: http.ClientRequest): boolean {
  return request.headersSent && /100-continue/i.test(String(request.getHeader('expect') ?? ''));
}

function isUnread(response: http.IncomingMessage): boolean {
  return response.readableFlowing !== true && response.listenerCount('readable') === 0;
}

function isQueued(request: http.ClientRequest): boolean {
  const queues: unknown = Reflect.get(Reflect.get(request, 'agent') ?? {}, 'requests');
  if (typeof queues !== 'object' || queues === null) return false;
  return Object.values(queues).some((queue) => Array.isArray(queue) && queue.includes(request));
}
