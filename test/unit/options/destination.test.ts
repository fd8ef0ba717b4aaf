import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseDestination } from '../../../src/options/destination.ts';
import { type Layer, resolve, surveyEnvironment } from '../../../src/options/layers.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'timer-notify-token-'));
  writeFileSync(join(directory, 'token'), 'xoxb-test-from-file\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const token = { SLACK_BOT_TOKEN: 'xoxb-test-token' };
const webhook = { SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/services/T000/B000/XXXX' };
const settings = (env: NodeJS.ProcessEnv, flags: Layer = {}) =>
  resolve([flags, surveyEnvironment(env).layer]);
const tokenFile = (file: string): Layer => ({
  tokenFile: { value: file, source: 'flag', where: '--token-file' },
});

describe('the destination', () => {
  test('is the emulator when there is no secret, and says why', () => {
    expect(chooseDestination(undefined, settings({}))).toEqual({
      kind: 'emulator',
      because: expect.stringContaining('SLACK_BOT_TOKEN'),
    });
  });

  test('is Slack when there is a token, even beside a webhook', () => {
    expect(chooseDestination(undefined, settings({ ...token, ...webhook }))).toMatchObject({
      kind: 'slack',
      target: { token: 'xoxb-test-token', baseUrl: 'https://slack.com/api/' },
    });
  });

  test('is the webhook when there is only that', () => {
    expect(chooseDestination(undefined, settings(webhook))).toMatchObject({ kind: 'webhook' });
  });

  test('is the emulator when asked for, whatever secrets there are', () => {
    expect(chooseDestination('emulator', settings(token))).toEqual({ kind: 'emulator', because: null });
  });

  test('takes the token from the file named on the command line before the environment’s', () => {
    const flags = tokenFile(join(directory, 'token'));
    expect(chooseDestination(undefined, settings(token, flags))).toMatchObject({
      target: { token: 'xoxb-test-from-file' },
    });
  });

  test.each([
    ['slack', 'set SLACK_BOT_TOKEN'],
    ['webhook', 'set SLACK_WEBHOOK_URL'],
  ] as const)('%s without its secret is refused with the remedy', (asked, remedy) => {
    expect(() => chooseDestination(asked, settings({}))).toThrow(remedy);
  });

  test.each([
    [undefined, {}, 'set SLACK_BOT_TOKEN'],
    [undefined, webhook, 'a webhook has an address of its own'],
    ['webhook', webhook, 'a webhook has an address of its own'],
    ['emulator', token, 'leave out --base-url'],
  ] as const)('%s with %j and a --base-url of no effect is refused', (asked, env, said) => {
    const flags: Layer = {
      baseUrl: { value: 'http://127.0.0.1:9/api/', source: 'flag', where: '--base-url' },
    };
    expect(() => chooseDestination(asked, settings(env, flags))).toThrow(said);
  });

  test('with a token file that is not there is refused', () => {
    const flags = tokenFile(join(directory, 'none'));
    expect(() => chooseDestination(undefined, settings({}, flags))).toThrow('cannot read the token file');
  });
});
