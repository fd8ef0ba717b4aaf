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

/** What a request to it that is on no connection waits for. */
export function stateAtOrigin(origin: string): 'created' | 'connecting' | 'queued' {
  const state = connections.get(origin);
  if (state === undefined) return 'created';
  if (state.connecting > 0) return 'connecting';
  for (const socket of state.open) if (socket.destroyed) state.open.delete(socket);
  return state.open.size > 0 ? 'queued' : 'created';
}

/** A connection to an origin begins, is done, or failed. */
export function countConnect({ connectParams, socket }: Connect, what: 'begins' | 'done' | 'failed'): void {
  const origin = connectOrigin(connectParams);
  if (origin === null) return;
  let state = connections.get(origin);
  if (state === undefined) {
    state = { connecting: 0, open: new Set() };
    connections.set(origin, state);
  }
  if (what === 'begins') state.connecting++;
  else state.connecting = Math.max(0, state.connecting - 1);
  if (what !== 'done' || !isSocket(socket)) return;
  const open = state.open;
  open.add(socket);
  if (open.size > 64) for (const old of open) if (old.destroyed) open.delete(old);
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
