import diagnosticsChannel from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import http from 'node:http';
import type { Abandonment, RequestState } from '../event.ts' with { 'resolution-mode': 'import' };
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
  textProperty,
  track,
} from './requests.cjs';
import { abandonmentBySignal, deadlineOf } from './signals.cjs';
import { emitLazily } from './sink.cjs';
import { isInTimer } from './stack.cjs';
import { wrapMethod } from './wrap.cjs';

interface Followed {
  readonly tracked: Tracked;
  readonly request: http.ClientRequest;
  readonly signal: AbortSignal | null;
  /** What the program wrote, while it was at hand. */
  readonly output: unknown[];
  reply: http.IncomingMessage | null;
  sniffer: ReplySniffer | null;
  timedOut: boolean;
  destroyed: boolean;
  destroyedInTimer: boolean;
}

const followed = new WeakMap<object, Followed>();

export function followHttp(): void {
  wrapAddRequest();
  wrapDestroy();
  watchBodies();
  subscribe('http.client.request.created', (message) => begin(requestOf(message), null));
  subscribe('http.client.request.start', (message) => {
    const request = requestOf(message);
    begin(request, null);
    if (request !== null) handedOver(request);
  });
  subscribe('http.client.response.finish', (message) => {
    const request = requestOf(message);
    const reply: unknown = Reflect.get(message, 'response');
    const it = request === null ? undefined : followed.get(request);
    if (it !== undefined && reply instanceof http.IncomingMessage) headersReceived(it, reply);
  });
}

function subscribe(name: string, listener: (message: object) => void): void {
  diagnosticsChannel.subscribe(name, (message) => {
    try {
      if (typeof message === 'object' && message !== null) listener(message);
    } catch {
      // What the probe can't read must not reach the program.
    }
  });
}

function requestOf(message: object): http.ClientRequest | null {
  const request: unknown = Reflect.get(message, 'request');
  return request instanceof http.ClientRequest ? request : null;
}

/** Each request asks its agent for a socket when it is made: the one place where all versions of Node pass. */
function wrapAddRequest(): void {
  wrapMethod(http.Agent.prototype, 'addRequest', (args) => {
    const [request, options] = args;
    if (request instanceof http.ClientRequest) begin(request, options);
  });
}

/** A program that gives up is told apart from a server that hangs up: both end in `socket hang up`. */
function wrapDestroy(): void {
  wrapMethod(http.ClientRequest.prototype, 'destroy', (_args, self) => {
    const it = typeof self === 'object' && self !== null ? followed.get(self) : undefined;
    if (it === undefined || it.destroyed || it.reply?.complete === true) return;
    it.destroyed = true;
    it.destroyedInTimer = isInTimer();
  });
}

function begin(request: http.ClientRequest | null, options: unknown): void {
  if (request === null || followed.has(request)) return;
  const signal: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, 'signal') : null;
  const timeout: unknown = Reflect.get(request, 'timeout');
  const output: unknown[] = [];
  const it: Followed = {
    tracked: track(
      {
        client: 'http',
        method: request.method,
        ...targetOf(request),
        deadline:
          deadlineOf(signal instanceof AbortSignal ? signal : null) ??
          (typeof timeout === 'number' && timeout > 0 ? { what: 'timeout option', ms: timeout } : null),
        body: () => fingerprintOf(output) ?? lengthOf(request),
      },
      () => stateOf(it),
    ),
    request,
    signal: signal instanceof AbortSignal ? signal : null,
    output,
    reply: null,
    sniffer: null,
    timedOut: false,
    destroyed: false,
    destroyedInTimer: false,
  };
  followed.set(request, it);
  if (it.tracked.told) request.once('socket', () => progress(it.tracked, stateOf(it)));
  request.on('timeout', onTimeout);
  request.on(errorMonitor, onError);
  request.on('close', onClose);
}

function onTimeout(this: http.ClientRequest): void {
  const it = followed.get(this);
  if (it !== undefined) it.timedOut = true;
}

function onError(this: http.ClientRequest, error: unknown): void {
  const it = followed.get(this);
  if (it !== undefined) failed(it.tracked, error, abandonedBy(it, error));
}

function onClose(this: http.ClientRequest): void {
  const it = followed.get(this);
  if (it !== undefined) closed(it);
}

/** Behind a proxy the path is a whole URL. */
function targetOf(request: http.ClientRequest): { readonly origin: string; readonly path: string } {
  if (/^https?:\/\//.test(request.path)) {
    try {
      const url = new URL(request.path);
      return { origin: url.origin, path: url.pathname };
    } catch {
      // Not a URL after all.
    }
  }
  const host = request.getHeader('host') ?? request.host;
  return { origin: `${request.protocol}//${String(host)}`, path: request.path };
}

/** The program has written all of its request; its body is still at hand while no socket is. */
function handedOver(request: http.ClientRequest): void {
  const it = followed.get(request);
  const output: unknown = Reflect.get(request, 'outputData');
  if (it === undefined || !Array.isArray(output) || output.length === 0) return;
  it.output.push(...output.slice(0, 8));
  if (!it.tracked.told) return;
  const body = fingerprintOf(it.output);
  if (body !== null) emitLazily({ e: 'body', r: it.tracked.r, body });
}

function fingerprintOf(output: readonly unknown[]): string | null {
  const text = output.map(dataOf).join('');
  const end = text.indexOf('\r\n\r\n');
  const body = end === -1 ? text : text.slice(end + 4);
  return body === '' ? null : fingerprint(body);
}

/** A body that is written later is known by its length at best. */
function lengthOf(request: http.ClientRequest): string | null {
  const length = request.getHeader('content-length');
  return length === undefined || Number(length) === 0 ? null : `${String(length)}:`;
}

function dataOf(part: unknown): string {
  const data: unknown = typeof part === 'object' && part !== null ? Reflect.get(part, 'data') : null;
  if (typeof data === 'string') return data;
  return data instanceof Uint8Array ? Buffer.from(data).toString('latin1') : '';
}

function headersReceived(it: Followed, reply: http.IncomingMessage): void {
  it.reply = reply;
  const status = reply.statusCode ?? 0;
  const { rawHeaders } = reply;
  const contentType = headerIn(rawHeaders, 'content-type') ?? '';
  const retryAfter = status === 429 || status === 503 ? headerIn(rawHeaders, 'retry-after') : null;
  replied(it.tracked, { status, retryAfter, contentType });
  it.sniffer = snifferFor(it.tracked, status, contentType, headerIn(rawHeaders, 'content-encoding') ?? '');
}

/** Sees the replies' chunks, and their end before the program's `end` listeners run. */
function watchBodies(): void {
  wrapMethod(http.IncomingMessage.prototype, 'push', ([chunk], self) => {
    const request: unknown = typeof self === 'object' && self !== null ? Reflect.get(self, 'req') : null;
    const it = typeof request === 'object' && request !== null ? followed.get(request) : undefined;
    if (it === undefined || it.reply !== self) return;
    if (chunk === null) complete(it);
    else it.sniffer?.chunk(chunk);
  });
}

function complete(it: Followed): void {
  if (it.reply?.complete !== true) return;
  it.sniffer?.end();
  it.sniffer = null;
  settled(it.tracked);
}

function abandonedBy(it: Followed, error: unknown): Abandonment {
  if (it.timedOut && it.destroyed) return 'deadline';
  const by = abandonmentBySignal(it.signal, abandonmentOf(error));
  if (by === 'program' && it.destroyedInTimer) return 'timer';
  const hungUp = typeof error === 'object' && error !== null && textProperty(error, 'code') === 'ECONNRESET';
  if (by !== 'error' || !hungUp || !it.destroyed) return by;
  return it.destroyedInTimer ? 'timer' : 'program';
}

function closed(it: Followed): void {
  const { reply } = it;
  if (reply === null) {
    // An upgrade hands the socket to the program; anything else was given up without an error.
    if (it.request.destroyed && !Reflect.get(it.request, 'upgradeOrConnect')) {
      failed(it.tracked, null, it.timedOut ? 'deadline' : 'program');
    } else settled(it.tracked);
    return;
  }
  const error = reply.errored;
  if (reply.complete) complete(it);
  else if (error === null || error === undefined)
    failed(it.tracked, null, it.timedOut ? 'deadline' : 'program');
  else failed(it.tracked, error, abandonedBy(it, error));
}

function stateOf(it: Followed): RequestState {
  const { request, reply } = it;
  if (reply !== null) {
    if (reply.socket) received(it.tracked, reply.socket.bytesRead);
    return isUnread(reply) ? 'body-unread' : 'body';
  }
  const { socket } = request;
  if (!socket) return isQueued(request) ? 'queued' : 'created';
  if (socket.connecting || Reflect.get(socket, 'secureConnecting') === true) return 'connecting';
  if (!request.writableEnded) return isAwaitingContinue(request) ? 'sent' : 'unfinished';
  return request.writableFinished ? 'sent' : 'sending';
}

/** The program waits for the server to say that it wants the body. */
function isAwaitingContinue(request: http.ClientRequest): boolean {
  return request.headersSent && /100-continue/i.test(String(request.getHeader('expect') ?? ''));
}

function isUnread(reply: http.IncomingMessage): boolean {
  return reply.readableFlowing !== true && reply.listenerCount('readable') === 0;
}

function isQueued(request: http.ClientRequest): boolean {
  const queues: unknown = Reflect.get(Reflect.get(request, 'agent') ?? {}, 'requests');
  if (typeof queues !== 'object' || queues === null) return false;
  return Object.values(queues).some((queue) => Array.isArray(queue) && queue.includes(request));
}
