import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
// A sending thread starts 55 ms sooner without the rest of undici.
import Pool from 'undici/lib/dispatcher/pool.js';
import { proxyFor } from '../slack/proxy.ts';
import { protectTarget } from '../slack/redact.ts';
import type { Target } from '../slack/target.ts';

interface ClientOptions {
  readonly connections: number;
  /** Resolves the host; Node's own lookup where absent. */
  readonly lookup?: LookupFunction;
}

/** Head of an answer, in bytes, that is read: proxies add to it. */
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
  if (proxyFor(origin, process.env) !== null) return new (undici().EnvHttpProxyAgent)(options);
  return new Pool(origin, { ...options, ...(lookup === undefined ? {} : { connect: { lookup } }) });
}

export function targetOrigin(target: Target): string {
  return new URL(target.kind === 'bot' ? target.baseUrl : target.url).origin;
}

/** All of it, which its proxy agents need; loaded only where there is a proxy. */
function undici(): typeof import('undici') {
  return createRequire(import.meta.url)('undici');
}
