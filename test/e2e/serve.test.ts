import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { timerNotify } from './cli.ts';
import { lineWith, type Serving, startServing } from './serving.ts';

const running: Serving[] = [];
async function serve(...flags: string[]): Promise<Serving> {
  const serving = await startServing(flags);
  running.push(serving);
  return serving;
}
afterEach(async () => {
  for (const serving of running.splice(0)) if (serving.child.exitCode === null) await serving.stop();
});

function post(serving: Serving, body: object): Promise<Response> {
  return fetch(`${serving.baseUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-test', 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  });
}

const refused = (flags: readonly string[]) => timerNotify('serve', ...flags);

describe('a command that timer-notify serve can’t run', () => {
  const source = join(mkdtempSync(join(tmpdir(), 'timer-notify-')), 'bot.mjs');
  writeFileSync(source, 'console.log(1)');

  it.each([
    ['that is not there', 'no-such-command', 'there is no such command'],
    [
      'that may not be executed',
      source,
      `it may not be executed; name what runs it, for example: timer-notify serve -- node ${source}`,
    ],
  ])('%s is refused with one line', async (_, file, why) => {
    const { stderr, code } = await refused(['--', file]);
    expect([stderr.split('\n')[0], code]).toEqual([
      expect.stringContaining(`error: cannot run "${file}"; ${why}`),
      2,
    ]);
  });
});

describe('timer-notify serve', () => {
  it('prints its base URL first, then how to point other programs at it, then a line an arrival', async () => {
    const serving = await serve();
    expect(serving.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/$/);
    expect(await lineWith(serving, /curl /)).toContain(
      `${serving.baseUrl}chat.postMessage -d token=xoxb-test`,
    );
    expect(await lineWith(serving, /@slack\/web-api/)).toContain(`slackApiUrl: '${serving.baseUrl}'`);
    expect(await lineWith(serving, /slack_sdk/)).toContain(`base_url='${serving.baseUrl}'`);
    await post(serving, { channel: '#general', text: 'hello \u001b[31mred\nsecond line' });
    expect(await lineWith(serving, /✔/)).toMatch(/#general {2}hello {2}?\[31mred second line$/);
    await post(serving, { channel: '#is_archived', text: 'hello' });
    expect(await lineWith(serving, /✖/)).toContain('chat.postMessage  not posted: is_archived');
  });

  it('with --json prints one document, and the arrivals on stderr', async () => {
    const serving = await serve('--json');
    const stderr = serving.child.stderr.setEncoding('utf8');
    await fetch(serving.webhookUrl, { method: 'POST', body: '{"text":"hello"}' });
    let told = '';
    for await (const chunk of stderr) {
      told += chunk;
      if (told.includes('hello')) break;
    }
    expect(told).toMatch(/✔ {2}webhook {2}hello\n/);
    await serving.stop();
    expect(await serving.lines.next()).toMatchObject({ done: true });
  });

  it.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['an image of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page whose name was made to point here', { origin: 'http://evil.example', host: 'evil.example' }],
  ])('refuses what %s posts', async (_, headers) => {
    const serving = await serve();
    const form = { 'content-type': 'text/plain' };
    for (const url of [
      serving.webhookUrl,
      `${serving.baseUrl}chat.postMessage?token=xoxb-a&channel=C1&text=x`,
    ]) {
      const reply = await request(url, {
        method: 'POST',
        headers: { ...form, ...headers },
        body: '{"text":"x"}',
      });
      expect({ status: reply.statusCode, body: await reply.body.text() }).toEqual({
        status: 403,
        body: 'cross-origin',
      });
    }
    expect(await serving.received()).toEqual([]);
  });

  it('ends at Ctrl-C with 130 and leaves no port', async () => {
    const serving = await serve();
    await fetch(`${serving.origin}/events`);
    expect(await serving.stop()).toBe(130);
    await expect(fetch(serving.origin)).rejects.toThrow();
  });

  it('lists what arrived, newest first, as JSON, and clears it', async () => {
    const serving = await serve();
    await post(serving, { channel: '#general', text: 'first' });
    await post(serving, { channel: 'C123', text: 'second', thread_ts: '1795500901.084000' });
    expect(await serving.received()).toMatchObject([
      { text: 'second', channelName: 'C123', threadTs: '1795500901.084000', via: 'chat.postMessage' },
      { text: 'first', channelName: '#general', threadTs: null },
    ]);
    expect((await fetch(`${serving.origin}/received`, { method: 'DELETE' })).status).toBe(204);
    expect(await serving.received()).toEqual([]);
  });

  it('says whether links are to have a preview, as the caller wrote it', async () => {
    const serving = await serve();
    await post(serving, { channel: 'C1', text: 'as Slack likes' });
    await post(serving, { channel: 'C1', text: 'none', unfurl_links: false, unfurl_media: false });
    expect(await serving.received()).toMatchObject([
      { unfurlLinks: false, unfurlMedia: false },
      { unfurlLinks: null, unfurlMedia: null },
    ]);
  });

  it('writes what arrived to -o when it stops', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'timer-notify-')), 'received.json');
    const serving = await serve('-o', file);
    await post(serving, { channel: '#general', text: 'kept' });
    await serving.stop();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      kind: 'serve',
      baseUrl: `${serving.origin}/api/`,
      total: 1,
      messages: [{ text: 'kept' }],
    });
  });

  it.each([
    ['/', 'text/html'],
    ['/page.css', 'text/css'],
    ['/page.js', 'text/javascript'],
  ])('serves %s of its page as %s, with no other address and no message in it', async (path, type) => {
    const serving = await serve();
    await post(serving, { channel: '#general', text: '</script><script>alert(1)</script>' });
    const reply = await fetch(`${serving.origin}${path}`);
    const text = await reply.text();
    expect(reply.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/alert\(1\)|https?:\/\//);
  });

  it('tells an open page of each arrival', async () => {
    const serving = await serve();
    const feed = (await fetch(`${serving.origin}/events`)).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    await feed?.read();
    await post(serving, { channel: '#general', text: 'live' });
    expect((await feed?.read())?.value).toMatch(/^event: message\ndata: \{.*"text":"live".*\}\n\n$/);
    await feed?.cancel();
  });

  it('shows the messages to nobody who comes by another name', async () => {
    const serving = await serve();
    const reply = await request(`${serving.origin}/received`, { headers: { host: 'elsewhere.example' } });
    expect(reply.statusCode).toBe(404);
    await reply.body.dump();
  });

  it('limits the rate as Slack does where asked', async () => {
    const serving = await serve('--rate-limit', '2');
    const statuses = [];
    for (let n = 0; n < 3; n++)
      statuses.push((await post(serving, { channel: '#general', text: 'hi' })).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('accepts only the environment’s token where asked, and never shows it', async () => {
    const serving = await startServing(['--only-env-token'], { SLACK_BOT_TOKEN: 'xoxb-test-secret-of-mine' });
    running.push(serving);
    expect(await (await post(serving, { channel: '#general', text: 'hi' })).text()).toContain('invalid_auth');
    expect(await lineWith(serving, /curl /)).toContain('token=$SLACK_BOT_TOKEN');
  });

  it('says why it can’t have a port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await refused(['--port', String(port)])).toEqual({
      stdout: '',
      stderr: `error: port ${port} is in use; another program listens there; choose another with --port, or leave it out to get a free one\n`,
      code: 2,
    });
    other.close();
  });

  it.each([
    [['--port', '80808'], 'bad --port "80808"'],
    [['--port', 'http'], 'bad --port "http"'],
    [['--fault', 'hnag:10%'], 'did you mean "hang"?'],
    [['--fault', 'hang:60%,reset:60%'], 'strike 120% of the requests'],
    [['--fault', 'refuse'], 'serve has no fault "refuse"'],
    [['--fault', 'chat.postMessage/refuse'], 'serve has no fault "refuse"'],
    [['--fault', 'refus'], 'jitter; write for example hang:10%'],
    [['--latency', '50'], 'bad duration "50"'],
    [['--reply-size', '128'], 'bad size "128"'],
    [['--rate-limit', '0'], 'bad --rate-limit "0"'],
    [['--only-env-token'], 'SLACK_BOT_TOKEN is not set'],
    [['-o', 'received.html'], 'what serve received is written as JSON only'],
  ])('refuses %j', async (flags, message) => {
    const { stderr, code } = await refused(flags);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
