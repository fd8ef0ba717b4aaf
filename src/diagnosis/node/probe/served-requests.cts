import { type Served, serveHere } from './async-contexts.cjs';
import { onPublished } from './channels.cjs';
import { emit, now } from './sink.cjs';
import { isObject } from './wrap.cjs';

/** So many requests to one server show what it does with them. */
const mostOfOne = 100;
const mostServers = 20;
/** What has sent nothing by then is taken for a request that leads to none, in ms. */
const settledMs = 200;

interface ServedAt extends Served {
  readonly at: number;
}

interface ServerHere {
  readonly served: ServedAt[];
  sends: boolean;
  /** So many have come that no more are looked at. */
  isSettled: boolean;
}

const servers = new Map<number, ServerHere>();

/** The latest, which are to be responded to. */
const latest: WeakRef<object>[] = [];
const mostLatest = 8;

function remember(response: object): void {
  latest.push(new WeakRef(response));
  if (latest.length > mostLatest) latest.shift();
}

/** Whether a request has come in whole whose client still waits for the response. */
export function hasOpenResponse(): boolean {
  return latest.some((one) => {
    const response: unknown = one.deref();
    return isObject(response) && isOpen(response);
  });
}

function isOpen(response: object): boolean {
  const [socket, request]: unknown[] = ['socket', 'req'].map((name) => Reflect.get(response, name));
  return (
    Reflect.get(response, 'writableEnded') === false &&
    isObject(socket) &&
    Reflect.get(socket, 'destroyed') === false &&
    isObject(request) &&
    Reflect.get(request, 'complete') === true
  );
}

/** Whether what this thread's servers are asked leads to requests, each time. */
export function followServedRequests(): void {
  onPublished('http.server.request.start', ({ socket, response }) => {
    if (isObject(response)) remember(response);
    const port: unknown = isObject(socket) ? Reflect.get(socket, 'localPort') : null;
    if (typeof port === 'number') asked(port);
  });
}

function asked(port: number): void {
  let server = servers.get(port);
  if (server === undefined) {
    if (servers.size >= mostServers) return;
    server = { served: [], sends: false, isSettled: false };
    servers.set(port, server);
  }
  if (server.served.length >= mostOfOne) return;
  const one = { at: now(), hasSent: false };
  server.served.push(one);
  serveHere(one);
}

/** Asked at every beat. */
export function reportServedRequests(): void {
  const before = now() - settledMs;
  for (const [port, server] of servers) {
    const { served } = server;
    if (server.isSettled) continue;
    server.isSettled = served.length >= mostOfOne && served.every(({ at }) => at <= before);
    const sends =
      served.some(({ hasSent }) => hasSent) && served.every(({ at, hasSent }) => hasSent || at > before);
    if (sends === server.sends) continue;
    server.sends = sends;
    emit({ e: 'server-sends', port, sends });
  }
}
