import { describe, expect, test } from 'vitest';
import { createHistory, type StoredMessage } from '../../../src/emulator/history.ts';

const bounds = { messages: 10, length: 10_000 };

function message(index: number, text = 'short', channel = 'C1'): StoredMessage {
  return {
    channel,
    ts: `1.${String(index).padStart(6, '0')}`,
    threadTs: null,
    text,
    mrkdwn: true,
    blocks: [],
    attachments: [],
    metadata: null,
    author: {},
    editedTs: null,
    reactions: new Map(),
    streaming: null,
    files: [],
  };
}

describe('what a channel keeps', () => {
  test('is its last messages, newest first', () => {
    const history = createHistory(bounds);
    for (let index = 0; index < 25; index += 1) history.add(message(index));
    const kept = history.in('C1');
    expect(kept.length).toBeLessThan(20);
    expect(kept.length).toBeGreaterThanOrEqual(10);
    expect(kept.map(({ ts }) => ts)).toEqual(
      Array.from({ length: kept.length }, (_, index) => message(24 - index).ts),
    );
  });

  test('is bounded by its size, all channels together', () => {
    const history = createHistory(bounds);
    for (let index = 0; index < 9; index += 1) history.add(message(index, 'x'.repeat(5000), `C${index}`));
    const kept = Array.from({ length: 9 }, (_, index) => history.in(`C${index}`)).flat();
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(2 * bounds.length);
    expect(history.in('C8')).toHaveLength(1);
  });

  test('counts what a change adds', () => {
    const history = createHistory(bounds);
    for (let index = 0; index < 4; index += 1) history.add(message(index));
    for (let index = 0; index < 4; index += 1) history.replace(message(index, 'x'.repeat(9000)));
    expect(JSON.stringify(history.in('C1')).length).toBeLessThanOrEqual(2 * bounds.length);
  });

  test('has the newest message also where that one is larger than all that is kept', () => {
    const history = createHistory(bounds);
    history.add(message(0));
    history.add(message(1, 'x'.repeat(50_000)));
    expect(history.in('C1').map(({ ts }) => ts)).toEqual([message(1).ts]);
  });

  test('has room again for what was removed', () => {
    const history = createHistory(bounds);
    for (let index = 0; index < 50; index += 1) {
      history.add(message(index, 'x'.repeat(9000)));
      expect(history.remove('C1', message(index).ts)).toBe(true);
    }
    history.add(message(50));
    history.add(message(51, 'x'.repeat(9000)));
    expect(history.in('C1')).toHaveLength(2);
  });
});
