import { LogLevel, WebClient } from '@slack/web-api';
import { IncomingWebhook } from '@slack/webhook';
import { LogLevel as LogLevel7, WebClient as WebClient7 } from 'slack-web-api-7';
import { afterEach, describe, expect, it } from 'vitest';
import { lineWith, type Serving, startServing } from './serving.ts';

const running: Serving[] = [];
async function serve(...flags: string[]): Promise<Serving> {
  const serving = await startServing(flags);
  running.push(serving);
  return serving;
}
afterEach(async () => {
  for (const serving of running.splice(0)) await serving.stop();
});

const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*done*' } }];

interface Options {
  readonly token?: string;
  readonly retries?: number;
}

const clients = [
  {
    name: '@slack/web-api 8',
    open: ({ baseUrl }: Serving, { token = 'xoxb-test', retries = 0 }: Options = {}) =>
      new WebClient(token, {
        slackApiUrl: baseUrl,
        logLevel: LogLevel.ERROR,
        retryConfig: { retries, minTimeout: 1 },
      }),
    midBodyError: 'terminated',
  },
  {
    name: '@slack/web-api 7',
    open: ({ baseUrl }: Serving, { token = 'xoxb-test', retries = 0 }: Options = {}) =>
      new WebClient7(token, {
        slackApiUrl: baseUrl,
        logLevel: LogLevel7.ERROR,
        retryConfig: { retries, minTimeout: 1 },
      }),
    midBodyError: 'A request error occurred: stream has been aborted',
  },
];

describe.each(clients)('$name against serve', ({ open, midBodyError }) => {
  it('posts, replies in the thread and sends blocks', async () => {
    const serving = await serve();
    const client = open(serving);
    const first = await client.chat.postMessage({ channel: '#general', text: 'héllo & <b>' });
    expect(first).toMatchObject({
      ok: true,
      channel: expect.stringMatching(/^C/),
      ts: expect.stringMatching(/^\d{10}\.\d{6}$/),
      message: { type: 'message', text: 'héllo & <b>' },
      response_metadata: { scopes: expect.arrayContaining(['chat:write']) },
    });
    const channel = String(first.channel);
    const reply = await client.chat.postMessage({ channel, text: 'reply', thread_ts: String(first.ts) });
    expect(reply).toMatchObject({ channel, message: { thread_ts: first.ts } });
    expect(await client.chat.postMessage({ channel, text: 'fallback', blocks })).toMatchObject({
      message: { blocks },
    });
    expect(await serving.received()).toMatchObject([
      { text: 'fallback', blocks },
      { text: 'reply', threadTs: first.ts },
      { text: 'héllo & <b>', channelName: '#general' },
    ]);
  });

  it('changes, deletes, reacts, reads back, uploads and streams', async () => {
    const client = open(await serve());
    const parent = await client.chat.postMessage({ channel: '#general', text: 'first' });
    const channel = String(parent.channel);
    const ts = String(parent.ts);
    const reply = await client.chat.postMessage({ channel, text: 'reply', thread_ts: ts });
    await client.chat.update({ channel, ts, text: 'changed' });
    await client.reactions.add({ channel, timestamp: ts, name: 'tada' });
    await client.chat.delete({ channel, ts: String(reply.ts) });
    const uploaded = await client.filesUploadV2({ channel_id: channel, filename: 'a.txt', content: 'hello' });
    const stream = client.chatStream({
      channel,
      thread_ts: ts,
      recipient_team_id: 'T0TIMERTEAM',
      recipient_user_id: 'U0ALICE',
    });
    await stream.append({ markdown_text: 'one ' });
    await stream.stop({ markdown_text: 'two' });
    const { messages = [] } = await client.conversations.replies({ channel, ts });
    expect(uploaded.ok).toBe(true);
    expect(messages.map(({ text }) => text)).toEqual(['changed', 'one two']);
    expect(messages[0]?.reactions).toMatchObject([{ name: 'tada', count: 1 }]);
  });

  it('auth.test, whose body is empty, says who the bot is', async () => {
    const client = open(await serve());
    expect(await client.auth.test()).toMatchObject({ ok: true, bot_id: expect.stringMatching(/^B/) });
  });

  it('is told invalid_auth', async () => {
    const client = open(await serve(), { token: 'xoxb-test-invalid_auth' });
    await expect(client.auth.test()).rejects.toMatchObject({
      code: 'slack_webapi_platform_error',
      data: { ok: false, error: 'invalid_auth' },
    });
  });

  it('is told channel_not_found', async () => {
    const client = open(await serve('--channel', 'general'));
    await expect(client.chat.postMessage({ channel: '#elsewhere', text: 'hi' })).rejects.toMatchObject({
      code: 'slack_webapi_platform_error',
      data: { error: 'channel_not_found' },
    });
  });

  it('is told what is wrong with a block', async () => {
    const client = open(await serve());
    const tooLong = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }];
    await expect(
      client.chat.postMessage({ channel: 'C123', text: 'hi', blocks: tooLong }),
    ).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        response_metadata: {
          messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
        },
      },
    });
  });

  it('waits out a 429 and then posts once', async () => {
    const serving = await serve('--fault', 'rate-limit:1s:first-1');
    const client = open(serving, { retries: 1 });
    expect(await client.chat.postMessage({ channel: '#general', text: 'hi' })).toMatchObject({ ok: true });
    expect(await lineWith(serving, /[✖✔]/)).toContain('chat.postMessage  not posted: rate-limit');
    expect(await lineWith(serving, /[✖✔]/)).toContain('#general  hi');
    expect(await serving.received()).toHaveLength(1);
  });

  it('gets an HTTP error from a 503 page', async () => {
    const client = open(await serve('--fault', 'status-503'));
    await expect(client.chat.postMessage({ channel: '#general', text: 'hi' })).rejects.toMatchObject({
      code: 'slack_webapi_http_error',
      statusCode: 503,
      body: expect.stringContaining('Server Error | Slack'),
    });
  });

  it('can’t know of a message whose reply was cut in the middle', async () => {
    const serving = await serve('--fault', 'half-body-after-commit');
    const client = open(serving);
    await expect(client.chat.postMessage({ channel: '#general', text: 'hi' })).rejects.toThrow(midBodyError);
    expect(await serving.received()).toHaveLength(1);
  });
});

describe('@slack/webhook 8 against serve', () => {
  const hook = (url: string) => new IncomingWebhook(url);

  it('posts text, a reply and blocks', async () => {
    const serving = await serve();
    expect(await hook(serving.webhookUrl).send('hello')).toEqual({ text: 'ok' });
    // Slack takes thread_ts from a webhook, though the client's types don't list it.
    const reply = { text: 'reply', thread_ts: '1795500901.084000' };
    await hook(serving.webhookUrl).send(reply);
    await hook(serving.webhookUrl).send({ text: 'fallback', blocks });
    expect(await serving.received()).toMatchObject([
      { text: 'fallback', blocks, via: 'webhook' },
      { text: 'reply', threadTs: '1795500901.084000' },
      { text: 'hello' },
    ]);
  });

  it.each([
    ['no_service', [], 404],
    ['channel_is_archived', [], 410],
    ['XXXX', ['--fault', 'rate-limit'], 429],
    ['XXXX', ['--fault', 'status-503'], 503],
  ])('gets an HTTP error: %s %j → %i', async (secret, flags, status) => {
    const serving = await serve(...flags);
    const url = serving.webhookUrl.replace('XXXX', secret);
    await expect(hook(url).send('hello')).rejects.toMatchObject({
      code: 'slack_webhook_http_error',
      statusCode: status,
    });
    expect(await serving.received()).toEqual([]);
  });

  it('can’t know of a message whose connection was reset', async () => {
    const serving = await serve('--fault', 'reset-after-commit');
    await expect(hook(serving.webhookUrl).send('hello')).rejects.toMatchObject({
      code: 'slack_webhook_request_error',
    });
    expect(await serving.received()).toHaveLength(1);
  });
});
