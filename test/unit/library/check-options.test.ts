import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkOptions } from '../../../src/library/check-options.ts';

const token = 'xoxb-test-token';

describe('a notifier’s options', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('need no more than a token', () => {
    expect(checkOptions({ token })).toMatchObject({
      name: 'default',
      strategy: 'shared-pool',
      delivery: {
        target: { kind: 'bot', token, baseUrl: 'https://slack.com/api/' },
        deadlineMs: 15_000,
        resilience: {
          maxRetries: 3,
          retryAmbiguous: false,
          rate: { perS: 1, burst: 4 },
          breaker: { failures: 5 },
        },
      },
    });
  });

  it('take a base URL with and without its last slash', () => {
    const baseUrl = 'http://127.0.0.1:3000/api';
    const { target } = checkOptions({ token, baseUrl }).delivery;
    expect(target).toEqual(checkOptions({ token, baseUrl: new URL(`${baseUrl}/`) }).delivery.target);
  });

  it('take the base URL of the environment where none is passed', () => {
    const baseUrl = 'http://127.0.0.1:3000/api/';
    vi.stubEnv('SLACK_API_URL', baseUrl);
    expect(checkOptions({ token }).delivery.target).toMatchObject({ baseUrl });
    const passed = { token, baseUrl: 'http://127.0.0.1:4000/' };
    expect(checkOptions(passed).delivery.target).toMatchObject(passed);
    vi.stubEnv('SLACK_API_URL', 'nonsense');
    expect(() => checkOptions({ token })).toThrow('SLACK_API_URL must be an http or https URL');
  });

  it('take null for no circuit breaker', () => {
    expect(checkOptions({ token, breaker: null }).delivery.resilience.breaker).toBeNull();
  });

  it.each<[unknown, string]>([
    [undefined, 'createNotifier takes an object; got nothing'],
    [{}, 'pass either token (a bot token, xoxb-…) or webhookUrl; got neither'],
    [{ token, webhookUrl: 'https://hooks.slack.com/services/T000/B000/XXXX' }, 'got both'],
    [{ token: 7 }, 'token must be a bot token (xoxb-…); got a number'],
    [{ token: 'xapp-1-test' }, 'an app-level token'],
    [{ webhookUrl: 'hooks.slack.com' }, 'webhookUrl must be an http or https URL'],
    [{ token, baseUrl: 'ftp://slack' }, 'baseUrl must be an http or https URL'],
    [{ token, deadline: 5 }, 'createNotifier takes no option deadline; did you mean deadlineMs?'],
    [{ token, deadlineMs: '15s' }, 'deadlineMs must be a number from 1 to 2147483647; got "15s"'],
    [{ token, deadlineMs: 2 ** 31 }, 'deadlineMs must be a number from 1 to 2147483647; got 2147483648'],
    [{ token, connections: 1.5 }, 'connections must be a whole number; got 1.5'],
    [{ token, strategy: 'detached' }, 'detached is the bug'],
    [{ token, strategy: 'pool' }, 'strategy must be one of fetch-in-worker, bridged, shared-pool, adaptive'],
    [{ token, retryAmbiguous: 'yes' }, 'retryAmbiguous must be true or false; got "yes"'],
    [{ token, rate: { perSecond: 1 } }, 'rate takes no option perSecond'],
    [
      { token, alerts: { completionBelow: 95 } },
      'alerts.completionBelow must be a number from 0 to 1; got 95',
    ],
    [{ token, ioThread: 1 }, 'ioThread must be a path or a file URL; got a number'],
    [{ token, ioThreads: 9 }, 'ioThreads must be a number from 1 to 8; got 9'],
    [{ token, ioThreads: 2 }, 'ioThreads above 1 works with the strategy adaptive only; got "shared-pool"'],
    [{ token, durable: 1 }, 'durable must be a path or a file URL; got a number'],
    [
      { token, durable: 'journal', strategy: 'bridged' },
      'durable works with the strategies shared-pool and adaptive; got "bridged"',
    ],
  ])('%j are refused: %s', (options, message) => {
    expect(() => Reflect.apply(checkOptions, null, [options])).toThrow(TypeError);
    expect(() => Reflect.apply(checkOptions, null, [options])).toThrow(message);
    expect(() => Reflect.apply(checkOptions, null, [options])).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  it('never show a secret in an error', () => {
    const secret = 'xoxb-test token';
    expect(() => checkOptions({ token: secret })).toThrow(expect.not.stringContaining(secret));
  });
});
