import { fingerprint } from '../../retries.ts';
import { blockedAddress } from './blocked-ports.cjs';
import { marks } from './marks.cjs';
import { failed, type Mocked, reportMocked, track } from './requests.cjs';
import { deadlineOf, placeOfAbort, placeOfClose, requestBegins } from './signals.cjs';
import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import {
  bodyOf,
  type Call,
  callInProgress,
  type Described,
  type Dispatcher,
  enterCall,
  textOf,
  UndiciRequest,
} from './undici.cjs';
import { somethingCame } from './watched-callbacks.cjs';
import { attempt, isFunction, isObject, replaceFunction } from './wrap.cjs';

const { AbortSignal } = globalThis;

/** Lets a fetch call's signal and body be known to the request that it makes. */
export function followGlobalFetch(): void {
  const { fetch } = globalThis;
  if (typeof fetch !== 'function') return;
  globalThis.fetch = wrapFetch(fetch);
}

export function wrapFetch<Fetch extends (...args: never[]) => unknown>(original: Fetch): Fetch {
  return new Proxy(original, {
    apply(target, self, args) {
      const call = new FetchCall(args[0], args[1]);
      const outer = enterCall(call);
      try {
        return Reflect.apply(target, self, args);
      } finally {
        enterCall(outer);
        if (call.tracked === null) attempt(() => reportBlocked(call, args[0], args[1]));
        if (call.tracked === null || call.signal !== null) attempt(() => reportTooLate(call, args[0]));
      }
    },
  });
}

/** fetch fails such a call by itself, before there is a request to be seen. */
function reportBlocked(call: FetchCall, input: unknown, init: unknown): void {
  const url = blockedAddress(input);
  if (url === null) return;
  const method = isObject(init) ? Reflect.get(init, 'method') : null;
  const request = new UndiciRequest(
    { origin: url.origin, path: url.pathname, method: method ?? 'GET' },
    call,
    null,
  );
  track(request);
  failed(request, { code: 'ERR_BAD_PORT', message: `fetch never connects to port ${url.port}` }, 'error');
}

/** Neither does it begin one whose deadline has passed, or whose signal the program has aborted for all that it served. */
function reportTooLate({ signal }: FetchCall, input: unknown): void {
  if (signal?.aborted !== true) {
    if (signal !== null) requestBegins(signal);
    return;
  }
  // Why nothing is sent is known.
  somethingCame();
  const { reason }: { readonly reason: unknown } = signal;
  const abortedAt = placeOfAbort(signal);
  const closedAt = placeOfClose(signal);
  const isTooLate = reason instanceof DOMException && reason.name === 'TimeoutError';
  if (!isTooLate && abortedAt === null && closedAt === null) return;
  const { origin, pathname: path } = new URL(
    isObject(input) && 'url' in input ? String(input.url) : String(input),
  );
  const ms = deadlineOf(signal)?.ms ?? null;
  const byProgram = closedAt !== null ? { closedAt } : isTooLate || abortedAt === null ? {} : { abortedAt };
  emit({ e: 'too-late', t: now(), origin, path, ms, stack: stackHere(), ...byProgram });
}

class FetchCall implements Call {
  readonly signal: AbortSignal | null;
  tracked: UndiciRequest | null = null;
  readonly #init: unknown;

  constructor(input: unknown, init: unknown) {
    this.signal = signalOf(init) ?? signalOf(input);
    this.#init = init;
  }

  get body(): string | null {
    return bodyText(this.#init);
  }

  get bodyText(): string | null {
    if (!isObject(this.#init)) return null;
    const body: unknown = Reflect.get(this.#init, 'body');
    return body instanceof URLSearchParams ? body.toString() : textOf(body);
  }
}

class DispatchCall implements Call {
  tracked: UndiciRequest | null = null;
  readonly #options: Described;

  constructor(options: Described) {
    this.#options = options;
  }

  get signal(): AbortSignal | null {
    return signalOf(this.#options);
  }

  get body(): string | null {
    return bodyOf({ body: this.#options.body });
  }

  get bodyText(): string | null {
    return textOf(this.#options.body);
  }
}

function signalOf(holder: unknown): AbortSignal | null {
  if (typeof holder !== 'object' || holder === null || !('signal' in holder)) return null;
  const { signal } = holder;
  return signal instanceof AbortSignal ? signal : null;
}

function bodyText(init: unknown): string | null {
  if (typeof init !== 'object' || init === null) return null;
  const body: unknown = Reflect.get(init, 'body');
  if (typeof body === 'string') return fingerprint(body);
  if (body instanceof URLSearchParams) return fingerprint(body.toString());
  if (body instanceof Uint8Array) return fingerprint(Buffer.from(body).toString('latin1'));
  return null;
}

/** The calls of dispatches that wait in a pool's queue, by the options that it will dispatch again. */
const queuedCalls = marks<Call>();
let innermost: Dispatcher | null = null;

/**
 * A request that waits behind a full pool has had no event yet: undici creates it when a connection is free. So the
 * dispatch itself is watched, and what it has not created by its return is looked for in the pool's queue.
 */
export function wrapDispatch(prototype: object): void {
  const dispatch: unknown = Reflect.get(prototype, 'dispatch');
  if (!isFunction(dispatch)) return;
  replaceFunction(
    prototype,
    'dispatch',
    dispatch,
    function (this: Dispatcher, options: Described, handler: unknown) {
      const nested = innermost !== null && callInProgress() !== null;
      if (nested) innermost = this;
      if (nested || !isObject(options)) return Reflect.apply(dispatch, this, [options, handler]);
      innermost = this;
      const call = queuedCall(options) ?? callInProgress() ?? new DispatchCall(options);
      const outer = enterCall(call);
      try {
        const result: unknown = Reflect.apply(dispatch, this, [options, handler]);
        if (call.tracked === null) followQueued(innermost, options, call);
        return result;
      } finally {
        enterCall(outer);
        innermost = null;
      }
    },
  );
}

/** A retry dispatches the same options again, after what they stood for has ended. */
function queuedCall(options: object): Call | null {
  const call = queuedCalls.of(options);
  return call?.tracked?.ended === true ? null : call;
}

function followQueued(pool: Dispatcher | null, options: Described, call: Call): void {
  if (pool === null || !isQueuing(pool)) return;
  call.tracked = new UndiciRequest(options, call, pool);
  queuedCalls.set(options, call);
  track(call.tracked);
}

const kQueued = new Map<object, symbol | null>();

/** Read where undici keeps it: its `stats` add up all connections of the pool. */
function isQueuing(pool: object): boolean {
  try {
    const symbol = queuedSymbolOf(pool);
    return symbol !== null && Number(Reflect.get(pool, symbol)) > 0;
  } catch {
    return false;
  }
}

function queuedSymbolOf(pool: object): symbol | null {
  const kind: object = Object.getPrototypeOf(pool) ?? pool;
  const known = kQueued.get(kind);
  if (known !== undefined) return known;
  const symbol =
    Object.getOwnPropertySymbols(pool).find(({ description }) => description === 'queued') ?? null;
  kQueued.set(kind, symbol);
  return symbol;
}

/** An agent of undici's mocks dispatches what it lets through, and answers the rest by itself. */
export function watchMockAgent(prototype: object): void {
  const dispatch: unknown = Reflect.get(prototype, 'dispatch');
  if (!isFunction(dispatch)) return;
  replaceFunction(
    prototype,
    'dispatch',
    dispatch,
    function (this: object, options: Described, handler: unknown) {
      if (!isObject(options)) return Reflect.apply(dispatch, this, [options, handler]);
      const call = callInProgress() ?? new DispatchCall(options);
      const at = now();
      const outer = enterCall(call);
      try {
        return Reflect.apply(dispatch, this, [options, handler]);
      } finally {
        enterCall(outer);
        if (call.tracked === null)
          attempt(() => reportMocked(describedAt(options, at), 'undici’s MockAgent'));
      }
    },
  );
}

function describedAt({ method, origin, path }: Described, at: number): Mocked {
  return {
    client: 'undici',
    method: String(method ?? 'GET'),
    origin: String(origin ?? ''),
    path: String(path ?? '/'),
    at,
    stack: stackHere(),
  };
}
