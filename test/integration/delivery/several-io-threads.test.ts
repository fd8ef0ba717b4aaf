import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { DeliveryHost, Sender } from '../../../src/delivery/strategy.ts';
import type { Notification } from '../../../src/notification/notification.ts';

/** Costs the I/O thread far more to read than the server to send. */
const heavy = JSON.stringify({ ok: true, channel: 'C1', ts: '1.1', padding: Array(60_000).fill('x1234567') });
const light = JSON.stringify({ ok: true, channel: 'C1', ts: '1.1' });

describe('adaptive', () => {
  const arrivals = new Map<string, number>();
  let reply = heavy;
  let host: DeliveryHost;
  let background: Sender;
  let sent = 0;

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { id } = JSON.parse(body).metadata.event_payload;
    arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
    response.setHeader('content-type', 'application/json').end(reply);
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address: string | AddressInfo | null = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const strategy = await loadStrategy('adaptive');
    host = await strategy.open({
      target: { kind: 'bot', baseUrl: `http://127.0.0.1:${address.port}/api/`, token: 'xoxb-test-token' },
      deadlineMs: 60_000,
      connections: 8,
      queueLimit: 1000,
      ioThreads: { most: 2, quietMs: 300 },
    });
    background = await strategy.attach(host.handle().value);
  });

  afterAll(async () => {
    await background.close();
    await host.close();
    server.closeAllConnections();
    server.close();
  });

  async function send(): Promise<string> {
    const notification: Notification = { id: `n${sent++}`, path: 'expiry', channel: 'C1', text: 'over' };
    const outcome = await background.send(notification);
    expect(outcome.status).toBe('delivered');
    return outcome.via?.because ?? '';
  }

  /** Keeps so many on their way until an outcome says what is looked for. */
  async function sendUntil(atOnce: number, isSeen: (because: string) => boolean): Promise<void> {
    let seen = false;
    const one = async () => {
      while (!seen) seen = isSeen(await send());
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  }

  const saysTwo = (because: string) => because.includes('2 I/O threads share the load');

  it('adds an I/O thread while the one it has is saturated, and says so', async () => {
    await sendUntil(8, saysTwo);
    expect(arrivals.size).toBe(sent);
  });

  it('retires it when one suffices again', async () => {
    reply = light;
    await sendUntil(1, (because) => !saysTwo(because));
    expect(arrivals.size).toBe(sent);
  });

  it('adds it again when it is needed again, and has delivered each notification once', async () => {
    reply = heavy;
    await sendUntil(8, saysTwo);
    expect(arrivals.size).toBe(sent);
    expect([...arrivals.values()].every((count) => count === 1)).toBe(true);
  });
});
