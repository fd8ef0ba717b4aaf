import { describe, expect, test } from 'vitest';
import { createReceived } from '../../../src/emulator/served/received.ts';

const arrival = { id: null, path: null, thread: null, atMs: 0, connection: 1 };
const message = {
  via: 'chat.postMessage',
  channel: 'C1',
  channelName: '#general',
  mrkdwn: true,
  threadTs: null,
  blocks: [],
  payload: {},
  metadata: null,
  author: { kind: 'bot' },
  editedTs: null,
  reactions: new Map(),
  streaming: null,
  files: [],
  visibleTo: null,
  unfurlLinks: null,
  unfurlMedia: null,
} as const;
const megabytes = (count: number) => 'x'.repeat(count * 1024 * 1024);

describe('the list of what serve has received', () => {
  test('keeps the newest of large messages, and counts all', () => {
    const received = createReceived();
    for (let count = 0; count < 20; count += 1) {
      const attachments = [{ text: megabytes(14) }];
      received.add(arrival, { ...message, ts: String(count), text: '', attachments });
    }
    const { total, messages } = received.list();
    expect(total).toBe(20);
    expect(messages.map(({ ts }) => ts)).toEqual(['19', '18']);
  });

  test('keeps one that is larger than all of them may be', () => {
    const received = createReceived();
    received.add(arrival, { ...message, ts: '1', text: '', attachments: [{ text: megabytes(80) }] });
    expect(received.list().messages).toHaveLength(1);
  });

  test('lets go of the rest of a text that was cut', () => {
    const received = createReceived();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 100; count += 1) {
      const text = `${count}${megabytes(5)}`.slice(0, 40_000);
      received.add(arrival, { ...message, ts: String(count), text, attachments: [] });
    }
    expect(received.list().messages).toHaveLength(100);
    expect((process.memoryUsage().heapUsed - before) / 1024 / 1024).toBeLessThan(300);
  });
});
