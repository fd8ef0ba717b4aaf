import { subscribe } from 'node:diagnostics_channel';
import { emit, now } from './sink.cjs';
import { attempt, isFunction, isObject } from './wrap.cjs';

/** Servers that are reported: a program that opens more is seen well enough by these. */
const mostReported = 20;

let reported = 0;

/** Reports on which ports this thread answers: whoever asks there waits for its loop. */
export function followServers(): void {
  subscribe('tracing:net.server.listen:asyncEnd', (message) => attempt(() => listening(message)));
}

function listening(message: unknown): void {
  const server: unknown = isObject(message) ? Reflect.get(message, 'server') : null;
  const ask: unknown = isObject(server) ? Reflect.get(server, 'address') : null;
  const address: unknown = isFunction(ask) ? Reflect.apply(ask, server, []) : null;
  const port: unknown = isObject(address) ? Reflect.get(address, 'port') : null;
  if (typeof port !== 'number' || reported >= mostReported) return;
  reported++;
  emit({ e: 'listen', t: now(), port });
}
