import type { RequestState } from '../event.ts' with { 'resolution-mode': 'import' };
import { failed, fingerprint, type Tracked, track } from './requests.cjs';
import { abandonmentBySignal, deadlineOf } from './signals.cjs';
import { bodyOf, type Call, callInProgress, duringCall } from './undici.cjs';

/** Lets a fetch call's signal and body be known to the request that it makes. */
export function followGlobalFetch(): void {
  const { fetch } = globalThis;
  if (typeof fetch !== 'function') return;
  globalThis.fetch = wrapFetch(fetch);
}

export function wrapFetch<Fetch extends (...args: never[]) => unknown>(original: Fetch): Fetch {
  return new Proxy(original, {
    apply(target, self, args) {
      return duringCall(callOf(args), () => Reflect.apply(target, self, args));
    },
  });
}

function callOf(args: readonly unknown[]): Call {
  const [input, init] = args;
  return { signal: signalOf(init) ?? signalOf(input), body: () => bodyText(init), tracked: null };
}

function signalOf(holder: unknown): AbortSignal | null {
  if (typeof holder !== 'object' || holder === null) return null;
  const signal: unknown = Reflect.get(holder, 'signal');
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

interface Dispatcher {
  readonly stats?: { readonly queued?: unknown };
  readonly destroyed?: unknown;
}

interface DispatchOptions {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly method?: unknown;
  readonly body?: unknown;
  readonly signal?: unknown;
  readonly headersTimeout?: unknown;
}

const calls = new WeakMap<object, Call>();
let innermost: Dispatcher | null = null;

/**
 * A request that waits behind a full pool has had no event yet: undici creates it when a connection is free. So the
 * dispatch itself is watched, and what it has not created by its return is looked for in the pool's queue.
 */
export function wrapDispatch(prototype: object): void {
  const dispatch: unknown = Reflect.get(prototype, 'dispatch');
  if (typeof dispatch !== 'function') return;
  const wrapped = new Proxy(dispatch, {
    apply(target, self: Dispatcher, args) {
      const options: unknown = args[0];
      const call = callInProgress();
      const nested = innermost !== null && call !== null;
      innermost = self;
      if (nested || typeof options !== 'object' || options === null) return Reflect.apply(target, self, args);
      const mine = calls.get(options) ?? call ?? callOfDispatch(options);
      try {
        const result: unknown = duringCall(mine, () => Reflect.apply(target, self, args));
        if (mine.tracked === null && isQueuedIn(innermost)) {
          calls.set(options, mine);
          mine.tracked = trackQueued(options, innermost, mine);
        }
        return result;
      } finally {
        innermost = null;
      }
    },
  });
  Object.defineProperty(prototype, 'dispatch', {
    ...Object.getOwnPropertyDescriptor(prototype, 'dispatch'),
    value: wrapped,
  });
}

function callOfDispatch(options: DispatchOptions): Call {
  return { signal: signalOf(options), body: () => bodyOf({ body: options.body }), tracked: null };
}

function isQueuedIn(dispatcher: Dispatcher | null): dispatcher is Dispatcher {
  try {
    return dispatcher !== null && Number(dispatcher.stats?.queued ?? 0) > 0;
  } catch {
    return false;
  }
}

function trackQueued(options: DispatchOptions, dispatcher: Dispatcher, call: Call): Tracked {
  const ownSignal = signalOf(options);
  const tracked = track(
    {
      client: 'undici',
      method: String(options.method ?? 'GET'),
      origin: String(options.origin ?? ''),
      path: String(options.path ?? '/'),
      deadline: deadlineOf(call.signal) ?? headersTimeoutOf(options),
      body: () => call.body(),
    },
    () => look(),
  );
  tracked.look = look;
  return tracked;

  function look(): RequestState {
    if (dispatcher.destroyed === true) failed(tracked, new Error('the pool was destroyed'), 'program');
    // fetch rejects when its signal aborts; request() ignores the signal while it is queued and tells its caller nothing.
    else if (ownSignal === null && call.signal?.aborted === true) {
      failed(tracked, call.signal.reason, abandonmentBySignal(call.signal, 'program'));
    }
    return 'queued';
  }
}

function headersTimeoutOf(options: DispatchOptions) {
  const ms = options.headersTimeout;
  return typeof ms === 'number' && ms > 0 ? { what: 'headersTimeout', ms } : null;
}
