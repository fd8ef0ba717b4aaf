import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator, Session, SessionOptions } from '../../../dist/emulator/emulator.js';
import { parseFaults } from '../../../dist/emulator/faults.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { message, type PostOptions, post } from './post.ts';

let emulator: Emulator;
let session: Session;
beforeAll(async () => {
  emulator = await startEmulator();
  session = await emulator.open({});
});
afterAll(() => emulator.close());

async function answerTo(options: PostOptions): Promise<unknown> {
  return JSON.parse((await post(session.baseUrl, options)).body);
}

async function inSession<T>(options: SessionOptions, use: (session: Session) => Promise<T>): Promise<T> {
  const own = await emulator.open(options);
  try {
    return await use(own);
  } finally {
    await own.close();
  }
}

const form = 'application/x-www-form-urlencoded';

describe('chat.postMessage', () => {
  it('answers as Slack does, with the headers that clients read', async () => {
    const { status, headers, body } = await post(session.baseUrl);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-oauth-scopes': expect.stringContaining('chat:write'),
      'x-slack-req-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.parse(body)).toEqual({
      ok: true,
      channel: expect.stringMatching(/^C[A-Z0-9]{8,}$/),
      ts: expect.stringMatching(/^\d{10}\.\d{6}$/),
      message: expect.objectContaining({
        type: 'message',
        text: message.text,
        bot_id: expect.stringMatching(/^B/),
        metadata: message.metadata,
      }),
    });
  });

  it('gives every message of a channel its own ts, whatever the number at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => answerTo({})));
    const identities = replies.map((reply) => JSON.stringify([Object(reply).channel, Object(reply).ts]));
    expect(new Set(identities).size).toBe(100);
  });

  it.each([
    ['JSON', { body: JSON.stringify({ ...message, thread_ts: '1795500901.084000' }) }],
    [
      'a form with JSON inside',
      {
        contentType: form,
        body: new URLSearchParams({
          ...message,
          thread_ts: '1795500901.084000',
          metadata: JSON.stringify(message.metadata),
        }).toString(),
      },
    ],
    [
      'multipart',
      {
        contentType: 'multipart/form-data; boundary=xyz',
        body: multipart({
          ...message,
          thread_ts: '1795500901.084000',
          metadata: JSON.stringify(message.metadata),
        }),
      },
    ],
  ])('takes %s', async (_, options) => {
    const own = await emulator.open({});
    const reply = await post(own.baseUrl, options);
    await own.flush();
    expect(JSON.parse(reply.body)).toMatchObject({
      ok: true,
      message: { text: message.text, thread_ts: '1795500901.084000' },
    });
    expect(own.arrivals).toEqual([
      {
        id: 'n1',
        path: 'expiry',
        thread: 'worker-1',
        atMs: expect.any(Number),
        connection: expect.any(Number),
      },
    ]);
    await own.close();
  });

  it('takes blocks as a list and as a JSON string, and numbers attachments', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*done*' } }];
    const expected = { ok: true, message: { blocks, attachments: [{ id: 1, text: 'more' }] } };
    const attachments = [{ text: 'more' }];
    expect(await answerTo({ body: JSON.stringify({ channel: 'C123', blocks, attachments }) })).toMatchObject(
      expected,
    );
    const inForm = {
      channel: 'C123',
      blocks: JSON.stringify(blocks),
      attachments: JSON.stringify(attachments),
    };
    expect(await answerTo({ contentType: form, body: new URLSearchParams(inForm).toString() })).toMatchObject(
      expected,
    );
  });

  it.each([
    ['JSON without a charset', 'application/json', JSON.stringify(message), 'missing_charset'],
    ['a form with one', `${form};charset=utf-8`, 'channel=C1&text=hi', 'superfluous_charset'],
  ])('warns about %s', async (_, contentType, body, warning) => {
    expect(await answerTo({ contentType, body })).toMatchObject({
      ok: true,
      warning,
      response_metadata: { warnings: [warning] },
    });
  });

  it.each([
    ['no token', { token: '' }, 'not_authed'],
    ['a token that is none', { token: 'hello' }, 'invalid_auth'],
    ['an app-level token', { token: 'xapp-test' }, 'not_allowed_token_type'],
    ['a token that names an error', { token: 'xoxb-test-token_revoked' }, 'token_revoked'],
    [
      'a token in the JSON body',
      { token: '', body: JSON.stringify({ ...message, token: 'xoxb-test-token' }) },
      'not_authed',
    ],
    ['a token in the query', { token: '', method: 'chat.postMessage?token=xoxb-test-token' }, 'not_authed'],
    ['no channel', { body: '{"text":"hi"}' }, 'channel_not_found'],
    ['a channel that is no name', { body: '{"channel":"#No Such","text":"hi"}' }, 'channel_not_found'],
    ['a channel that names an error', { body: '{"channel":"#is_archived","text":"hi"}' }, 'is_archived'],
    ['no content', { body: '{"channel":"C1"}' }, 'no_text'],
    [
      'text beside markdown',
      { body: '{"channel":"C1","text":"a","markdown_text":"b"}' },
      'markdown_text_conflict',
    ],
    ['blocks that are no list', { body: '{"channel":"C1","blocks":"nope"}' }, 'invalid_blocks_format'],
    [
      'metadata without a payload',
      { body: '{"channel":"C1","text":"a","metadata":{"event_type":"t"}}' },
      'invalid_metadata_format',
    ],
    [
      '101 attachments',
      { body: JSON.stringify({ channel: 'C1', attachments: Array(101).fill({ text: 'a' }) }) },
      'too_many_attachments',
    ],
    ['broken JSON', { body: '{' }, 'invalid_json'],
    ['a JSON list', { body: '[]' }, 'json_not_object'],
    ['an unknown charset', { contentType: 'application/json; charset=utf-16' }, 'invalid_charset'],
    ['an unknown content type', { contentType: 'application/xml' }, 'invalid_post_type'],
    ['no content type', { contentType: '' }, 'missing_post_type'],
    [
      'broken multipart',
      { contentType: 'multipart/form-data; boundary=xyz', body: 'zyx' },
      'invalid_form_data',
    ],
    ['a method that is none', { method: 'chat.postMassage' }, 'unknown_method'],
  ])('refuses %s', async (_, options, error) => {
    expect(await answerTo(options)).toMatchObject({ ok: false, error });
  });

  it('says which scope is missing', async () => {
    expect(await answerTo({ token: 'xoxb-test-missing_scope' })).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'chat:write',
      provided: 'incoming-webhook',
    });
  });

  it('takes a form’s own token', async () => {
    expect(
      await answerTo({ token: '', contentType: form, body: 'token=xoxb-test-token&channel=C1&text=hi' }),
    ).toMatchObject({ ok: true });
  });
});

describe('auth.test and api.test', () => {
  it('auth.test takes an empty body', async () => {
    expect(await answerTo({ method: 'auth.test', contentType: form, body: '' })).toMatchObject({
      ok: true,
      url: `${emulator.origin}/`,
      team_id: expect.stringMatching(/^T/),
      bot_id: expect.stringMatching(/^B/),
    });
  });

  it('auth.test refuses a bad token', async () => {
    expect(await answerTo({ method: 'auth.test', token: 'nope', body: '' })).toMatchObject({
      error: 'invalid_auth',
    });
  });

  it('api.test echoes its arguments, but no token', async () => {
    const body = 'foo=bar&token=xoxb-test-token';
    expect(await answerTo({ method: 'api.test', token: '', contentType: form, body })).toEqual({
      ok: true,
      args: { foo: 'bar' },
    });
  });

  it('api.test answers the error it is asked for', async () => {
    expect(await answerTo({ method: 'api.test', token: '', body: '{"error":"my_error"}' })).toEqual({
      ok: false,
      error: 'my_error',
      args: { error: 'my_error' },
    });
  });
});

describe('an incoming webhook', () => {
  const hook = (path = '') => session.webhookUrl.replace(/XXXX$/, path || 'XXXX');
  const postTo = (url: string, body: string) => post(url, { method: '', token: '', body });

  it('answers the word ok, and the message arrives', async () => {
    const own = await emulator.open({});
    const reply = await postTo(own.webhookUrl, JSON.stringify(message));
    await own.flush();
    expect(reply).toMatchObject({ status: 200, body: 'ok' });
    expect(own.arrivals).toMatchObject([{ id: 'n1', path: 'expiry', thread: 'worker-1' }]);
    await own.close();
  });

  it.each([
    ['broken JSON', hook, '{', 400, 'invalid_payload'],
    ['no text', hook, '{}', 400, 'no_text'],
    [
      'attachments that mix old and new',
      hook,
      '{"attachments":[{"callback_id":"c","title":"t","blocks":[]}]}',
      400,
      'invalid_attachments',
    ],
    ['bad blocks', hook, '{"blocks":[{"type":"sectoin"}]}', 400, 'invalid_blocks'],
    ['a path that names an error', () => hook('no_service'), '{"text":"hi"}', 404, 'no_service'],
    ['an archived channel', () => hook('channel_is_archived'), '{"text":"hi"}', 410, 'channel_is_archived'],
  ])('refuses %s in plain text', async (_, url, body, status, word) => {
    expect(await postTo(url(), body)).toMatchObject({ status, body: word });
  });

  it('is found by the path of an older app, too', async () => {
    const url = `${session.webhookUrl.split('/services/')[0]}/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ`;
    expect(await postTo(url, '{"text":"hi"}')).toMatchObject({ status: 200, body: 'ok' });
  });

  it.each(['triggers', 'workflows'])('of a workflow below /%s answers as JSON', async (kind) => {
    const url = `${session.webhookUrl.split('/services/')[0]}/${kind}/T000/1/x`;
    const answers = [await postTo(url, '{"customer":"Ada"}'), await postTo(url, 'customer')];
    expect(answers.map(({ status, body }) => [status, JSON.parse(body)])).toEqual([
      [200, { ok: true }],
      [400, { ok: false, error: 'invalid_webhook_format' }],
    ]);
  });

  it('redirects a malformed path', async () => {
    const url = `${session.webhookUrl.split('/services/')[0]}/services/nope`;
    expect(await postTo(url, '{"text":"hi"}')).toMatchObject({ status: 302 });
  });
});

describe('a session', () => {
  it('accepts only its own token where one is set', async () => {
    await inSession({ token: 'xoxb-test-only' }, async ({ baseUrl }) => {
      expect((await post(baseUrl, { token: 'xoxb-test-only' })).body).toContain('"ok":true');
      expect((await post(baseUrl)).body).toContain('invalid_auth');
    });
  });

  it('knows only its own channels where they are set', async () => {
    await inSession({ channels: ['#general'] }, async ({ baseUrl }) => {
      expect((await post(baseUrl)).body).toContain('"ok":true');
      const body = JSON.stringify({ ...message, channel: 'random' });
      expect((await post(baseUrl, { body })).body).toContain('channel_not_found');
    });
  });

  it('limits the rate by channel: a burst, then 429 with Retry-After', async () => {
    await inSession({ rateLimit: { burst: 2, perSecond: 0.01 } }, async ({ baseUrl }) => {
      const inChannel = (channel: string) => post(baseUrl, { body: JSON.stringify({ channel, text: 'hi' }) });
      const statuses = [];
      for (const channel of ['C1', 'C1', 'C1', 'C2']) statuses.push((await inChannel(channel)).status);
      expect(statuses).toEqual([200, 200, 429, 200]);
      expect((await inChannel('C1')).headers['retry-after']).toBe('100');
    });
  });

  it('grows its replies to the size asked for', async () => {
    await inSession({ replySizeBytes: 128 * 1024 }, async ({ baseUrl }) => {
      const { body } = await post(baseUrl);
      expect(Buffer.byteLength(body)).toBe(128 * 1024);
      expect(JSON.parse(body)).toMatchObject({ ok: true });
    });
  });

  it('is addressed by name where asked, and knows nothing of other sessions', async () => {
    await inSession({ host: 'name' }, async (named) => {
      expect(named.baseUrl).toMatch(/^http:\/\/localhost:\d+\/s\/\d+\/api\/$/);
      expect((await post(named.baseUrl)).status).toBe(200);
      await named.flush();
      expect(named.arrivals).toHaveLength(1);
      await inSession({}, async (other) => {
        expect(await other.stats()).toMatchObject({ requests: 0, arrivals: 0, connections: 0, waiting: 0 });
      });
    });
  });

  it('tells when it has answered an arrival, and not of one that it leaves without an answer', async () => {
    await inSession({ faults: parseFaults(['latency:50ms']) }, async (slow) => {
      await post(slow.baseUrl);
      await slow.flush();
      const [arrival] = slow.arrivals;
      const answeredAtMs = slow.answeredAtMs.get(0) ?? 0;
      expect(answeredAtMs - (arrival?.atMs ?? 0)).toBeGreaterThanOrEqual(49);
    });
    await inSession({ faults: parseFaults(['half-body-after-commit']) }, async (cut) => {
      await post(cut.baseUrl).catch(() => {});
      await cut.flush();
      expect([cut.arrivals.length, cut.answeredAtMs.size]).toEqual([1, 0]);
    });
  });

  it('knows which connections are still open, and how busy its loop was', async () => {
    await inSession({}, async (own) => {
      const client = new Agent();
      const body = JSON.stringify(message);
      const headers = { 'content-type': 'application/json', authorization: 'Bearer xoxb-test-token' };
      await request(`${own.baseUrl}chat.postMessage`, {
        method: 'POST',
        dispatcher: client,
        headers,
        body,
      }).then((reply) => reply.body.dump());
      const { open, loop } = await own.stats();
      await client.close();
      expect(open).toBe(1);
      expect(loop.activeMs + loop.idleMs).toBeGreaterThan(0);
      await expect.poll(async () => (await own.stats()).open).toBe(0);
    });
  });

  it('counts connections and requests, and is gone once closed', async () => {
    const own = await emulator.open({});
    await post(own.baseUrl);
    await post(own.baseUrl, { body: '{' });
    expect(await own.stats()).toMatchObject({ requests: 2, arrivals: 1, connections: 2, waiting: 0 });
    await own.close();
    expect((await post(own.baseUrl)).status).toBe(404);
  });
});

function multipart(fields: object): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--xyz\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join('')}--xyz--\r\n`;
}
