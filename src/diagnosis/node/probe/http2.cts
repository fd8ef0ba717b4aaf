import { EventEmitter } from 'node:events';
import type { Deadline, RequestState } from '../protocol.ts';
import { abandonmentOf } from './errors.cjs';
import { marks } from './marks.cjs';
import { failed, progress, responded, settled, Tracked, track } from './requests.cjs';
import { abandonmentBySignal, deadlineOf } from './signals.cjs';
import { isCalledByUndici } from './stack.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapMethod } from './wrap.cjs';

const { AbortSignal } = globalThis;
const tick = process.nextTick.bind(process);

let isFollowed = false;

/**
 * node:http2 takes long to load, so it is followed only once the program has it: its sessions are made right after
 * their connection is begun, and an emitter's `init` is the first that a session calls.
 */
export function followHttp2Session(): void {
  if (isFollowed) return;
  const init: unknown = Reflect.get(EventEmitter, 'init');
  if (!isFunction(init)) return;
  const restore = () => {
    if (Reflect.get(EventEmitter, 'init') === watching) Reflect.set(EventEmitter, 'init', init);
  };
  const watching = function (this: object, ...args: unknown[]): unknown {
    if (this.constructor.name === 'ClientHttp2Session') {
      restore();
      attempt(() => followSessions(Object.getPrototypeOf(this)));
    }
    return Reflect.apply(init, this, args);
  };
  Reflect.set(EventEmitter, 'init', watching);
  tick(restore);
}

function followSessions(prototype: object): void {
  if (isFollowed) return;
  isFollowed = true;
  wrapCall(prototype, 'request', (target, self, args) => {
    const stream: unknown = requestOf(() => Reflect.apply(target, self, args), self, args);
    attempt(() => {
      // undici reports its own.
      if (isObject(stream) && isObject(self) && !isCalledByUndici()) begin(stream, self, args);
    });
    return stream;
  });
}

/** A session that has ended throws instead of making a request. */
function requestOf(make: () => unknown, session: unknown, args: readonly unknown[]): unknown {
  try {
    return make();
  } catch (error) {
    attempt(() => {
      if (!isObject(session) || isCalledByUndici() || !isOver(error)) return;
      const it = requestIn({}, session, args);
      track(it);
      failed(it, error, 'error');
    });
    throw error;
  }
}

function isOver(error: unknown): boolean {
  const code: unknown = isObject(error) ? Reflect.get(error, 'code') : null;
  return code === 'ERR_HTTP2_INVALID_SESSION' || code === 'ERR_HTTP2_GOAWAY_SESSION';
}

class Http2Request extends Tracked {
  readonly #stream: object;
  readonly #session: object;
  readonly #headers: object;
  readonly signal: AbortSignal | null;
  hasResponse = false;

  constructor(stream: object, session: object, headers: object, signal: AbortSignal | null) {
    super();
    this.#stream = stream;
    this.#session = session;
    this.#headers = headers;
    this.signal = signal;
  }

  get client() {
    return 'http2' as const;
  }

  get method(): string {
    return String(Reflect.get(this.#headers, ':method') ?? 'GET');
  }

  get origin(): string {
    const authority: unknown =
      Reflect.get(this.#headers, ':authority') ?? bySymbol(this.#session, 'authority');
    return `${String(bySymbol(this.#session, 'protocol') ?? 'https:')}//${String(authority ?? '')}`;
  }

  get path(): string {
    return String(Reflect.get(this.#headers, ':path') ?? '/');
  }

  get deadline(): Deadline | null {
    return deadlineOf(this.signal);
  }

  get body(): string | null {
    return null;
  }

  get bodyText(): string | null {
    return null;
  }

  look(): RequestState {
    if (this.hasResponse) return 'body';
    if (Reflect.get(this.#session, 'connecting') === true) return 'connecting';
    if (Reflect.get(this.#stream, 'pending') === true || this.#waitsForStream()) return 'queued';
    if (Reflect.get(this.#stream, 'writableEnded') !== true) return 'unfinished';
    return Reflect.get(this.#stream, 'writableFinished') === true ? 'sent' : 'sending';
  }

  /** Node gives every stream a number at once; those over what the server allows at a time wait for others to end. */
  #waitsForStream(): boolean {
    const settings: unknown = Reflect.get(this.#session, 'remoteSettings');
    const most: unknown = isObject(settings) ? Reflect.get(settings, 'maxConcurrentStreams') : null;
    if (typeof most !== 'number') return false;
    const open = openOn(this.#session).filter(({ ended }) => !ended);
    return open.indexOf(this) >= most;
  }
}

/** Requests of a session in their order. */
const ofSession = marks<Http2Request[]>();

function openOn(session: object): readonly Http2Request[] {
  return ofSession.of(session) ?? [];
}

function opened(session: object, request: Http2Request): void {
  ofSession.set(session, [...openOn(session).filter(({ ended }) => !ended), request]);
}

function bySymbol(holder: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(holder).find((symbol) => symbol.description === description);
  return key === undefined ? null : Reflect.get(holder, key);
}

function requestIn(stream: object, session: object, [headers, options]: readonly unknown[]): Http2Request {
  const signal: unknown = isObject(options) ? Reflect.get(options, 'signal') : null;
  return new Http2Request(
    stream,
    session,
    isObject(headers) ? headers : {},
    signal instanceof AbortSignal ? signal : null,
  );
}

function begin(stream: object, session: object, args: readonly unknown[]): void {
  const it = requestIn(stream, session, args);
  track(it);
  opened(session, it);
  // Listeners of the probe's own would make Node keep what nobody reads.
  wrapMethod(stream, 'emit', ([event, value]) => heard(it, stream, String(event), value));
}

function heard(it: Http2Request, stream: object, event: string, value: unknown): void {
  if (it.ended) return;
  if (event === 'response' && isObject(value)) {
    it.hasResponse = true;
    const header = (name: string) => {
      const found: unknown = Reflect.get(value, name);
      return found === undefined ? null : String(found);
    };
    responded(it, Number(header(':status')), header('content-type') ?? '', header('retry-after'));
  } else if (event === 'end') settled(it);
  else if (event === 'error') failed(it, value, abandonmentBySignal(it.signal, abandonmentOf(value)));
  else if (event === 'timeout') progress(it, it.look());
  else if (event === 'close') closed(it, stream);
}

function closed(it: Http2Request, stream: object): void {
  const code: unknown = Reflect.get(stream, 'rstCode');
  if (it.hasResponse && (code === 0 || code === 8)) settled(it);
  else failed(it, null, 'program');
}
