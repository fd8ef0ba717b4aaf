import { describe, expect, it } from 'vitest';
import { readWatchSettings } from '../../../src/options/watch-settings.ts';

describe('the settings of timer-notify/watch', () => {
  it.each([{}, { TIMER_NOTIFY_WATCH: '', TIMER_NOTIFY_WATCH_HANG_AFTER: '' }])('have defaults', (env) => {
    expect(readWatchSettings(env)).toEqual({
      output: 'stderr',
      hangAfterMs: 5000,
      refused: [],
      misspelt: [],
    });
  });

  it('are off, or a file, and a duration', () => {
    const env = { TIMER_NOTIFY_WATCH: 'findings.jsonl', TIMER_NOTIFY_WATCH_HANG_AFTER: '1.5s' };
    expect(readWatchSettings(env)).toEqual({
      output: 'findings.jsonl',
      hangAfterMs: 1500,
      refused: [],
      misspelt: [],
    });
    expect(readWatchSettings({ TIMER_NOTIFY_WATCH: 'off' }).output).toBe('off');
  });

  it.each(['soon', '5000', '0s', '-1s'])('name a bad duration: %s', (text) => {
    const { hangAfterMs, refused } = readWatchSettings({ TIMER_NOTIFY_WATCH_HANG_AFTER: text });
    expect(hangAfterMs).toBe(5000);
    expect(refused.map(({ what }) => what)).toEqual([`bad TIMER_NOTIFY_WATCH_HANG_AFTER "${text}"`]);
  });

  it.each(['true', '0', 'ON', 'no-such-folder/findings.jsonl'])('name what is no file: %s', (text) => {
    const { output, refused } = readWatchSettings({ TIMER_NOTIFY_WATCH: text });
    expect(output).toBe('stderr');
    expect(refused.map(({ what }) => what)).toEqual([`bad TIMER_NOTIFY_WATCH "${text}"`]);
  });
});
