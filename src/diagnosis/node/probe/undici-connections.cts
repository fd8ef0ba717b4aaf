import type { Socket } from 'node:net';

/** What undici's channels say of a connection. */
interface Connect {
  readonly connectParams?: unknown;
  readonly socket?: unknown;
}

interface OriginConnections {
  connecting: number;
  readonly open: Set<Socket>;
}

const connections = new Map<string, OriginConnections>();
/** A program may ask ever new hosts: of more, those are let go of to which there is no connection. */
const originsKept = 500;

/** What a request to it that is on no connection waits for. */
export function stateAtOrigin(origin: string): 'created' | 'connecting' | 'queued' {
  const state = connections.get(origin);
  if (state === undefined) return 'created';
  if (state.connecting > 0) return 'connecting';
  dropClosed(state);
  return state.open.size > 0 ? 'queued' : 'created';
}

function dropClosed({ open }: OriginConnections): void {
  for (const socket of open) if (socket.destroyed) open.delete(socket);
}

function forgetUnconnected(): void {
  for (const [origin, state] of connections) {
    dropClosed(state);
    if (state.connecting === 0 && state.open.size === 0) connections.delete(origin);
  }
}

/** A connection to an origin begins, is done, or failed. */
export function countConnect({ connectParams, socket }: Connect, what: 'begins' | 'done' | 'failed'): void {
  const origin = connectOrigin(connectParams);
  if (origin === null) return;
  let state = connections.get(origin);
  if (state === undefined) {
    if (connections.size >= originsKept) forgetUnconnected();
    state = { connecting: 0, open: new Set() };
    connections.set(origin, state);
  }
  if (what === 'begins') state.connecting++;
  else state.connecting = Math.max(0, state.connecting - 1);
  if (what !== 'done' || !isSocket(socket)) return;
  state.open.add(socket);
  if (state.open.size > 64) dropClosed(state);
}

function connectOrigin(params: unknown): string | null {
  if (typeof params !== 'object' || params === null) return null;
  const protocol: unknown = Reflect.get(params, 'protocol');
  const host: unknown = Reflect.get(params, 'host');
  return `${String(protocol)}//${String(host)}`;
}

export function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'destroyed' in value;
}
