import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { JsonObject } from '../json-object.ts';
import { bot, type Workspace } from './workspace.ts';
import type { EnvelopeType } from './workspace-event.ts';

/** Delivers what happens in the workspace to the bots that have opened a Socket Mode connection. */
export interface SocketMode {
  /** Sends one envelope down each open connection, and waits for one that a bot is about to open; how many there were. */
  dispatch(type: EnvelopeType, payload: JsonObject): Promise<number>;
  close(): void;
}

const pingMs = 10_000;

/** A bot that has asked for its URL connects at once; its client may say that it runs before it has. */
const connectingMs = 3000;

/** Takes over `/link/` of the server: the URL that `apps.connections.open` gives. */
export function openSocketMode(servers: readonly Server[], workspace: Workspace): SocketMode {
  const sockets = new WebSocketServer({ noServer: true });
  const open = new Set<WebSocket>();
  const arrivals = new EventEmitter();
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname !== '/link/' || !workspace.tickets.delete(url.searchParams.get('ticket') ?? '')) {
      socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      greet(client, open);
      arrivals.emit('open');
    });
  };
  for (const server of servers) server.on('upgrade', onUpgrade);
  const pings = setInterval(() => {
    for (const client of open) client.ping(`Ping from ${bot.app}`);
  }, pingMs).unref();
  return {
    async dispatch(type, payload) {
      if (open.size === 0 && workspace.tickets.size > 0)
        await once(arrivals, 'open', { signal: AbortSignal.timeout(connectingMs) }).catch(() => {});
      for (const client of open) {
        const envelope = {
          envelope_id: randomUUID(),
          type,
          accepts_response_payload: type !== 'events_api',
          payload,
          ...(type === 'events_api' ? { retry_attempt: 0, retry_reason: '' } : {}),
        };
        client.send(JSON.stringify(envelope));
      }
      return open.size;
    },
    close() {
      clearInterval(pings);
      for (const client of open) client.terminate();
      sockets.close();
    },
  };
}

function greet(client: WebSocket, open: Set<WebSocket>): void {
  open.add(client);
  client.on('close', () => open.delete(client));
  client.on('error', () => open.delete(client));
  client.send(
    JSON.stringify({
      type: 'hello',
      num_connections: open.size,
      debug_info: { host: 'timer-notify', build_number: 1, approximate_connection_time: 18060 },
      connection_info: { app_id: bot.app },
    }),
  );
}
