import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Arrival, Session } from '../../../src/emulator/emulator.ts';
import { monotonicMs } from '../../../src/time/clock.ts';

/** What the server itself has written down of one request. */
export interface Logged {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly answeredAtMs: number;
}

export interface ScriptedSession {
  readonly session: Session;
  readonly log: readonly Logged[];
  close(): Promise<void>;
}

/** How long, in ms, the answer to the n-th request waits. */
export type Delay = (request: number) => number;

/** A server of our own, with a log of its own, in place of the emulator. */
export async function openScriptedSession(delayOf: Delay): Promise<ScriptedSession> {
  const arrivals: Arrival[] = [];
  const answeredAtMs = new Map<number, number>();
  const listeners: ((arrival: Arrival) => void)[] = [];
  const log: Logged[] = [];
  const connections = new Map<object, number>();

  const answer = (response: ServerResponse, place: number, id: string, arrivedAtMs: number) => {
    response.end('{"ok":true,"channel":"C1","ts":"1.000001"}');
    const atMs = monotonicMs();
    answeredAtMs.set(place, atMs);
    log.push({ id, arrivedAtMs, answeredAtMs: atMs });
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const atMs = monotonicMs();
      const { id, path, thread } = JSON.parse(body).metadata.event_payload;
      const connection = connections.get(request.socket) ?? connections.size + 1;
      connections.set(request.socket, connection);
      const place = arrivals.push({ id, path, thread, atMs, connection }) - 1;
      for (const listener of listeners) listener({ id, path, thread, atMs, connection });
      response.setHeader('content-type', 'application/json');
      const delayMs = delayOf(place);
      if (delayMs === 0) answer(response, place, id, atMs);
      else setTimeout(() => answer(response, place, id, atMs), delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const session: Session = {
    baseUrl: `http://127.0.0.1:${address.port}/api/`,
    webhookUrl: `http://127.0.0.1:${address.port}/services/T000/B000/XXXX`,
    arrivals,
    answeredAtMs,
    onArrival: (listener) => void listeners.push(listener),
    flush: async () => {},
    stats: async () => ({
      requests: arrivals.length,
      arrivals: arrivals.length,
      connections: connections.size,
      waiting: 0,
      open: 0,
      refused: null,
      loop: { activeMs: 0, idleMs: 1 },
    }),
    close: async () => {},
  };
  return {
    session,
    log,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
