import { once } from 'node:events';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import { parseFault, parseFaults } from '../../../dist/emulator/faults.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { post, type Reply, tryPost } from './post.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

async function withFault<T>(spec: string, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await emulator.open({ faults: [parseFault(spec)] });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** What the client saw, and how many messages the emulator had by then. */
async function outcomeOf(spec: string): Promise<{ reply: Reply | { code: string }; arrivals: number }> {
  return withFault(spec, async (session) => {
    const reply = await tryPost(session.baseUrl, AbortSignal.timeout(300));
    await session.flush();
    return { reply, arrivals: session.arrivals.length };
  });
}

describe('a fault that keeps the message from being posted', () => {
  it('hang: the request is read and never answered', async () => {
    expect(await outcomeOf('hang')).toEqual({ reply: { code: 'TimeoutError' }, arrivals: 0 });
  });

  it('reset: the connection is reset', async () => {
    expect(await outcomeOf('reset')).toEqual({ reply: { code: 'ECONNRESET' }, arrivals: 0 });
  });

  it('refuse: nobody listens', async () => {
    expect(await outcomeOf('refuse')).toEqual({ reply: { code: 'ECONNREFUSED' }, arrivals: 0 });
  });

  it('status-503: an HTML page', async () => {
    const { reply, arrivals } = await outcomeOf('status-503');
    expect(reply).toMatchObject({ status: 503, headers: { 'content-type': 'text/html' } });
    expect(reply).toHaveProperty('body', expect.stringContaining('Server Error | Slack'));
    expect(arrivals).toBe(0);
  });

  it('status-302: a redirect that must not be followed', async () => {
    const { reply, arrivals } = await outcomeOf('status-302');
    expect(reply).toMatchObject({ status: 302, headers: { location: '/redirected' } });
    expect(arrivals).toBe(0);
  });

  it('rate-limit: HTTP 429 with whole seconds to wait', async () => {
    const { reply, arrivals } = await outcomeOf('rate-limit:3s');
    expect(reply).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3' },
      body: '{"ok":false,"error":"ratelimited"}',
    });
    expect(arrivals).toBe(0);
  });

  it('ok-false: HTTP 200 and the error code', async () => {
    expect(await outcomeOf('ok-false:is_archived')).toMatchObject({
      reply: { status: 200, body: '{"ok":false,"error":"is_archived"}' },
      arrivals: 0,
    });
  });
});

describe('a fault of the reply', () => {
  it('hang-after-commit: no answer', async () => {
    expect(await outcomeOf('hang-after-commit')).toEqual({ reply: { code: 'TimeoutError' }, arrivals: 1 });
  });

  it('reset-after-commit: the connection is reset', async () => {
    expect(await outcomeOf('reset-after-commit')).toEqual({ reply: { code: 'ECONNRESET' }, arrivals: 1 });
  });

  it.each([
    ['half-body', 0],
    ['half-body-after-commit', 1],
  ])('%s: the connection closes in the middle of the body; arrivals: %i', async (fault, recorded) => {
    const { reply, arrivals } = await outcomeOf(fault);
    // Which of the two undici reports depends on what it reads first, the bytes or the close.
    expect(['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']).toContain(Object(reply).code);
    expect(arrivals).toBe(recorded);
  });

  it('stalled-body: headers, half a body, then nothing', async () => {
    await withFault('stalled-body', async (session) => {
      const reply = await request(`${session.baseUrl}api.test`, { method: 'POST' });
      expect(reply.statusCode).toBe(200);
      const [half] = await once(reply.body, 'data');
      expect(String(half)).toBe('{"ok":');
      expect(await session.stats()).toMatchObject({ waiting: 1 });
    });
  });

  it.each([
    ['bad-json', 0],
    ['bad-json-after-commit', 1],
  ])('%s: HTTP 200 with JSON cut short; arrivals: %i', async (fault, recorded) => {
    const { reply, arrivals } = await outcomeOf(fault);
    expect(reply).toMatchObject({ status: 200, body: expect.stringMatching(/^\{"ok":true,.*[^}]$/) });
    expect(arrivals).toBe(recorded);
  });

  it('drip: the body comes byte by byte and is whole in the end', async () => {
    await withFault('drip:1ms', async (session) => {
      const reply = await request(`${session.baseUrl}api.test`, { method: 'POST' });
      const chunks: Buffer[] = [];
      for await (const chunk of reply.body) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe('{"ok":true}');
      expect(chunks.length).toBeGreaterThan(1);
    });
  });
});

describe('how often a fault strikes', () => {
  it.each(['reset', 'status-500', 'bad-json'])('%s:50% of 100 requests is 50', async (kind) => {
    await withFault(`${kind}:50%`, async (session) => {
      let struck = 0;
      for (let n = 0; n < 100; n++) {
        const reply = await tryPost(session.baseUrl);
        if ('code' in reply || reply.status === 500 || !reply.body.endsWith('}')) struck++;
      }
      expect(struck).toBe(50);
    });
  });

  it('the same seed strikes the same requests, another seed others', async () => {
    const struckWith = async (seed: number) => {
      const session = await emulator.open({
        faults: parseFaults(['status-500:30%', 'rate-limit:10%']),
        seed,
      });
      const statuses: number[] = [];
      for (let n = 0; n < 40; n++) statuses.push((await post(session.baseUrl)).status);
      await session.close();
      return statuses;
    };
    const once = await struckWith(7);
    expect(await struckWith(7)).toEqual(once);
    expect(await struckWith(8)).not.toEqual(once);
    expect(once.filter((status) => status === 500)).toHaveLength(12);
    expect(once.filter((status) => status === 429)).toHaveLength(4);
  });

  it('first-2 strikes the first two and then no more', async () => {
    await withFault('rate-limit:first-2', async (session) => {
      const statuses = [];
      for (let n = 0; n < 4; n++) statuses.push((await post(session.baseUrl)).status);
      expect(statuses).toEqual([429, 429, 200, 200]);
    });
  });

  it('latency and jitter delay the answer, not the record', async () => {
    const session = await emulator.open({ faults: parseFaults(['latency:10m', 'jitter:10m']) });
    const arrived = new Promise((resolve) => session.onArrival(resolve));
    const reply = tryPost(session.baseUrl);
    await arrived;
    expect(await session.stats()).toMatchObject({ arrivals: 1, waiting: 1 });
    await session.close();
    expect(await reply).toHaveProperty('code');
  });
});
