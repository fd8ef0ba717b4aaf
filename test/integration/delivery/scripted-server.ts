import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request, after it has read and counted it. */
export type Behaviour =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly body: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The message is posted, then the socket is cut. */
  | { readonly kind: 'drop' }
  /** The reply begins, then the socket is cut. */
  | { readonly kind: 'half-body' }
  /** The reply begins and never ends. */
  | { readonly kind: 'stall' }
  /** There is no reply. */
  | { readonly kind: 'hang' }
  /** Bytes as they are, HTTP or not. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly thenClose: boolean | 'reset' };

export interface ScriptedServer {
  readonly origin: string;
  readonly baseUrl: string;
  readonly webhookUrl: string;
  /** Bodies of the requests, in the order in which they came. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Answers the requests by the given behaviours in turn, the last one for ever. */
export function openScriptedServer(...behaviours: readonly Behaviour[]): Promise<ScriptedServer> {
  return openServer((_body, before) => behaviours[Math.min(before, behaviours.length - 1)]);
}

/** Answers the messages of each text by behaviours of their own. */
export function openServerByText(script: ReadonlyMap<string, readonly Behaviour[]>): Promise<ScriptedServer> {
  const seen = new Map<string, number>();
  return openServer((body) => {
    const { text }: { text: string } = JSON.parse(body);
    const before = seen.get(text) ?? 0;
    seen.set(text, before + 1);
    const behaviours = script.get(text) ?? [];
    return behaviours[Math.min(before, behaviours.length - 1)];
  });
}

type Choose = (body: string, requestsBefore: number) => Behaviour | undefined;

async function openServer(choose: Choose): Promise<ScriptedServer> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const behaviour = choose(body, requests.length) ?? { kind: 'hang' };
    requests.push(body);
    behave(behaviour, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${addressOf(server.address()).port}`;
  return {
    origin,
    baseUrl: `${origin}/api/`,
    webhookUrl: `${origin}/services/T000/B000/XXXX`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function behave(behaviour: Behaviour, response: ServerResponse): void {
  const { socket } = response;
  switch (behaviour.kind) {
    case 'reply':
      response.writeHead(behaviour.status, behaviour.headers);
      response.end(behaviour.body);
      return;
    case 'drop':
      socket?.resetAndDestroy();
      return;
    case 'half-body':
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"ok":true,', () => socket?.destroy());
      return;
    case 'stall':
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"ok":true,');
      return;
    case 'bytes':
      if (behaviour.thenClose === true) socket?.end(behaviour.bytes);
      else if (behaviour.thenClose === false) socket?.write(behaviour.bytes);
      // The bytes are to arrive before the reset does.
      else socket?.write(behaviour.bytes, () => setTimeout(() => socket.resetAndDestroy(), 300));
      return;
    case 'hang':
      return;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
