// One file, however long: its text is what the inspected thread runs, so it can import nothing.
/** What a thread's own JavaScript can say of it. Plain data: it crosses the inspector's wire. */
export interface ThreadFacts {
  readonly pid: number;
  readonly node: string;
  /** Since the thread's start, in ms. */
  readonly nowMs: number;
  /** How often its loop has run; null before Node 20.18. */
  readonly loopCount: number | null;
  /** Time that its loop has waited for events, in ms. */
  readonly idleMs: number;
  readonly heapBytes: number;
  readonly threadpoolSize: number;
  /** Jobs of libuv's pool that are out, by Node's class for them. */
  readonly poolJobs: readonly string[];
  readonly resources: readonly { readonly name: string; readonly count: number }[];
  readonly requests: readonly RequestFacts[];
  /** What stands in for Node's `fetch`, `http.request` or the global dispatcher; null where nothing does. */
  readonly interceptedBy: string | null;
  readonly clockReplacedBy: string | null;
  readonly proxies: readonly string[];
  /** Its channels to other processes, as `fork` opens them. */
  readonly channels: readonly IpcChannel[];
}

export interface IpcChannel {
  readonly fd: number;
  /** Of the child at its other end; null where that is the parent. */
  readonly pid: number | null;
}

export type LookedState =
  | 'queued'
  | 'created'
  | 'connecting'
  | 'securing'
  | 'unfinished'
  | 'sending'
  | 'sent'
  | 'body'
  | 'body-unread';

export interface RequestFacts {
  /** The same number in a second look is the same request. */
  readonly key: number;
  readonly client: 'http' | 'undici' | 'http2';
  readonly method: string;
  readonly origin: string;
  /** Without its query. */
  readonly path: string;
  readonly state: LookedState;
  readonly status: number | null;
  readonly bytesWritten: number;
  readonly bytesRead: number;
  /** Its socket's descriptor; null where it has none. */
  readonly fd: number | null;
  /** `127.0.0.1:443` as the socket has it. */
  readonly peer: string | null;
  readonly announced: number | null;
  readonly timeoutMs: number | null;
  /** Its response has no end by its nature, or comes when there is news. */
  readonly endless: boolean;
  /** Whether the program listens for the end of its response. */
  readonly awaitsEnd: boolean;
}

export interface Seen {
  readonly facts: ThreadFacts;
  /** The requests themselves, in the order of their keys. */
  readonly objects: readonly object[];
  /** What led to requests that nothing else leads to: a second look begins there too. */
  readonly roots: readonly object[];
  /** The clients and requests among what was come to. */
  readonly clients: readonly object[];
  /** The request with this key, and what its client keeps beside it. */
  kin(key: number): readonly object[];
  /** Functions that are called with the request's response, or its end. */
  listeners(key: number): readonly unknown[];
}

/** Names of the classes that lead to requests, or are some. */
export const clientClasses =
  /^(Pool|Client|BalancedPool|RoundRobinPool|Agent|ProxyAgent|EnvHttpProxyAgent|ClientRequest|ClientHttp2Session)$/;

/**
 * Runs inside the thread that is looked at, sent there as text: it may use nothing from outside itself. It reads, and
 * changes nothing. `candidates`: objects found otherwise, some of which lead to requests; `before`: what an earlier look
 * returned; `clients`: the names of their classes; `asksForNews`: whether a request asks its server to wait.
 */
export function seeThread(
  candidates: readonly object[],
  before: readonly object[],
  clients: RegExp,
  asksForNews: (method: string, path: string) => boolean,
): Seen {
  const get = (value: unknown, key: PropertyKey): unknown =>
    (typeof value === 'object' && value !== null) || typeof value === 'function'
      ? Reflect.get(value, key)
      : undefined;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const call = (value: unknown, key: string): unknown => {
    const method = get(value, key);
    return typeof method === 'function' ? Reflect.apply(method, value, []) : undefined;
  };
  const className = (value: unknown): string => text(get(get(value, 'constructor'), 'name'));
  /** By the symbol's description: each copy of a client has symbols of its own. */
  const hidden = (value: unknown, description: string): unknown => {
    for (let at: unknown = value; isObject(at); at = Object.getPrototypeOf(at)) {
      const symbol = Object.getOwnPropertySymbols(at).find((each) => each.description === description);
      if (symbol !== undefined) return get(value, symbol);
    }
    return undefined;
  };
  const withoutQuery = (path: string): string => path.replace(/[?#].*$/s, '');

  /** Node's own maps are of a class that inherits nothing from Map. */
  const valuesOf = (map: unknown): readonly unknown[] => {
    const found: unknown[] = [];
    try {
      Reflect.apply(Map.prototype.forEach, map, [(value: unknown) => found.push(value)]);
    } catch {
      // It is no map.
    }
    return found;
  };

  const objects: object[] = [...before];
  const requests: RequestFacts[] = [];
  const known = new Set<unknown>();
  const keys = new Map(objects.map((object, key) => [object, key]));
  const keyOf = (object: object): number => {
    const key = keys.get(object) ?? objects.push(object) - 1;
    keys.set(object, key);
    return key;
  };
  const socketFacts = (socket: unknown) => {
    const fd = get(get(socket, '_handle'), 'fd');
    const parentFd = get(get(get(socket, '_parent'), '_handle'), 'fd');
    const found =
      typeof fd === 'number' && fd >= 0
        ? fd
        : typeof parentFd === 'number' && parentFd >= 0
          ? parentFd
          : null;
    const address = text(get(socket, 'remoteAddress'));
    return {
      bytesWritten: number(get(socket, 'bytesWritten')),
      bytesRead: number(get(socket, 'bytesRead')),
      fd: found,
      peer: address === '' ? null : `${address}:${number(get(socket, 'remotePort'))}`,
    };
  };

  /** Its connection has carried less than its head and its announced body, whatever it has carried before. */
  const isShort = (request: object, socket: object, announced: number): boolean => {
    const carried = number(get(socket, 'bytesWritten')) + number(get(socket, 'writableLength'));
    return text(get(request, '_header')).length + announced > carried;
  };

  const listenersOf = (emitter: unknown, event: string): readonly unknown[] =>
    [get(get(emitter, '_events'), event)]
      .flat()
      .map((listener) => get(listener, 'listener') ?? listener)
      .filter(Boolean);

  const addHttp = (request: unknown, isQueued: boolean): void => {
    if (!isObject(request) || known.has(request)) return;
    if (
      typeof get(request, 'path') !== 'string' ||
      typeof get(request, 'method') !== 'string' ||
      get(request, 'host') === undefined
    )
      return;
    known.add(request);
    if (get(request, 'destroyed') === true || get(request, 'aborted') === true) return;
    const response = get(request, 'res');
    const awaitsEnd = listenersOf(response, 'end').some(
      (listener) => get(listener, 'name') !== 'responseOnEnd',
    );
    // All of it has come; its end is told to those who read it.
    const isHeld = awaitsEnd && get(response, 'readableFlowing') !== true;
    if (get(response, 'complete') === true && !isHeld) return;
    const socket = get(request, 'socket');
    const sentHeaders = call(request, 'getHeaders');
    const announced = Number(get(sentHeaders, 'content-length') ?? Number.NaN);
    const state = ((): LookedState => {
      if (isObject(response)) return get(response, 'readableFlowing') === true ? 'body' : 'body-unread';
      if (!isObject(socket)) return isQueued ? 'queued' : 'created';
      if (get(socket, 'connecting') === true) return 'connecting';
      if (get(socket, 'secureConnecting') === true) return 'securing';
      if (get(request, 'writableEnded') === false)
        return /100-continue/i.test(text(get(sentHeaders, 'expect'))) ? 'sent' : 'unfinished';
      if (isShort(request, socket, announced)) return 'unfinished';
      return number(get(socket, 'writableLength')) > 0 ? 'sending' : 'sent';
    })();
    const headers = get(response, 'headers');
    const port = get(get(request, 'agent'), 'defaultPort');
    const header = text(get(sentHeaders, 'host'));
    requests.push({
      key: keyOf(request),
      client: 'http',
      method: text(get(request, 'method')),
      origin: `${text(get(request, 'protocol')) || 'http:'}//${header === '' ? `${text(get(request, 'host'))}:${number(port)}` : header}`,
      path: withoutQuery(text(get(request, 'path'))),
      state,
      status: isObject(response) ? number(get(response, 'statusCode')) : null,
      ...socketFacts(socket),
      announced: Number.isNaN(announced) ? null : announced,
      timeoutMs: number(get(request, 'timeout')) || null,
      endless:
        asksForNews(text(get(request, 'method')), text(get(request, 'path'))) ||
        /event-stream|x-mixed-replace|application\/x-ndjson/.test(text(get(headers, 'content-type'))) ||
        number(get(response, 'statusCode')) === 101,
      awaitsEnd,
    });
  };

  const addUndici = (client: unknown): void => {
    if (!isObject(client) || known.has(client)) return;
    known.add(client);
    const queue = list(hidden(client, 'queue'));
    const running = number(hidden(client, 'running index'));
    const pending = number(hidden(client, 'pending index'));
    const socket = hidden(client, 'socket') ?? hidden(client, 'http socket');
    const parser = hidden(socket, 'parser');
    const isConnecting = hidden(client, 'connecting') === true || !isObject(socket);
    for (let at = running; at < queue.length; at++) {
      const request = queue[at];
      if (!isObject(request) || get(request, 'aborted') === true || get(request, 'completed') === true)
        continue;
      const status = at === running ? number(get(parser, 'statusCode')) : 0;
      const isRunning = at < pending;
      const state: LookedState = isRunning
        ? status > 0
          ? get(parser, 'paused') === true
            ? 'body-unread'
            : 'body'
          : hidden(socket, 'writing') === true
            ? 'sending'
            : 'sent'
        : isConnecting && at === pending
          ? 'connecting'
          : 'queued';
      const announced = get(request, 'contentLength');
      requests.push({
        key: keyOf(request),
        client: 'undici',
        method: text(get(request, 'method')),
        origin: String(get(request, 'origin') ?? get(hidden(client, 'url'), 'origin') ?? ''),
        path: withoutQuery(text(get(request, 'path'))),
        state,
        status: status > 0 ? status : null,
        ...socketFacts(isRunning ? socket : null),
        announced: typeof announced === 'number' ? announced : null,
        timeoutMs: null,
        endless:
          asksForNews(text(get(request, 'method')), text(get(request, 'path'))) ||
          /event-stream/.test(text(get(get(parser, 'headers'), 'content-type'))) ||
          get(request, 'upgrade') === 'websocket',
        awaitsEnd: false,
      });
    }
  };

  /** A pool's own queue holds what no client of it has taken yet. */
  const addQueued = (pool: object): void => {
    const queue = hidden(pool, 'queue');
    for (let buffer = get(queue, 'tail'); isObject(buffer); buffer = get(buffer, 'next')) {
      const items = list(get(buffer, 'list'));
      for (
        let at = number(get(buffer, 'bottom')), left = items.length;
        left > 0;
        left--, at = (at + 1) % items.length
      ) {
        const entry = items[at];
        const options = get(entry, 'opts');
        if (!isObject(entry) || !isObject(options) || at === number(get(buffer, 'top'))) break;
        requests.push({
          key: keyOf(entry),
          client: 'undici',
          method: text(get(options, 'method')) || 'GET',
          origin: String(get(options, 'origin') ?? get(hidden(pool, 'url'), 'origin') ?? ''),
          path: withoutQuery(text(get(options, 'path'))),
          state: 'queued',
          status: null,
          bytesWritten: 0,
          bytesRead: 0,
          fd: null,
          peer: null,
          announced: null,
          timeoutMs: null,
          endless: false,
          awaitsEnd: false,
        });
      }
    }
  };

  const isUndiciClient = (value: object): boolean =>
    Array.isArray(hidden(value, 'queue')) && typeof hidden(value, 'running index') === 'number';
  const isDispatcher = (value: object): boolean => typeof get(value, 'dispatch') === 'function';

  /** From any dispatcher to the clients behind it, whatever wraps them. */
  const walkDispatcher = (root: unknown): void => {
    const front: unknown[] = [root];
    for (let steps = 0; front.length > 0 && steps < 5000; steps++) {
      let value = front.shift();
      if (!isObject(value)) continue;
      if (className(value) === 'WeakRef') value = call(value, 'deref');
      if (!isObject(value) || known.has(value)) continue;
      if (isUndiciClient(value)) {
        addUndici(value);
        continue;
      }
      known.add(value);
      if (value instanceof Map) front.push(...value.values());
      else if (Array.isArray(value)) front.push(...value.slice(0, 1000));
      else if (isDispatcher(value)) {
        addQueued(value);
        for (const key of Reflect.ownKeys(value)) {
          const property = Object.getOwnPropertyDescriptor(value, key)?.value;
          if (isObject(property)) front.push(property);
        }
      } else if (isObject(get(value, 'dispatcher'))) front.push(get(value, 'dispatcher'));
    }
  };

  const addHttp2 = (session: object): void => {
    for (const stream of valuesOf(get(hidden(session, 'state'), 'streams'))) {
      const headers = get(stream, 'sentHeaders');
      if (
        !isObject(stream) ||
        known.has(stream) ||
        !isObject(headers) ||
        get(stream, 'endAfterHeaders') === undefined
      )
        continue;
      known.add(stream);
      requests.push({
        key: keyOf(stream),
        client: 'http2',
        method: text(get(headers, ':method')),
        origin: `${text(get(headers, ':scheme'))}://${text(get(headers, ':authority'))}`,
        path: withoutQuery(text(get(headers, ':path'))),
        // A client's stream does not keep that its response's headers have come.
        state:
          get(session, 'connecting') === true
            ? 'connecting'
            : get(stream, 'writableEnded') === false
              ? 'unfinished'
              : 'sent',
        status: null,
        ...socketFacts(hidden(session, 'socket')),
        announced: null,
        timeoutMs: null,
        endless: false,
        awaitsEnd: false,
      });
    }
  };

  const agents = new Set<unknown>();
  const addAgent = (agent: unknown): void => {
    if (!isObject(agent) || agents.has(agent)) return;
    agents.add(agent);
    for (const [property, isQueued] of [
      ['requests', true],
      ['sockets', false],
    ] as const) {
      const byName = get(agent, property);
      if (!isObject(byName)) continue;
      for (const entries of Object.values(byName)) {
        for (const entry of list(entries)) addHttp(isQueued ? entry : get(entry, '_httpMessage'), isQueued);
      }
    }
  };

  const addAny = (value: unknown): void => {
    if (!isObject(value)) return;
    if (isUndiciClient(value)) addUndici(value);
    else if (isDispatcher(value)) walkDispatcher(value);
    else if (isObject(get(value, 'requests')) && isObject(get(value, 'sockets'))) addAgent(value);
    else if (className(value).endsWith('Http2Session')) addHttp2(value);
    else {
      const message = get(value, '_httpMessage') ?? value;
      addAgent(get(message, 'agent'));
      addHttp(message, false);
    }
    const client = hidden(value, 'client');
    if (isObject(client) && isUndiciClient(client)) addUndici(client);
  };

  /** One that the program has not loaded stays so: it has no requests, and loading it takes time. */
  const builtin = (name: string): unknown => {
    const load = get(process, 'getBuiltinModule');
    return typeof load === 'function' && list(get(process, 'moduleLoadList')).includes(`NativeModule ${name}`)
      ? Reflect.apply(load, process, [name])
      : undefined;
  };
  const http = builtin('http');
  const https = builtin('https');
  addAgent(get(http, 'globalAgent'));
  addAgent(get(https, 'globalAgent'));
  const dispatcher = get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  walkDispatcher(dispatcher);
  const handles = list(call(process, '_getActiveHandles'));
  for (const handle of handles) addAny(handle);
  const kinds = new Map<unknown, boolean>();
  /** Of one of these classes, or of one that extends it. */
  const isOfClient = (prototype: unknown): boolean => {
    if (!isObject(prototype)) return false;
    const known = kinds.get(prototype);
    if (known !== undefined) return known;
    const kind = clients.test(className(prototype)) || isOfClient(Object.getPrototypeOf(prototype));
    kinds.set(prototype, kind);
    return kind;
  };
  // A class's prototype is an object of it too, and has none of an instance's fields.
  const roots = candidates.filter(
    (value) => isOfClient(Object.getPrototypeOf(value)) && !Object.hasOwn(value, 'constructor'),
  );
  for (const root of roots) addAny(root);

  const kin = (key: number): readonly object[] => {
    const request = objects[key];
    return [
      request,
      get(request, 'res'),
      get(request, '_redirectable'),
      get(request, 'handler'),
      hidden(request, 'handler'),
    ].filter(isObject);
  };

  const active = list(call(process, '_getActiveRequests')).map(className);
  const pooled = active.filter((name) => /^(FSReq|GetAddrInfo|GetNameInfo|.*Job$|Zlib)/.test(name));
  const counts = new Map<string, number>();
  for (const name of list(call(process, 'getActiveResourcesInfo')))
    counts.set(String(name), (counts.get(String(name)) ?? 0) + 1);

  const isNative = (value: unknown): boolean =>
    typeof value === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value));
  const source = (value: unknown): string =>
    typeof value === 'function' ? Function.prototype.toString.call(value) : '';
  const fetchSource = source(get(globalThis, 'fetch'));
  const interceptedBy = ((): string | null => {
    const dispatcherName = className(dispatcher);
    if (/^Mock(Agent|Pool|Client)$/.test(dispatcherName)) return `undici’s ${dispatcherName}`;
    if (/nock|interceptor/i.test(source(get(http, 'ClientRequest')).slice(0, 400))) return 'nock';
    if (/msw|interceptor|nock|mock/i.test(fetchSource.slice(0, 2000))) return 'a mock in place of fetch';
    return null;
  })();
  const timeoutFunction = get(globalThis, 'setTimeout');
  const clock = get(timeoutFunction, 'clock');
  const performance: unknown = get(globalThis, 'performance');
  const timing = get(performance, 'nodeTiming');
  const metrics = get(timing, 'uvMetricsInfo');
  const environment = process.env;
  return {
    facts: {
      pid: process.pid,
      node: process.versions.node,
      nowMs: number(call(performance, 'now')),
      loopCount: isObject(metrics) ? number(get(metrics, 'loopCount')) : null,
      idleMs: number(get(timing, 'idleTime')),
      heapBytes: process.memoryUsage().heapUsed,
      threadpoolSize: Number(environment.UV_THREADPOOL_SIZE) || 4,
      poolJobs: pooled,
      resources: [...counts].map(([name, count]) => ({ name, count })),
      requests,
      interceptedBy,
      clockReplacedBy: isObject(clock)
        ? 'a fake clock (its setTimeout has a `clock`)'
        : isNative(timeoutFunction)
          ? 'a function that is not Node’s'
          : null,
      channels: [
        { fd: get(get(process, 'channel'), 'fd'), pid: null },
        ...handles.map((handle) => ({
          fd: className(handle) === 'ChildProcess' ? get(get(handle, 'channel'), 'fd') : null,
          pid: number(get(handle, 'pid')),
        })),
      ].flatMap(({ fd, pid }) => (typeof fd === 'number' && fd >= 0 ? [{ fd, pid }] : [])),
      proxies: ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'].filter(
        (name) => (environment[name] ?? '') !== '',
      ),
    },
    objects,
    roots,
    clients: [...known, ...agents]
      .filter(isObject)
      .filter((value) => isOfClient(Object.getPrototypeOf(value))),
    kin,
    listeners: (key) =>
      kin(key).flatMap((each) => [
        ...Object.keys(Object(get(each, '_events'))).flatMap((event) => listenersOf(each, event)),
        get(each, 'callback'),
      ]),
  };
}
