import { describe, expect, test } from 'vitest';
import { checkNotification } from '../../../src/notification/check-notification.ts';
import { escapeText } from '../../../src/notification/escape-text.ts';
import type { Button, Notification } from '../../../src/notification/notification.ts';
import { describeProblems } from '../../../src/notification/problem.ts';

const plain: Notification = { id: 'n1', path: 'expiry', channel: 'C1', text: 'hello' };
const button: Button = { text: 'Snooze', actionId: 'snooze' };
const long = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));
const text = (length: number) => ({ type: 'plain_text', text: long(length) });

const atTheLimit: readonly (readonly [string, Partial<Notification>])[] = [
  ['text', { text: long(40_000) }],
  ['thread_ts', { threadTs: '1503435956.000247' }],
  ['50 blocks', { blocks: times(50, () => ({ type: 'divider' })) }],
  ['section', { blocks: [{ type: 'section', text: text(3000), fields: times(10, () => text(2000)) }] }],
  ['header', { blocks: [{ type: 'header', text: text(150), block_id: long(255) }] }],
  ['context', { blocks: [{ type: 'context', elements: times(10, () => text(10)) }] }],
  ['buttons', { buttons: times(25, (i) => ({ text: long(75), actionId: `a${i}`, value: long(2000) })) }],
  ['blocks only', { text: '', blocks: [{ type: 'divider' }] }],
  ['Markdown alone', { text: '', presentation: { markdownText: long(12_000) } }],
  ['a broadcast reply', { threadTs: '1503435956.000247', presentation: { replyBroadcast: true } }],
  ['metadata', { metadata: { event_type: 'timer', event_payload: { kind: 'tea' } } }],
  ['an unknown block', { blocks: [{ type: 'brand_new' }] }],
];

const beyond: readonly (readonly [field: string, Partial<Notification>])[] = [
  ['text', { text: '' }],
  ['text', { text: long(40_001) }],
  ['thread_ts', { threadTs: 'yesterday' }],
  ['markdown_text', { presentation: { markdownText: 'beside a text' } }],
  ['markdown_text', { text: '', presentation: { markdownText: 'x' }, blocks: [{ type: 'divider' }] }],
  ['markdown_text', { text: '', presentation: { markdownText: long(12_001) } }],
  ['reply_broadcast', { presentation: { replyBroadcast: true } }],
  ['metadata.event_type', { metadata: { event_type: '', event_payload: {} } }],
  ['metadata.event_payload.id', { metadata: { event_type: 'timer', event_payload: { id: 1 } } }],
  ['blocks', { blocks: times(51, () => ({ type: 'divider' })) }],
  ['blocks', { blocks: [{ type: 'markdown', text: long(12_001) }] }],
  ['blocks[0].type', { blocks: [{}] }],
  ['blocks[0].block_id', { blocks: [{ type: 'divider', block_id: long(256) }] }],
  ['blocks[1].block_id', { blocks: times(2, () => ({ type: 'divider', block_id: 'same' })) }],
  ['blocks[0].text.text', { blocks: [{ type: 'section', text: text(3001) }] }],
  ['blocks[0].text.text', { blocks: [{ type: 'section', text: text(0) }] }],
  ['blocks[0].text', { blocks: [{ type: 'header', text: 'plain' }] }],
  ['blocks[0]', { blocks: [{ type: 'section' }] }],
  ['blocks[0].fields', { blocks: [{ type: 'section', fields: times(11, () => text(1)) }] }],
  ['blocks[0].fields[0].text', { blocks: [{ type: 'section', fields: [text(2001)] }] }],
  ['blocks[0].text.text', { blocks: [{ type: 'header', text: text(151) }] }],
  ['blocks[0].elements', { blocks: [{ type: 'context', elements: times(11, () => text(1)) }] }],
  ['blocks[0].elements', { blocks: [{ type: 'actions', elements: [] }] }],
  ['blocks[0].alt_text', { blocks: [{ type: 'image', image_url: 'https://example.com/a.png' }] }],
  ['blocks[0].image_url', { blocks: [{ type: 'image', image_url: long(3001), alt_text: 'a' }] }],
  ['blocks[0].elements[0].style', { blocks: [actions({ style: 'warning' })] }],
  ['blocks[0].elements[0].url', { blocks: [actions({ url: long(3001) })] }],
  ['blocks[0].elements[0].confirm.deny.text', { blocks: [actions({ confirm: confirm(31) })] }],
  ['blocks[0].elements[1].action_id', { blocks: [actions({ action_id: 'a' }, { action_id: 'a' })] }],
  ['attachments', { attachments: times(101, () => ({})) }],
  ['buttons', { buttons: times(26, (i) => ({ ...button, actionId: `a${i}` })) }],
  ['buttons', { buttons: [button], blocks: times(50, () => ({ type: 'divider' })) }],
  ['buttons[0].text', { buttons: [{ ...button, text: long(76) }] }],
  ['buttons[0].text', { buttons: [{ ...button, text: '' }] }],
  ['buttons[0].action_id', { buttons: [{ ...button, actionId: long(256) }] }],
  ['buttons[1].action_id', { buttons: [button, button] }],
  ['buttons[0].value', { buttons: [{ ...button, value: long(2001) }] }],
  ['buttons[0].url', { buttons: [{ ...button, url: long(3001) }] }],
];

function actions(...elements: readonly object[]) {
  return { type: 'actions', elements: elements.map((more) => ({ type: 'button', text: text(5), ...more })) };
}

function confirm(denyLength: number) {
  return { title: text(100), text: text(300), confirm: text(30), deny: text(denyLength) };
}

describe('a notification', () => {
  test.each(atTheLimit)('at the limit of %s passes', (_what, change) => {
    expect(checkNotification({ ...plain, ...change })).toEqual([]);
  });

  test.each(beyond)('that Slack would refuse names the field: %s', (field, change) => {
    expect(checkNotification({ ...plain, ...change }).map((problem) => problem.field)).toEqual([field]);
  });

  test('is described in one line with the limit and the remedy', () => {
    const problems = checkNotification({ ...plain, buttons: [{ ...button, text: long(80) }] });
    expect(describeProblems(problems)).toBe(
      'buttons[0].text has 80 characters; Slack takes at most 75; shorten it',
    );
  });
});

test('text typed by a person cannot mention the channel', () => {
  expect(escapeText('<!channel> Q&A')).toBe('&lt;!channel&gt; Q&amp;A');
});
