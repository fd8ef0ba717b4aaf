import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, LogLevel } from '@slack/bolt';
import { afterEach, expect, it } from 'vitest';
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

it('a Bolt app in Socket Mode answers a message that was dispatched', async () => {
  const serving = await serve('--fault', 'chat.postMessage/ok-warning:message_truncated:first-1');
  const app = new App({
    token: 'xoxb-test',
    appToken: 'xapp-test',
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: serving.baseUrl },
  });
  const said = new Promise<void>((resolve) => {
    app.message('hello', async ({ say }) => {
      await say('hello yourself');
      resolve();
    });
  });
  await app.start();
  apps.push(app);
  expect(await dispatch(serving, { event: message })).toMatchObject({ ok: true, sockets: 1 });
  await said;
  expect((await serving.received()).map(({ text }) => text)).toEqual(['hello yourself']);
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
  const run = (...flags: string[]) =>
    timerNotify('serve', ...flags, '--', process.execPath, '--test', file).then((ended) => ended.code);
  try {
    expect(await run()).toBe(0);
    expect(await run('--fault', 'chat.update/ok-false:message_not_found')).toBe(1);
  } finally {
    await rm(directory, { recursive: true });
  }
});
