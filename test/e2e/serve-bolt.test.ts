import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, LogLevel } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../free-port.ts';
import { timerNotify } from './cli.ts';
import { type Serving, startServing } from './serving.ts';

const running: Serving[] = [];
const apps: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
  for (const serving of running.splice(0)) await serving.stop();
});

async function serve(...flags: string[]): Promise<Serving> {
  const serving = await startServing(flags, { SLACK_SIGNING_SECRET: 'secret' });
  running.push(serving);
  return serving;
}

async function dispatch({ origin }: Serving, body: object): Promise<unknown> {
  const answer = await fetch(`${origin}/dispatch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
}

const message = { type: 'message', channel: 'C0GENERAL', user: 'U0ALICE', text: 'hello', ts: '1.000001' };

const bot = { token: 'xoxb-test', logLevel: LogLevel.ERROR };
const from = { user: { id: 'U0ALICE' }, user_id: 'U0ALICE', team: { id: 'T0TIMERTEAM' }, trigger_id: '1.2' };

/** An app that answers a message, a command and a button; resolves to what it has said once it has done all three. */
function answering(app: App): Promise<unknown> {
  const steps = ['message', 'command', 'button'].map((name) => {
    let done = () => {};
    return {
      name,
      done: () => done(),
      said: new Promise<void>((resolve) => {
        done = resolve;
      }),
    };
  });
  const [message, command, button] = steps;
  app.message('hello', async ({ say }) => {
    await say('hello yourself');
    message?.done();
  });
  app.command('/timer', async ({ ack, respond }) => {
    await ack();
    await respond('timer set');
    command?.done();
  });
  app.action('snooze', async ({ ack, respond }) => {
    await ack();
    await respond('snoozed');
    button?.done();
  });
  return Promise.all(steps.map(({ said }) => said));
}

describe.each(['Socket Mode', 'HTTP'])('a Bolt app with %s', (receiver) => {
  it('answers a message, a command and a button that were dispatched', async () => {
    const port = await freePort();
    const serving = await serve('--events', `http://127.0.0.1:${port}/slack/events`);
    const clientOptions = { slackApiUrl: serving.baseUrl };
    const app =
      receiver === 'HTTP'
        ? new App({ ...bot, clientOptions, signingSecret: 'secret' })
        : new App({ ...bot, clientOptions, appToken: 'xapp-test', socketMode: true });
    const answered = answering(app);
    await (receiver === 'HTTP' ? app.start(port) : app.start());
    apps.push(app);
    await dispatch(serving, { event: message });
    await dispatch(serving, {
      type: 'slash_commands',
      payload: { ...from, command: '/timer', text: '10s', response_url: `${serving.origin}/commands/T1/2/3` },
    });
    await dispatch(serving, {
      type: 'interactive',
      payload: {
        ...from,
        type: 'block_actions',
        actions: [{ type: 'button', action_id: 'snooze', block_id: 'b' }],
        response_url: `${serving.origin}/actions/T1/2/3`,
      },
    });
    await answered;
    const said = (await serving.received()).map(({ text }) => text);
    expect(said.toSorted()).toEqual(['hello yourself', 'snoozed', 'timer set']);
  });
});

describe('a button that was dispatched without a response_url', () => {
  it.each(['replaced', 'deleted'])('gets one by which its message is %s', async (how) => {
    const serving = await serve();
    const clientOptions = { slackApiUrl: serving.baseUrl };
    const app = new App({ ...bot, clientOptions, appToken: 'xapp-test', socketMode: true });
    const { promise: answered, resolve } = withResolvers();
    app.action('snooze', async ({ ack, respond }) => {
      await ack();
      await respond(
        how === 'deleted' ? { delete_original: true } : { replace_original: true, text: 'snoozed' },
      );
      resolve();
    });
    await app.start();
    apps.push(app);
    const { channel, ts } = await app.client.chat.postMessage({ channel: '#general', text: 'tea is ready' });
    await dispatch(serving, {
      type: 'interactive',
      payload: {
        type: 'block_actions',
        channel: { id: channel },
        message: { ts },
        actions: [{ type: 'button', action_id: 'snooze', block_id: 'b' }],
      },
    });
    await answered;
    const { messages } = await app.client.conversations.history({ channel: String(channel) });
    expect(messages?.map(({ text }) => text)).toEqual(how === 'deleted' ? [] : ['snoozed']);
    expect(await serving.received()).toMatchObject([
      how === 'deleted' ? { deleted: true } : { text: 'snoozed', edited: true },
    ]);
  });
});

it('a command’s answer is for the one who gave it, unless it is for the channel', async () => {
  const serving = await serve();
  const app = new App({
    ...bot,
    clientOptions: { slackApiUrl: serving.baseUrl },
    appToken: 'xapp-test',
    socketMode: true,
  });
  const { promise: answered, resolve } = withResolvers();
  app.command('/timer', async ({ ack, respond, command }) => {
    await ack();
    await respond('set');
    await respond({ response_type: 'in_channel', text: `${command.user_id} has set a timer` });
    resolve();
  });
  await app.start();
  apps.push(app);
  await dispatch(serving, {
    type: 'slash_commands',
    payload: { command: '/timer', text: '10s', channel_id: 'C0TIMERS' },
  });
  await answered;
  expect(await serving.received()).toMatchObject([
    { text: 'U0ALICE has set a timer', channel: 'C0TIMERS', visibleTo: null },
    { text: 'set', channel: 'C0TIMERS', visibleTo: 'U0ALICE' },
  ]);
});

it('a person’s message that is dispatched stands in its channel, where the bot replies to it', async () => {
  const serving = await serve();
  const app = new App({
    ...bot,
    clientOptions: { slackApiUrl: serving.baseUrl },
    appToken: 'xapp-test',
    socketMode: true,
  });
  const { promise: answered, resolve } = withResolvers();
  app.message('hello', async ({ message, say, client }) => {
    await say({ text: 'hello yourself', thread_ts: message.ts });
    await client.reactions.add({ channel: message.channel, timestamp: message.ts, name: 'wave' });
    resolve();
  });
  await app.start();
  apps.push(app);
  await dispatch(serving, {
    event: { type: 'message', channel: 'C0GENERAL', user: 'U0ALICE', text: 'hello' },
  });
  await answered;
  const { messages } = await app.client.conversations.history({ channel: 'C0GENERAL' });
  expect(messages).toMatchObject([
    { text: 'hello', user: 'U0ALICE', reply_count: 1, reactions: [{ name: 'wave' }] },
  ]);
});

/** `Promise.withResolvers` came with Node 22. */
function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

it('what is dispatched while a bot connects reaches it', async () => {
  const serving = await serve();
  const headers = { authorization: 'Bearer xapp-test' };
  const opened = await fetch(`${serving.baseUrl}apps.connections.open`, { method: 'POST', headers });
  const { url }: { url: string } = JSON.parse(await opened.text());
  const answer = dispatch(serving, { event: message });
  const socket = new WebSocket(url);
  expect(await answer).toMatchObject({ ok: true, sockets: 1 });
  socket.close();
});

it('a command behind -- gets the emulator in its environment, and its exit code is passed on', async () => {
  const script = `fetch(process.env.SLACK_API_URL + 'auth.test', {
    method: 'POST', headers: { authorization: 'Bearer ' + process.env.SLACK_BOT_TOKEN } })
    .then((answer) => answer.json()).then(({ ok }) => { console.log(ok); process.exitCode = 7; });`;
  const { stdout, code } = await timerNotify('serve', '--', process.execPath, '-e', script);
  expect([stdout.trim(), code]).toEqual(['true', 7]);
});

it('the test in docs/testing-a-bot.md passes against serve, and fails where the emulator does', async () => {
  const page = await readFile(fileURLToPath(new URL('../../docs/testing-a-bot.md', import.meta.url)), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  // In the repository, where @slack/web-api is installed.
  const directory = await mkdtemp(fileURLToPath(new URL('./docs-', import.meta.url)));
  const file = join(directory, 'timer.test.mjs');
  await writeFile(file, code);
  await writeFile(join(directory, 'package.json'), '{"scripts": {"test": "node --test"}}');
  const run = (...flags: string[]) =>
    timerNotify('serve', ...flags, '--', 'npm', 'test', '--prefix', directory).then((ended) => ended.code);
  try {
    expect(await run()).toBe(0);
    expect(await run('--fault', 'chat.update/ok-false:message_not_found')).toBe(1);
  } finally {
    await rm(directory, { recursive: true });
  }
});
