import type { LookupFunction, Socket } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
// A sending thread starts 55 ms sooner without the rest of undici.
import newConnector from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { reportedError } from '../failures/classify-error.ts';
import { proxyFor } from '../slack/proxy.ts';
import { protectTarget } from '../slack/redact.ts';
import type { Target } from '../slack/target.ts';
import { ignoreContinue } from './ignore-continue.ts';

interface ClientOptions {
  readonly connections: number;
  /** Resolves the host; default: Node's own lookup. */
  readonly lookup?: LookupFunction;
}

/** Head of a response, in bytes, that is read: proxies add to it. */
const longestHead = 64 * 1024;

/**
 * A pool of keep-alive sockets to the target, through the environment's proxy where there is one. HTTP/1.1 only: an
 * empty body hangs over HTTP/2 (nodejs/undici#5169).
 */
export function openClient(target: Target, { connections, lookup }: ClientOptions): Dispatcher {
  // Outcomes repeat a server's words, and a server may repeat the secret.
  protectTarget(target);
  const origin = targetOrigin(target);
  const options = {
    connections,
    allowH2: false,
    maxHeaderSize: longestHead,
    // Our own deadline decides; undici's would only fire late and coarsely (nodejs/undici#3798).
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxyFor(origin, process.env) !== null) return openProxied(options);
  return new Pool(origin, { ...options, connect: directly(lookup) });
}

function directly(lookup: LookupFunction | undefined): buildConnector.connector {
  const connect = newConnector({ allowH2: false, ...(lookup === undefined ? {} : { lookup }) });
  return (options, callback) =>
    connect(options, (...[error, socket]) =>
      error === null ? callback(null, ignoreContinue(socket)) : callback(error, null),
    );
}

export function targetOrigin(target: Target): string {
  return new URL(target.kind === 'bot' ? target.baseUrl : target.url).origin;
}

function openProxied(options: object): Dispatcher {
  const { EnvHttpProxyAgent, Pool } = undici();
  return new EnvHttpProxyAgent({
    ...options,
    factory: (origin, poolOptions) => new Pool(origin, { ...poolOptions, ...oneTryEach(poolOptions) }),
  });
}

/**
 * undici takes a proxy that closes the connection, or speaks before it is spoken to, for a reason to connect again at once,
 * hundreds of times a second and for as long as a request waits. Here each of these ends the requests that wait, and
 * whoever made them decides, with a growing pause, about another.
 */
function oneTryEach(poolOptions: object): { readonly connect?: buildConnector.connector } {
  const connect: unknown = Reflect.get(poolOptions, 'connect');
  if (typeof connect !== 'function') return {};
  return {
    connect: (options, callback) => {
      const onConnect = (error: Error | null, socket: Socket) => {
        if (error !== null) callback(proxyError(error), null);
        else if (socket.readableLength === 0) callback(null, ignoreContinue(socket));
        else {
          socket.on('error', () => {}).destroy();
          callback(new ProxyError('the proxy responded with a page in place of a connection'), null);
        }
      };
      Reflect.apply(connect, null, [options, onConnect]);
    },
  };
}

function proxyError(error: Error): Error {
  const { code } = reportedError(error);
  const isUndicis = /^(UND_ERR_(SOCKET|INFO)$|HPE_)/.test(code);
  return isUndicis
    ? new ProxyError(`the proxy gave no connection: ${error.message}`, { cause: error })
    : error;
}

class ProxyError extends Error {
  readonly code = 'ERR_PROXY';
}

/** All of it, which its proxy agents need; loaded only where there is a proxy. */
function undici(): typeof import('undici') {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)('undici');
}
