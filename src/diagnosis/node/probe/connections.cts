import net from 'node:net';
import { describe } from './errors.cjs';
import { followHttp2Session } from './http2.cjs';
import { emit, emitLazily, now } from './sink.cjs';
import { calledByProgram, stackHere, whoConnects } from './stack.cjs';
import { attempt, isObject, wrapCall } from './wrap.cjs';

/** Connections that are reported: a program that opens more is seen well enough by these. */
const mostReported = 50;

interface Reported {
  readonly id: number;
  readonly socket: WeakRef<net.Socket>;
  state: ConnectionState;
}

type ConnectionState = 'opening' | 'waiting' | 'answered' | 'closed';

const reported: Reported[] = [];
let serial = 0;

/** Reports connections that none of the followed clients opens. */
export function followConnections(): void {
  wrapCall(net.Socket.prototype, 'connect', (target, self, args) => {
    const result: unknown = Reflect.apply(target, self, args);
    attempt(() => {
      const who = whoConnects();
      if (who === 'http2') followHttp2Session();
      else if (self instanceof net.Socket && who === 'other') begun(self, args);
    });
    return result;
  });
}

function begun(socket: net.Socket, args: readonly unknown[]): void {
  const address = addressOf(args);
  if (address === null || serial >= mostReported) return;
  const id = ++serial;
  reported.push({ id, socket: new WeakRef(socket), state: 'opening' });
  emit({ e: 'connection', t: now(), id, address, own: calledByProgram(), stack: stackHere() });
}

/** `host:port`; null for a pipe. Node hands on its arguments in a list of their own. */
function addressOf(args: readonly unknown[]): string | null {
  const [first, second] = args;
  const options: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof options === 'number' || typeof options === 'string')
    return Number(options) > 0 ? `${typeof second === 'string' ? second : 'localhost'}:${options}` : null;
  if (!isObject(options)) return null;
  const port: unknown = Reflect.get(options, 'port');
  return port === undefined ? null : `${String(Reflect.get(options, 'host') ?? 'localhost')}:${String(port)}`;
}

/** Asked while the loop runs, and at the end. */
export function lookAtConnections(): void {
  for (const one of reported) {
    const socket = one.socket.deref();
    const state = stateOf(socket);
    if (state === one.state || one.state === 'closed') continue;
    one.state = state;
    emitLazily({ e: 'connection-state', t: now(), id: one.id, state, failure: failureOf(socket) });
  }
}

function stateOf(socket: net.Socket | undefined): ConnectionState {
  if (socket === undefined || socket.destroyed) return 'closed';
  if (socket.connecting) return 'opening';
  return socket.bytesRead > 0 || socket.bytesWritten === 0 ? 'answered' : 'waiting';
}

/** What is read from a connection that broke later is its client's matter. */
function failureOf(socket: net.Socket | undefined): string | null {
  const error: unknown = socket === undefined ? null : Reflect.get(socket, 'errored');
  return isObject(error) && socket?.bytesRead === 0 ? describe(error).code : null;
}
