import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { surveySetup } from '../../../src/commands/survey-setup.ts';
import { checks } from '../../../src/diagnosis/checks/index.ts';
import { runChecks } from '../../../src/diagnosis/checks/run-checks.ts';
import { selectChecks } from '../../../src/diagnosis/checks/select-checks.ts';
import { describeInEffect } from '../../../src/options/in-effect.ts';
import { type Layer, resolve, surveyEnvironment } from '../../../src/options/layers.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'timer-notify-in-effect-'));
  writeFileSync(join(directory, 'token'), 'xoxb-test-from-file\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const inFile = (value: unknown) => ({ value, source: 'file' as const, where: 'bot.yaml:3' });
const onFlag = (value: unknown) => ({ value, source: 'flag' as const, where: '--token-file' });

function inEffect(layer: Layer, env: NodeJS.ProcessEnv = {}, onMain = false) {
  return describeInEffect(resolve([layer, surveyEnvironment(env).layer]), onMain);
}

function row(key: string, ...asked: Parameters<typeof inEffect>) {
  return inEffect(...asked).rows.find((one) => one.key === key);
}

describe('the strategy in effect', () => {
  test.each<[string, Layer, string, string]>([
    ['nothing', {}, 'shared-pool', 'default'],
    ['a strategy', { strategy: inFile('bridged') }, 'bridged', 'bot.yaml:3'],
    [
      'the fix switched off',
      { enableThreadingFix: inFile(false) },
      'detached',
      'enable_threading_fix is false (bot.yaml:3)',
    ],
    [
      'a rollout',
      { rolloutPercentage: inFile(25) },
      'shared-pool',
      'default; 75 % of the timers still use detached (bot.yaml:3)',
    ],
    [
      'a rollout and a strategy',
      { rolloutPercentage: inFile(25), strategy: inFile('adaptive') },
      'adaptive',
      'bot.yaml:3',
    ],
  ])('of %s is named with what decided', (_, layer, value, where) => {
    expect(row('delivery.strategy', layer)).toEqual({ key: 'delivery.strategy', value, where });
  });

  test('is that of the thread that sends', () => {
    const layer = { threadSafeFallback: inFile(true) };
    expect(row('delivery.strategy', layer)?.value).toBe('fetch-in-worker');
    expect(row('delivery.strategy', layer, {}, true)?.value).toBe('shared-pool');
  });

  test('reads as doctor says it', async () => {
    const env = { TIMER_NOTIFY_ROLLOUT_PERCENTAGE: '25' };
    const signal = new AbortController().signal;
    const setup = surveySetup({ directory, env, configFile: undefined, signal });
    const [checked] = await runChecks(
      selectChecks(checks, ['strategy']),
      { ...setup, lab: null, handler: null, live: null },
      () => {},
    );
    const said = row('delivery.strategy', {}, env);
    const [decision, ...others] = said?.where.split('; ') ?? [];
    expect(checked?.outcome.seen).toBe([`${said?.value} (${decision})`, ...others].join('; '));
  });
});

describe('the token in effect', () => {
  test('is set where a token file holds it, which is named, and never shown', () => {
    const file = join(directory, 'token');
    const { rows, problems } = inEffect({ tokenFile: inFile(file) });
    expect(rows).toContainEqual({ key: 'SLACK_BOT_TOKEN', value: '*** (set)', where: file });
    expect(JSON.stringify(rows)).not.toContain('from-file');
    expect(problems).toEqual([]);
  });

  test('is that of the environment beside a token file of the configuration, and not beside one of a flag', () => {
    const env = { SLACK_BOT_TOKEN: 'xoxb-test-token' };
    const file = join(directory, 'token');
    expect(row('SLACK_BOT_TOKEN', { tokenFile: inFile(file) }, env)?.where).toBe('SLACK_BOT_TOKEN');
    expect(row('SLACK_BOT_TOKEN', { tokenFile: onFlag(file) }, env)?.where).toBe(file);
  });

  test('is a problem where its file can’t be read', () => {
    const { rows, problems } = inEffect({ tokenFile: inFile(join(directory, 'none')) });
    expect(rows).toContainEqual({
      key: 'SLACK_BOT_TOKEN',
      value: null,
      where: join(directory, 'none'),
    });
    expect(problems.map(({ why }) => why)).toEqual(['there is no such file']);
  });

  test('on stdin is not read only to be shown', () => {
    expect(row('SLACK_BOT_TOKEN', { tokenFile: onFlag('-') })).toMatchObject({
      value: 'not read',
      where: 'stdin',
    });
  });
});
