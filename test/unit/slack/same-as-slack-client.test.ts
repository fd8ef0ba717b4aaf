import { WebClient } from '@slack/web-api';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/notification/notification.ts';
import { buildRequest } from '../../../src/slack/request.ts';

const token = 'xoxb-test-token';

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

/** What Slack's own client puts into the body of chat.postMessage, with its JSON fields read. */
async function askedBySlackClient(fields: Record<string, unknown>): Promise<Record<string, unknown>> {
  let asked: Record<string, unknown> = {};
  nock('https://slack.com')
    .post('/api/chat.postMessage', (body: Record<string, unknown>) => {
      asked = body;
      return true;
    })
    .matchHeader('authorization', `Bearer ${token}`)
    .reply(200, { ok: true, channel: 'C0123456789', ts: '1503435956.000247' });
  await new WebClient(token).apiCall('chat.postMessage', fields);
  return Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, readJson(value)]));
}

function readJson(value: unknown): unknown {
  return typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value;
}

function askedByUs(notification: Notification): Record<string, unknown> {
  const request = buildRequest(
    { kind: 'bot', baseUrl: 'https://slack.com/api/', token },
    notification,
    'main',
  );
  expect(request).toMatchObject({
    origin: 'https://slack.com',
    path: '/api/chat.postMessage',
    headers: { authorization: `Bearer ${token}` },
  });
  const { metadata: _ours, ...asked } = JSON.parse(String(request.body));
  return asked;
}

describe('what we ask of Slack', () => {
  it('is what Slack’s own client asks for the same message', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*10s* & done' } }];
    const ours = askedByUs({
      id: 'timer-1:expiry',
      path: 'expiry',
      channel: 'C0123456789',
      text: 'héllo & <b> ⏰',
      threadTs: '1503435956.000247',
      blocks,
    });

    expect(ours).toEqual(
      await askedBySlackClient({
        channel: 'C0123456789',
        text: 'héllo & <b> ⏰',
        thread_ts: '1503435956.000247',
        blocks,
      }),
    );
  });
});
