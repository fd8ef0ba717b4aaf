import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { type Received, type Serving, startServing } from './serving.ts';

// What each program does, and how to have its client: test/clients/README.md.
const clients = fileURLToPath(new URL('../clients/', import.meta.url));
const run = promisify(execFile);
const python = process.env.PYTHON ?? 'python3';
const alertmanager = ['prometheus-alertmanager', 'alertmanager'].find((name) => runs(name, '--version'));

const hasNode = has('the versions of Slack’s own clients', existsSync(`${clients}node/node_modules`));
const hasPython = has('slack_sdk', runs(python, '-c', 'import slack_sdk, aiohttp'));
const hasApprise = has('Apprise', runs(python, '-c', 'import apprise'));
const hasGo = has('slack-go', runs('go', 'list', 'github.com/slack-go/slack'));
const hasRuby = has('slack-ruby-client', runs('ruby', '-e', "require 'slack-ruby-client'"));
const hasAlertmanager = has('Alertmanager', alertmanager !== undefined && runs('curl', '--version'));

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', cwd: clients }).status === 0;
}

function has(what: string, found: boolean): boolean {
  if (!found) process.stderr.write(`skipped: ${what} against serve; not found; see test/clients/README.md\n`);
  return found;
}

const running: Serving[] = [];
async function serve(...flags: string[]): Promise<Serving> {
  const serving = await startServing(flags, { SLACK_SIGNING_SECRET: 'secret' });
  running.push(serving);
  return serving;
}
afterEach(async () => {
  for (const serving of running.splice(0)) await serving.stop();
});

function environment({ baseUrl, webhookUrl }: Serving): NodeJS.ProcessEnv {
  return {
    ...process.env,
    SLACK_API_URL: baseUrl,
    SLACK_WEBHOOK_URL: webhookUrl,
    SLACK_BOT_TOKEN: 'xoxb-test',
    SLACK_APP_TOKEN: 'xapp-test',
    SLACK_SIGNING_SECRET: 'secret',
  };
}

/** What the program prints, as JSON. */
async function output(serving: Serving, command: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(command, args, { cwd: clients, env: environment(serving) });
  return JSON.parse(stdout);
}

const node = (serving: Serving, file: string, ...args: readonly string[]) =>
  output(serving, process.execPath, `${clients}node/${file}`, ...args);

/** The server's word on what the acts have left. */
async function expectActs(serving: Serving, streams = true): Promise<void> {
  const messages = (await serving.received()).toReversed();
  expect(messages).toMatchObject([
    { text: 'changed', edited: true, threadTs: null, reactions: [{ name: 'tada', count: 1 }] },
    { text: 'reply', deleted: true, threadTs: messages[0]?.ts },
    { via: 'files.completeUploadExternal', threadTs: messages[0]?.ts, files: [{ name: 'a.txt', size: 5 }] },
    ...(streams ? [{ text: 'one two', via: 'chat.startStream', threadTs: messages[0]?.ts }] : []),
  ]);
}

describe.skipIf(!hasNode).each(['web-api-6', 'web-api-7', 'web-api-8'])(
  '@slack/%s against serve',
  (version) => {
    it('posts, replies, changes, deletes, reacts, uploads, streams and reads back', async () => {
      const serving = await serve();
      expect(await node(serving, 'acts.mjs', version)).toEqual(['changed']);
      await expectActs(serving);
    });

    it('does what its guide says: retries, rate limits, errors, pagination, modals, uploads', async () => {
      expect(await node(await serve(), 'documented.mjs', version)).toEqual({
        dynamicName: true,
        tokenByCall: true,
        platformError: { kind: 'PlatformError', error: 'user_not_found' },
        httpError: { kind: 'HTTPError', statusCode: 503 },
        requestError: { kind: 'RequestError' },
        retriedAfterReset: true,
        retriedAfter500: true,
        notRetriedAfterAnError: { kind: 'PlatformError', error: 'fatal_error' },
        rateLimitedFor: [1],
        retriedAfterRateLimit: true,
        rejected: { kind: 'RateLimitedError', retryAfter: 7 },
        policies: true,
        pages: [3, 1],
        reduced: 4,
        stoppedAfter: 2,
        modal: [true, 'Updated'],
        uploaded: [
          ['One', 3],
          ['two.log', 3],
        ],
      });
    });
  },
);

describe.skipIf(!hasNode).each(['webhook-6', 'webhook-7', 'webhook-8'])(
  '@slack/%s against serve',
  (version) => {
    it('sends text, defaults and blocks, and is told what was refused', async () => {
      const serving = await serve();
      const sent = { text: { text: 'ok' }, withDefaults: { text: 'ok' }, blocks: { text: 'ok' } };
      // Workflows and retries came with version 7.
      const newer = version === 'webhook-6' ? {} : { triggered: true, retried: { text: 'ok' } };
      expect(await node(serving, 'webhook.mjs', version)).toEqual({
        ...sent,
        refused: 'HTTPError',
        cut: 'RequestError',
        ...newer,
      });
      const texts = (await serving.received()).map(({ text }) => text).toReversed();
      expect(texts.slice(0, 3)).toEqual(['hello', 'by default', 'fallback']);
      expect(await serving.received()).toContainEqual(expect.objectContaining({ unfurlLinks: false }));
    });
  },
);

/** What happens around the bot, in this order, each once it has dealt with the one before. */
function happenings(channel: string): readonly object[] {
  const interactive = (payload: object) => ({ type: 'interactive', payload });
  return [
    { event: { type: 'message', channel, user: 'U0ALICE', text: 'hello' } },
    { event: { type: 'app_mention', channel, user: 'U0ALICE', text: '<@U0TIMERBOT> hi' } },
    { event: { type: 'app_home_opened', channel: 'D0ALICE', user: 'U0ALICE', tab: 'home' } },
    { type: 'slash_commands', payload: { command: '/timer', text: '10s', channel_id: channel } },
    interactive({ type: 'shortcut', callback_id: 'open_modal' }),
    interactive({ type: 'view_submission', view: { type: 'modal', callback_id: 'timer_modal' } }),
  ];
}

const bolts = ['bolt-3', 'bolt-4', 'bolt-5'].flatMap((version) => [
  [version, 'socket'] as const,
  [version, 'http'] as const,
]);

describe.skipIf(!hasNode).each(bolts)('@slack/%s by %s against serve', (version, receiver) => {
  it('answers messages, mentions, commands, buttons, shortcuts, modals and the home tab', async () => {
    const port = await freePort();
    const serving = await serve(
      ...(receiver === 'http' ? ['--events', `http://127.0.0.1:${port}/slack/events`] : []),
    );
    const child = spawn(process.execPath, [`${clients}node/bolt.mjs`, version, receiver, String(port)], {
      env: environment(serving),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    const dispatch = async (what: object) => {
      const answer = await fetch(`${serving.origin}/dispatch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(what),
      });
      expect(await answer.json()).toMatchObject(
        receiver === 'http' ? { ok: true, status: 200 } : { ok: true, sockets: 1 },
      );
    };
    for (const what of happenings('C0TIMERS')) await dispatch(what);
    const greeting = await received(serving, 'Hey there <@U0ALICE>!');
    await dispatch({
      type: 'interactive',
      payload: {
        type: 'block_actions',
        channel: { id: 'C0TIMERS' },
        message: { ts: greeting.ts },
        actions: [{ type: 'button', action_id: 'button_click', block_id: 'b' }],
      },
    });
    expect((await lines.next()).value).toBe('done');
    expect(await exited).toEqual([0, null]);
    expect((await serving.received()).map(({ text }) => text).toSorted()).toEqual([
      '<@U0ALICE> clicked the button',
      'clicked',
      'set by modal',
      'timer set for 10s',
      'you called?',
    ]);
  });
});

/** The message, once it has arrived. */
async function received(serving: Serving, text: string): Promise<Received> {
  const find = async () => (await serving.received()).find((one) => one.text === text);
  await expect.poll(find, { timeout: 30_000 }).toBeDefined();
  const found = await find();
  if (found === undefined) throw new Error(`no message says ${text}`);
  return found;
}

describe.skipIf(!hasPython).each(['sync', 'async'])('slack_sdk, %s, against serve', (kind) => {
  it('posts, replies, changes, deletes, reacts, uploads, streams and reads back', async () => {
    const serving = await serve();
    expect(await output(serving, python, `${clients}python/acts.py`, kind)).toEqual(['changed']);
    await expectActs(serving);
  });
});

it.skipIf(!hasGo)('slack-go posts, replies, changes, deletes, reacts, uploads and reads back', async () => {
  const serving = await serve();
  expect(await output(serving, 'go', 'run', './go')).toEqual(['changed']);
  await expectActs(serving, false);
});

it.skipIf(!hasRuby)('slack-ruby-client does all of it', async () => {
  const serving = await serve();
  expect(await output(serving, 'ruby', `${clients}ruby/acts.rb`)).toEqual(['changed']);
  await expectActs(serving);
});

it.skipIf(!hasAlertmanager)(
  'Alertmanager tells by webhook and token of an alert, and that it is over',
  async () => {
    const serving = await serve();
    const env = { ...environment(serving), ALERTMANAGER_PORT: String(await freePort()) };
    await run('sh', [`${clients}alertmanager/run.sh`], { env });
    const titles = (await serving.received()).map((message) => [
      message.via,
      Object(message.attachments[0]).title,
    ]);
    expect(titles.toSorted()).toEqual([
      ['chat.postMessage', 'firing: TeaIsCold'],
      ['chat.postMessage', 'resolved: TeaIsCold'],
      ['webhook', 'firing: TeaIsCold'],
      ['webhook', 'resolved: TeaIsCold'],
    ]);
  },
);

it.skipIf(!hasApprise)('Apprise posts by webhook and by token', async () => {
  const serving = await serve();
  await run(python, [`${clients}python/apprise_post.py`], { env: environment(serving) });
  const posted = (await serving.received()).map(({ via, attachments }) => [
    via,
    Object(attachments[0]).title,
  ]);
  expect(posted).toEqual([
    ['chat.postMessage', 'Tea'],
    ['webhook', 'Tea'],
  ]);
});
