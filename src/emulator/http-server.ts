import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { monotonicMs } from '../time/clock.ts';
import { isLoopback, listenOnLoopback } from './loopback.ts';
import { type PreparedResponse, textErrorResponse } from './response-builders.ts';
import type { LocalSession } from './session.ts';
import { transmit } from './transmit.ts';

/** Finds the session a request belongs to, and the path below the session's prefix. */
export type Route = (path: string) => { readonly session: LocalSession; readonly path: string } | null;

export interface HttpServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly route: Route;
  /** Answers what is neither the Web API nor a webhook; returns false for 404. */
  readonly page?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface HttpServer {
  readonly port: number;
  /** One for each loopback address. */
  readonly servers: readonly Server[];
  /** Cuts every connection. */
  close(): void;
}

const bodyLimitBytes = 16 * 1024 * 1024;
/** Longer than any trial: a server that closes idle connections first would look like a reset. */
const keepAliveMs = 120_000;

const served = /^\/(api|services|actions|commands|triggers|workflows|upload)\//;

/** @throws the error of `listen` (EADDRINUSE, EACCES). */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  let connections = 0;
  const numbers = new WeakMap<object, number>();
  const numberOf = ({ socket }: IncomingMessage): number => {
    const known = numbers.get(socket);
    if (known !== undefined) return known;
    numbers.set(socket, ++connections);
    return connections;
  };
  const opened: Server[] = [];
  const { port } = await listenOnLoopback(options.port, () => {
    const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) =>
      receive(request, response, options, numberOf),
    );
    opened.push(server);
    return server;
  });
  return {
    port,
    servers: opened,
    close() {
      for (const server of opened) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  { route, page }: HttpServerOptions,
  numberOf: (request: IncomingMessage) => number,
): void {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const target = route(mark === -1 ? url : url.slice(0, mark));
  if (target === null || !served.test(target.path)) {
    if (page?.(request, response) !== true) refuse(request, response, textErrorResponse(404, 'not found'));
    return;
  }
  if (isOfAnotherSite(request)) {
    refuse(request, response, textErrorResponse(403, 'cross-origin'));
    return;
  }
  const connection = numberOf(request);
  readBody(request, (body) => {
    if (body === null) return refuse(request, response, textErrorResponse(413, 'too large'));
    target.session
      .handle({
        request,
        response,
        path: target.path,
        query: mark === -1 ? '' : url.slice(mark + 1),
        body,
        atMs: monotonicMs(),
        connection,
        origin: `http://${request.headers.host ?? '127.0.0.1'}`,
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
}

/** Any page that a browser shows could post here, because a simple request asks nobody first. */
function isOfAnotherSite({ headers }: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && (origin !== `http://${host}` || !isLoopback(host));
}

/** Null when the body is too large. Never called when the client goes away in the middle. */
function readBody(request: IncomingMessage, done: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bodyLimitBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    const [only] = chunks;
    if (size > bodyLimitBytes) done(null);
    else done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
  });
}

function refuse(request: IncomingMessage, response: ServerResponse, prepared: PreparedResponse): void {
  request.resume();
  transmit(response, prepared, null);
}
