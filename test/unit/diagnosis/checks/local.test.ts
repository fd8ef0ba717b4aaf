import { describe, expect, test } from 'vitest';
import { isBefore } from '../../../../src/diagnosis/checks/version.ts';
import { UsageErrors } from '../../../../src/errors.ts';
import { seenBy } from './surroundings.ts';

const manifest = (name: string, version: string) => JSON.stringify({ name, version });
const uses = (name: string) => JSON.stringify({ dependencies: { [name]: '*' } });

describe('runtime', () => {
  test('a package of undici with a known fault is named, with the version that mends it', async () => {
    const report = await seenBy('undici-version', {
      files: { 'node_modules/undici/package.json': manifest('undici', '8.1.0') },
    });
    expect(report).toMatchObject({ status: 'warn', fix: expect.stringContaining('8.3.0') });
  });

  test('a thread pool smaller than the default is worth a word', async () => {
    expect(await seenBy('threadpool-size', { env: { UV_THREADPOOL_SIZE: '1' } })).toMatchObject({
      status: 'warn',
    });
    expect(await seenBy('threadpool-size', { env: { UV_THREADPOOL_SIZE: '16' } })).toMatchObject({
      status: 'ok',
    });
    expect(await seenBy('threadpool-size', { env: { UV_THREADPOOL_SIZE: 'many' } })).toMatchObject({
      status: 'warn',
    });
  });

  test('AbortSignal.any is measured in a Node of its own', async () => {
    expect((await seenBy('abort-signals', {})).status).toMatch(/^(ok|warn)$/);
  });

  test.each([
    ['5.28.4', '5.29.0', true],
    ['5.29.0', '5.29.0', false],
    ['10.0.0', '9.9.9', false],
    ['v20.19.0', '20.20.0', true],
    ['8.3.0-rc.1', '8.3.0', false],
  ])('%s before %s: %s', (version, other, expected) => {
    expect(isBefore(version, other)).toBe(expected);
  });
});

describe('project', () => {
  test.each([
    ['5.1.0', "atomics: 'disabled'"],
    ['4.0.0', 'useAtomics: false'],
  ])(
    'Piscina %s parks its idle workers, and the fix is the option of that version',
    async (version, option) => {
      const report = await seenBy('package-piscina', {
        files: {
          'package.json': uses('piscina'),
          'node_modules/piscina/package.json': manifest('piscina', version),
        },
      });
      expect(report).toMatchObject({ status: 'warn', fix: expect.stringContaining(option) });
    },
  );

  test.each([
    ['{}', 'ok', 'not declared in package.json'],
    [uses('bree'), 'skipped', 'declared, but not installed'],
    ['{', 'inconclusive', 'it is not a JSON object'],
    ['[]', 'inconclusive', 'it is not a JSON object'],
  ])('a package.json of %s: %s', async (text, status, seen) => {
    const report = await seenBy('package-bree', { files: { 'package.json': text } });
    expect(report).toMatchObject({ status, seen: expect.stringContaining(seen) });
  });

  test('without a package.json nothing of a project is seen', async () => {
    expect(await seenBy('package-bree', {})).toMatchObject({
      status: 'skipped',
      seen: 'no package.json here',
    });
  });

  test('a package that only a dependency brings along is not the project’s', async () => {
    const report = await seenBy('package-tinypool', {
      files: { 'package.json': '{}', 'node_modules/tinypool/package.json': manifest('tinypool', '2.0.0') },
    });
    expect(report.status).toBe('skipped');
  });
});

describe('configuration', () => {
  test('a bad file fails with its key and line', async () => {
    const report = await seenBy('config-file', {
      files: { 'timer-notify.config.yaml': 'delivery:\n  strategy: shared-pole\n' },
    });
    expect(report).toMatchObject({
      status: 'fail',
      seen: expect.stringContaining('timer-notify.config.yaml:2'),
    });
  });

  test('a misspelt variable is named, with the one that was meant', async () => {
    const report = await seenBy('environment', { env: { TIMER_NOTIFY_STRATGY: 'bridged' } });
    expect(report).toMatchObject({ status: 'warn', fix: 'did you mean TIMER_NOTIFY_STRATEGY?' });
  });

  test('bad variables are wrong usage, each by its name', async () => {
    const env = { TIMER_NOTIFY_MAX_RETRIES: 'often', TIMER_NOTIFY_WATCH: 'on', SLACK_API_URL: 'slack' };
    const refused: unknown = await seenBy('environment', { env }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UsageErrors);
    expect(refused instanceof UsageErrors ? refused.all.map(({ what }) => what) : []).toEqual([
      'bad value of TIMER_NOTIFY_MAX_RETRIES',
      'bad value of SLACK_API_URL',
      'bad TIMER_NOTIFY_WATCH "on"',
    ]);
  });

  test('a file with several faults fails by all of them', async () => {
    const text = 'delivery:\n  stratgy: bridged\n  max_retries: often\n';
    const report = await seenBy('config-file', { files: { 'timer-notify.config.yaml': text } });
    expect(report.seen).toMatch(
      /max_retries in timer-notify\.config\.yaml:3: .*; unknown key delivery\.stratgy/,
    );
    expect(report.fix).toContain('did you mean "strategy"?');
  });

  test('the strategy that is the bug is worth a word', async () => {
    expect(await seenBy('strategy', { env: { TIMER_NOTIFY_STRATEGY: 'detached' } })).toMatchObject({
      status: 'warn',
    });
    expect(await seenBy('strategy', {})).toMatchObject({
      status: 'ok',
      seen: expect.stringContaining('shared-pool'),
    });
  });

  test('a partial rollout says how many timers are still lost', async () => {
    const report = await seenBy('strategy', { env: { TIMER_NOTIFY_ROLLOUT_PERCENTAGE: '25' } });
    expect(report).toMatchObject({ status: 'warn', seen: expect.stringContaining('75 %') });
  });

  test.each([
    ['xoxb-test-token', 'ok'],
    ['xoxp-test-token', 'warn'],
    ['secret', 'warn'],
    ['xapp-1-test', 'fail'],
    ['xoxb-two words', 'fail'],
  ])('token %s: %s', async (token, status) => {
    const report = await seenBy('token', { env: { SLACK_BOT_TOKEN: token } });
    expect(report.status).toBe(status);
    expect(JSON.stringify(report)).not.toContain(token);
  });

  test('a token file that is not there fails by its name', async () => {
    const report = await seenBy('token', {
      files: { 'timer-notify.config.yaml': 'slack:\n  token_file: ./no-such-file\n' },
    });
    expect(report).toMatchObject({ status: 'fail', seen: expect.stringContaining('./no-such-file') });
  });

  test.each([
    ['C0123456789', 'ok'],
    ['#general', 'warn'],
    ['not a channel!', 'fail'],
  ])('channel %s: %s', async (channel, status) => {
    const env = { SLACK_BOT_TOKEN: 'xoxb-test-token', TIMER_NOTIFY_CHANNEL: channel };
    expect(await seenBy('channel', { env })).toMatchObject({ status });
  });
});
