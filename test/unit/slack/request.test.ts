import { describe, expect, test } from 'vitest';
import type { Notification } from '../../../src/notification/notification.ts';
import { buildRequest } from '../../../src/slack/request.ts';
import type { Target } from '../../../src/slack/target.ts';

const bot: Target = { kind: 'bot', baseUrl: 'https://slack-gov.com/api/', token: 'xoxb-test-token' };
const notification: Notification = { id: 'n1', path: 'expiry', channel: 'C1', text: '⏰ 10s timer expired!' };

describe('the request to the Web API', () => {
  test('is JSON with a charset and the token in its header', () => {
    expect(buildRequest(bot, notification, 'heartbeat')).toMatchObject({
      origin: 'https://slack-gov.com',
      path: '/api/chat.postMessage',
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: 'Bearer xoxb-test-token',
      },
    });
  });

  test('carries the id, the path and the thread as metadata, and nothing that was not given', () => {
    expect(JSON.parse(buildRequest(bot, notification, 'heartbeat').body)).toEqual({
      channel: 'C1',
      text: '⏰ 10s timer expired!',
      metadata: {
        event_type: 'timer_notify',
        event_payload: { id: 'n1', path: 'expiry', thread: 'heartbeat' },
      },
    });
  });

  test('replies in a thread', () => {
    const { body } = buildRequest(bot, { ...notification, threadTs: '1503435956.000247' }, 'main');
    expect(JSON.parse(body)).toMatchObject({ thread_ts: '1503435956.000247' });
  });

  test.each([
    ['mrkdwn', false, 'mrkdwn'],
    ['replyBroadcast', true, 'reply_broadcast'],
    ['unfurlLinks', false, 'unfurl_links'],
    ['unfurlMedia', false, 'unfurl_media'],
    ['username', 'Timer', 'username'],
    ['iconEmoji', ':alarm_clock:', 'icon_emoji'],
    ['iconUrl', 'https://example.com/a.png', 'icon_url'],
  ])('carries %s: %s as %s', (name, value, argument) => {
    const { body } = buildRequest(bot, { ...notification, presentation: { [name]: value } }, 'main');
    expect(JSON.parse(body)).toMatchObject({ text: notification.text, [argument]: value });
  });

  test('carries Markdown in place of the text', () => {
    const presentation = { markdownText: '**done**' };
    const sent = JSON.parse(buildRequest(bot, { ...notification, text: '', presentation }, 'main').body);
    expect([sent.markdown_text, 'text' in sent]).toEqual(['**done**', false]);
  });

  test('carries metadata of the message’s own beside what it writes itself', () => {
    const metadata = { event_type: 'timer', event_payload: { kind: 'tea' } };
    const { body } = buildRequest(bot, { ...notification, metadata }, 'main');
    expect(JSON.parse(body).metadata).toEqual({
      event_type: 'timer',
      event_payload: { kind: 'tea', id: 'n1', path: 'expiry', thread: 'main' },
    });
  });

  test('shows buttons below the text', () => {
    const buttons = [{ text: 'Snooze', actionId: 'snooze', value: '5m', style: 'primary' as const }];
    const { body } = buildRequest(bot, { ...notification, buttons }, 'main');
    expect(JSON.parse(body)).toMatchObject({
      text: notification.text,
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: notification.text } },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              text: { type: 'plain_text', text: 'Snooze' },
              action_id: 'snooze',
              value: '5m',
              style: 'primary',
            },
          ],
        },
      ],
    });
  });

  test('keeps the caller’s blocks above the buttons', () => {
    const blocks = [{ type: 'divider' }];
    const buttons = [{ text: 'Open', actionId: 'open', url: 'https://example.com' }];
    const { body } = buildRequest(bot, { ...notification, blocks, buttons }, 'main');
    expect(JSON.parse(body)).toMatchObject({ blocks: [{ type: 'divider' }, { type: 'actions' }] });
  });
});

test('a request names the program and its version, and asks for a body as it is', () => {
  const { headers } = buildRequest(bot, notification, 'main');
  expect(headers['user-agent']).toMatch(/^timer-notify\/\d+\.\d+\.\d+\S* node\/\d+\./);
  expect(headers['accept-encoding']).toBe('identity');
});

describe('the request to a webhook', () => {
  const webhook: Target = { kind: 'webhook', url: 'http://127.0.0.1:9/services/T000/B000/XXXX?a=1' };

  test('goes to the webhook’s own path, without a token and without a channel', () => {
    const request = buildRequest(webhook, notification, 'main');
    expect(request.path).toBe('/services/T000/B000/XXXX?a=1');
    expect(request.headers).not.toHaveProperty('authorization');
    expect(JSON.parse(request.body)).not.toHaveProperty('channel');
  });
});
