import { expect, it } from 'vitest';
import { readMessage } from '../../../src/library/message.ts';

const read = (message: unknown): ReturnType<typeof readMessage> =>
  Reflect.apply(readMessage, null, [message, true]);

it('gives a message without an id one of its own', () => {
  const first = read({ channel: 'C1', text: 'a' });
  const second = read({ channel: 'C1', text: 'a' });
  expect(first).toMatchObject({
    notification: { path: 'expiry', id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  expect(first).not.toEqual(second);
});

it('keeps every field', () => {
  const message = {
    id: 'timer-1',
    path: 'confirmation',
    channel: 'C1',
    text: 'a',
    threadTs: '1503435956.000247',
    blocks: [{ type: 'divider' }],
    attachments: [{ color: 'good' }],
    buttons: [{ text: 'Snooze', actionId: 'snooze' }],
    metadata: { event_type: 'timer', event_payload: { kind: 'tea' } },
  };
  const presentation = {
    mrkdwn: false,
    replyBroadcast: true,
    unfurlLinks: false,
    unfurlMedia: false,
    username: 'Timer',
    iconEmoji: ':alarm_clock:',
    iconUrl: 'https://example.com/a.png',
  };
  const notification = { ...message, presentation };
  expect(read({ ...message, ...presentation })).toEqual({ notification, problem: null });
});

it('takes Markdown in place of a text', () => {
  const { notification } = Object(read({ channel: 'C1', markdownText: '**done**' }));
  expect(notification).toMatchObject({ text: '', presentation: { markdownText: '**done**' } });
});

it.each<[unknown, string]>([
  ['hello', 'send takes an object such as { channel, text }'],
  [{ channel: 'C1' }, 'text must be a string; got nothing'],
  [{ text: 'a' }, 'channel must be a channel ID or #name; got nothing'],
  [{ channel: 'C1', text: 'a', thread_ts: '1.1' }, 'unknown field thread_ts; did you mean threadTs?'],
  [{ channel: 'C1', text: 'a', threadTs: 1.1 }, 'threadTs must be a string, exactly as Slack gave it'],
  [{ channel: 'C1', text: 'a', blocks: {} }, 'blocks must be an array; got an object'],
  [{ channel: 'C1', text: 'a', path: 'expired' }, 'path must be "expiry" or "confirmation"'],
  [{ channel: 'C1', text: 'a', blocks: [1n] }, 'it is not plain JSON'],
  [{ channel: 'C1', text: 'a', username: 7 }, 'username must be a string; got a number'],
  [{ channel: 'C1', text: 'a', unfurlLinks: 'no' }, 'unfurlLinks must be a boolean; got a string'],
  [{ channel: 'C1', text: 'a', metadata: { kind: 'tea' } }, 'metadata must be { event_type, event_payload }'],
  [
    { channel: 'C1', text: 'a', unfurl_links: false },
    'unknown field unfurl_links; did you mean unfurlLinks?',
  ],
])('tells what is wrong with %o', (message, problem) => {
  expect(read(message)).toMatchObject({ problem: expect.stringContaining(problem) });
});
