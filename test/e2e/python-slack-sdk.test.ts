import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type Serving, startServing } from './serving.ts';

const python = 'python3';
const run = promisify(execFile);
const found = spawnSync(python, ['-c', 'import slack_sdk'], { stdio: 'ignore' }).status === 0;
if (!found) {
  process.stderr.write(
    'skipped: slack_sdk against serve; python3 has none; python3 -m pip install slack_sdk\n',
  );
}

const running: Serving[] = [];
async function serve(...flags: string[]): Promise<Serving> {
  const serving = await startServing(flags);
  running.push(serving);
  return serving;
}
afterEach(async () => {
  for (const serving of running.splice(0)) await serving.stop();
});

/** Runs the lines with a client in `client`; what they leave in `result` comes back, or the error by its class. */
async function withClient(serving: Serving, lines: string, token = 'xoxb-test'): Promise<unknown> {
  const { stdout } = await run(python, [
    '-c',
    `
import json
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
client = WebClient(token='${token}', base_url='${serving.baseUrl}', retry_handlers=[], timeout=10)
webhook = WebhookClient('${serving.webhookUrl}')
try:
${lines.replace(/^/gm, '    ')}
except Exception as error:
    response = getattr(error, 'response', None)
    result = {'error': type(error).__name__, 'code': response.get('error') if hasattr(response, 'get') else None}
print(json.dumps(result))
`,
  ]);
  return JSON.parse(stdout);
}

describe.skipIf(!found)('Python’s slack_sdk against serve', () => {
  it('posts, replies in the thread and sends blocks', async () => {
    const serving = await serve();
    const result = await withClient(
      serving,
      `first = client.chat_postMessage(channel='#general', text='héllo & <b>')
reply = client.chat_postMessage(channel=first['channel'], text='reply', thread_ts=first['ts'])
blocks = [{'type': 'section', 'text': {'type': 'mrkdwn', 'text': '*done*'}}]
third = client.chat_postMessage(channel=first['channel'], text='fallback', blocks=blocks)
result = [first['ok'], first['ts'] == reply['message']['thread_ts'], third['message']['blocks'][0]['text'] == blocks[0]['text']]`,
    );
    expect(result).toEqual([true, true, true]);
    expect(await serving.received()).toMatchObject([
      { text: 'fallback' },
      { text: 'reply', threadTs: expect.any(String) },
      { text: 'héllo & <b>', channelName: '#general' },
    ]);
  });

  it('changes, deletes, reacts, reads back, uploads and streams', async () => {
    const result = await withClient(
      await serve(),
      `parent = client.chat_postMessage(channel='#general', text='first')
channel, ts = parent['channel'], parent['ts']
reply = client.chat_postMessage(channel=channel, text='reply', thread_ts=ts)
client.chat_update(channel=channel, ts=ts, text='changed')
client.reactions_add(channel=channel, timestamp=ts, name='tada')
client.chat_delete(channel=channel, ts=reply['ts'])
uploaded = client.files_upload_v2(channel=channel, filename='a.txt', content='hello')
stream = client.api_call('chat.startStream', params={'channel': channel, 'thread_ts': ts, 'markdown_text': 'one ', 'recipient_team_id': 'T0TIMERTEAM', 'recipient_user_id': 'U0ALICE'})
client.api_call('chat.stopStream', params={'channel': channel, 'ts': stream['ts'], 'markdown_text': 'two'})
messages = client.conversations_replies(channel=channel, ts=ts)['messages']
result = [uploaded['ok'], [m['text'] for m in messages], messages[0]['reactions'][0]['name']]`,
    );
    expect(result).toEqual([true, ['changed', 'one two'], 'tada']);
  });

  it('auth.test and api.test answer', async () => {
    const result = await withClient(
      await serve(),
      "result = [client.auth_test()['bot_id'][0], client.api_test(foo='bar')['args']['foo']]",
    );
    expect(result).toEqual(['B', 'bar']);
  });

  it('is told invalid_auth and channel_not_found', async () => {
    const serving = await serve('--channel', 'general');
    expect(await withClient(serving, 'client.auth_test()', 'nope')).toEqual({
      error: 'SlackApiError',
      code: 'invalid_auth',
    });
    expect(await withClient(serving, "client.chat_postMessage(channel='#elsewhere', text='hi')")).toEqual({
      error: 'SlackApiError',
      code: 'channel_not_found',
    });
  });

  it('waits out a 429 and then posts once', async () => {
    const serving = await serve('--fault', 'rate-limit:1s:first-1');
    const result = await withClient(
      serving,
      `client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
result = client.chat_postMessage(channel='#general', text='hi')['ok']`,
    );
    expect(result).toBe(true);
    expect(await serving.received()).toHaveLength(1);
  });

  it.each([
    ['status-503', 'SlackApiError', 0],
    ['half-body-after-commit', 'IncompleteRead', 1],
    ['reset', 'ConnectionResetError', 0],
  ])('fails by an error under %s', async (fault, error, arrivals) => {
    const serving = await serve('--fault', fault);
    expect(await withClient(serving, "client.chat_postMessage(channel='#general', text='hi')")).toMatchObject(
      {
        error,
      },
    );
    expect(await serving.received()).toHaveLength(arrivals);
  });

  it('posts to the webhook', async () => {
    const serving = await serve();
    expect(
      await withClient(
        serving,
        "response = webhook.send(text='hello')\nresult = [response.status_code, response.body]",
      ),
    ).toEqual([200, 'ok']);
    expect(await serving.received()).toMatchObject([{ text: 'hello', via: 'webhook' }]);
  });
});
