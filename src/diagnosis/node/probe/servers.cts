import { subscribe } from 'node:diagnostics_channel';
import { emit, now } from './sink.cjs';
import { attempt, isFunction, isObject } from './wrap.cjs';

/** Servers that are told of: a program that opens more is seen well enough by these. */
const mostTold = 20;

let told = 0;

/** Tells on which ports this thread answers: whoever asks there waits for its loop. */
export function followServers(): void {
  subscribe('tracing:net.server.listen:asyncEnd', (message) => attempt(() => listening(message)));
}

function listening(message: unknown): void {
  const server: unknown = isObject(message) ? Reflect.get(message, 'server') : null;
  const ask: unknown = isObject(server) ? Reflect.get(server, 'address') : null;
  const address: unknown = isFunction(ask) ? Reflect.apply(ask, server, []) : null;
  const port: unknown = isObject(address) ? Reflect.get(address, 'port') : null;
  if (typeof port !== 'number' || told >= mostTold) return;
  told++;
  emit({ e: 'listen', t: now(), port });
}
