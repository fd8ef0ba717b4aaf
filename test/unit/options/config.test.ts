import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError, UsageErrors } from '../../../src/errors.ts';
import { chooseStrategy } from '../../../src/options/choose-strategy.ts';
import { configJsonSchema, parseConfigFile } from '../../../src/options/config-file.ts';
import { type Layer, loadConfig, resolve, surveyConfig } from '../../../src/options/layers.ts';
import { isInRollout } from '../../../src/options/rollout.ts';
import { describeSettings } from '../../../src/options/rows.ts';

const missionFile = `enable_threading_fix: true
rollout_percentage: 25
communication:
  http_client:
    thread_safe_fallback: true
    timeout_seconds: 10
    max_retries: 2
  slack:
    use_shared_session: true
    session_pool_size: 12
`;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'timer-notify-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(env: NodeJS.ProcessEnv = {}, flags: Layer = {}, file?: string) {
  return loadConfig({ file, directory, env, flags });
}

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
}

function catching(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('the configuration', () => {
  test('is all defaults when there is nothing', () => {
    expect(load().deadlineMs).toEqual({ value: 15_000, source: 'default', where: 'default' });
  });

  test('is read from timer-notify.config.yaml, with the line of each value', () => {
    write('timer-notify.config.yaml', 'delivery:\n  # enough for us\n  deadline: 2m\n');
    expect(load().deadlineMs).toEqual({
      value: 120_000,
      source: 'file',
      where: 'timer-notify.config.yaml:3',
    });
  });

  test('is read from timer-notify.config.json', () => {
    write('timer-notify.config.json', '{\n  "slack": { "base_url": "https://slack-gov.com/api" }\n}');
    expect(load().baseUrl).toEqual({
      value: 'https://slack-gov.com/api/',
      source: 'file',
      where: 'timer-notify.config.json:2',
    });
  });

  test('is read from a config.yaml in the shape of the bot’s own configuration', () => {
    write('config.yaml', missionFile);
    const settings = load();
    expect({
      deadlineMs: settings.deadlineMs.value,
      maxRetries: settings.maxRetries.value,
      connections: settings.connections.value,
      threadSafeFallback: settings.threadSafeFallback.value,
      useSharedSession: settings.useSharedSession.value,
      rolloutPercentage: settings.rolloutPercentage.value,
    }).toEqual({
      deadlineMs: 10_000,
      maxRetries: 2,
      connections: 12,
      threadSafeFallback: true,
      useSharedSession: true,
      rolloutPercentage: 25,
    });
  });

  test('leaves another program’s config.yaml alone', () => {
    write('config.yaml', 'database: postgres\n');
    expect(load().deadlineMs.source).toBe('default');
  });

  describe('of a bot that has more to say', () => {
    const surveyed = (text: string, named?: string) => {
      const name = named ?? 'config.yaml';
      write(name, text);
      const notes: string[] = [];
      const settings = loadConfig({
        file: named === undefined ? undefined : join(directory, named),
        directory,
        env: {},
        flags: {},
        onNote: (note) => notes.push(note),
      });
      return { settings, notes };
    };
    const others = `${missionFile}    channels: [ops]\nlogging: { level: debug }\nslack: { team: T1 }\n`;

    test.each([undefined, 'bot.yaml'])(
      'its other keys are left alone, and it says which are read (%s)',
      (named) => {
        const { settings, notes } = surveyed(others, named);
        expect(settings.maxRetries.value).toBe(2);
        expect(notes).toEqual([
          expect.stringMatching(
            /^configuration: .*(config|bot)\.yaml, of which only these keys are read: .*rollout_percentage/,
          ),
        ]);
      },
    );

    test('something else under a name that only begins one of ours is not ours', () => {
      const { settings, notes } = surveyed('communication: email\nenable_threading_fix: false\n');
      expect(settings.enableThreadingFix.value).toBe(false);
      expect(notes).toEqual([
        'configuration: config.yaml, of which only these keys are read: enable_threading_fix',
      ]);
    });

    test('a name that is nearly one of ours is told', () => {
      const { notes } = surveyed('rollout_percentage: 5\nenable_threadingfix: false\n');
      expect(notes[1]).toMatch(
        /^not in effect: unknown key enable_threadingfix in config.yaml:2; .*did you mean "enable_threading_fix"/,
      );
    });

    test('a value that is not accepted is told where the file was found, and refused where it was named', () => {
      const bad = 'rollout_percentage: 120\n';
      const { settings, notes } = surveyed(bad);
      expect(settings.rolloutPercentage.source).toBe('default');
      expect(notes[1]).toMatch(/^not in effect: bad value of rollout_percentage in config.yaml:1/);
      expect(() => surveyed(bad, 'bot.yaml')).toThrow('bad value of rollout_percentage');
    });

    test('a file that is not ours and no YAML is not refused', () => {
      expect(surveyed('rollout_percentage: {{ share }}\nx: [').settings.rolloutPercentage.source).toBe(
        'default',
      );
    });
  });

  test('an empty file is no mistake', () => {
    write('timer-notify.config.yml', '# nothing yet\n');
    expect(load().deadlineMs.source).toBe('default');
  });

  test('flags win over the environment, the environment over the file', () => {
    write('timer-notify.config.yaml', 'slack:\n  channel: "#file"\n');
    const env = { TIMER_NOTIFY_CHANNEL: '#env' };
    const flag = { value: '#flag', source: 'flag' as const, where: '--channel' };
    expect(load().channel.value).toBe('#file');
    expect(load(env).channel.value).toBe('#env');
    expect(load(env, { channel: flag }).channel).toEqual(flag);
  });

  test('numbers and switches are read from the environment', () => {
    const settings = load({ TIMER_NOTIFY_RETRY_AMBIGUOUS: 'true', TIMER_NOTIFY_CONNECTIONS: '3' });
    expect([settings.retryAmbiguous.value, settings.connections.value]).toEqual([true, 3]);
  });

  test('secrets are named as set and never shown', () => {
    const settings = load({
      SLACK_BOT_TOKEN: 'xoxb-test-token',
      SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/services/T000/B000/XXXX',
    });
    expect(settings.token.value).toBe('xoxb-test-token');
    expect(JSON.stringify(describeSettings(settings))).not.toMatch(/xoxb-test|XXXX/);
    expect(describeSettings(settings)).toContainEqual({
      key: 'SLACK_BOT_TOKEN',
      value: '*** (set)',
      where: 'SLACK_BOT_TOKEN',
    });
  });
});

describe('a survey of the configuration', () => {
  test('names every fault, and shows what is right beside them', () => {
    write(
      'timer-notify.config.yaml',
      'delivery:\n  deadline: 10\n  connectoins: 4\nslack:\n  channel: "#here"\n',
    );
    const env = { TIMER_NOTIFY_CONNECTIONS: 'many' };
    const { effective, problems } = surveyConfig({ file: undefined, directory, env, flags: {} });
    expect(problems.map(({ what }) => what)).toEqual([
      'bad value of TIMER_NOTIFY_CONNECTIONS',
      'bad value of delivery.deadline in timer-notify.config.yaml:2',
      'unknown key delivery.connectoins in timer-notify.config.yaml:3',
    ]);
    expect(effective.thresholds.value).toBeNull();
    expect(effective.channel.value).toBe('#here');
    expect(effective.deadlineMs.source).toBe('default');
  });
});

describe('a mistake in the configuration', () => {
  test('is told with all the others, of the file and of the environment', () => {
    const text = 'delivery:\n  dedline: 10s\nslack:\n  channel: 3\n';
    writeFileSync(join(directory, 'timer-notify.config.yaml'), text);
    const thrown = catching(() => load({ TIMER_NOTIFY_CONNECTIONS: 'many' }));
    expect(thrown instanceof UsageErrors ? thrown.all.map(({ what }) => what) : thrown).toEqual([
      'bad value of TIMER_NOTIFY_CONNECTIONS',
      'unknown key delivery.dedline in timer-notify.config.yaml:2',
      'bad value of slack.channel in timer-notify.config.yaml:4',
    ]);
  });

  test('in one of several thresholds is told with its line, and none of them is in effect', () => {
    const entries = `bench:\n  thresholds:\n    - p99<1s\n    - p99<1\n`;
    writeFileSync(join(directory, 'timer-notify.config.yaml'), entries);
    const { effective, problems } = surveyConfig({ file: undefined, directory, env: {}, flags: {} });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^bad value of bench\.thresholds\.1 in timer-notify\.config\.yaml:4; bad threshold "p99<1": .*unit/,
      ),
    ]);
    expect(effective.thresholds.value).toBeNull();
  });

  test.each([
    ['delivery:\n  dedline: 10s', 'unknown key delivery.dedline in c.yaml:2', 'did you mean "deadline"?'],
    ['slak:\n  channel: x', 'unknown key slak in c.yaml:1', 'did you mean "slack"?'],
    [
      'communication:\n  http_client:\n    thread_safe_falback: true',
      'unknown key communication.http_client.thread_safe_falback in c.yaml:3',
      'did you mean "thread_safe_fallback"?',
    ],
    ['slack:\n  token: xoxb-test-token', 'unknown key slack.token in c.yaml:2', 'SLACK_BOT_TOKEN'],
    [
      'delivery:\n  deadline: 10',
      'bad value of delivery.deadline in c.yaml:2',
      'write the unit, for example 10ms or 10s',
    ],
    ['delivery:\n  deadline: ten', 'bad value of delivery.deadline in c.yaml:2', 'a number and a unit'],
    ['delivery:\n  strategy: pool', 'bad value of delivery.strategy in c.yaml:2', 'shared-pool'],
    [
      '\nrollout_percentage: 120',
      'bad value of rollout_percentage in c.yaml:2',
      'it must be a number from 0 to 100',
    ],
    ['slack: [', 'cannot read c.yaml:1:9; a [ or { is not closed', 'close it with ] or }'],
    ['- a list', 'bad value of the file c.yaml; it holds no keys', 'the keys are: delivery, '],
    ['delivery:\n', 'bad value of delivery in c.yaml:1', 'it needs keys below it: strategy, '],
    ['bench:\n  thresholds: p99<1s', 'bench.thresholds in c.yaml:2', 'it must be a list'],
    [
      'communication:\n  http_client:\n    timeout_seconds: ten',
      'timeout_seconds in c.yaml:3',
      'it must be a number of seconds above 0',
    ],
  ])('%j names the key, the line and the remedy', (text, where, remedy) => {
    expect(() => parseConfigFile('c.yaml', text)).toThrow(where);
    expect(() => parseConfigFile('c.yaml', text)).toThrow(remedy);
  });

  test.each([
    [
      'delivery:\n  deadline: 5s\n bad: 1',
      '3:1',
      'indented differently',
      'indent the keys of one level alike',
    ],
    ['delivery:\n\tdeadline: 5s', '2:1', 'indented with a tab', 'indent it with spaces'],
    ['slack: [1, 2\nbench: 3', '2:1', 'a [ or { is not closed', 'close it'],
    ['slack: {a: 1\nbench: 3', '2:1', 'a [ or { is not closed', 'close it'],
    ['slack: "abc\nbench: 1\n', '2:9', 'a text in quotes is not closed', 'write the quote'],
    ['slack: 1\nslack: 2', '2:1', 'the key slack is there for a second time', 'keep one of them'],
    ['slack: *x', '1:8', 'nothing before it is called &x', 'put quotes around it'],
    ['slack: a: b', '1:8', 'a second colon', 'put quotes around the value'],
    ['slack', '', 'it holds no keys', ''],
    ['slack:1\nbench: 2', '1:1', 'the line has no key', 'write it as "key: value"'],
    ['slack: @x', '1:8', 'begin with @', 'put quotes around the value'],
    ['slack: `x`', '1:8', 'begin with `', 'put quotes around the value'],
    ['slack: 1\n---\nbench: 2', '2:1', 'a second document', 'remove the line ---'],
    ['slack: "\\q"', '1:9', '\\q means nothing', 'use single quotes'],
    ['{"slack": 1 "bench": 2}', '1:11', 'no comma between', 'write one'],
    ['slack: 1\n- b', '2:1', 'a list item is among keys', 'indent it'],
    ['slack: "x"#c', '1:11', 'a # begins a comment', 'write a space before it'],
    ["slack: 'it's'", '1:12', 'the value has ended', 'put quotes around the whole'],
    ['slack: &a &b 1', '1:11', 'what is there can’t be read', 'quotes around a value'],
    ['<<<<<<< HEAD\nslack: 1\n=======\n', '1:1', 'a merge conflict', 'resolve it'],
  ])('in the YAML of %j is told once, in plain words, with its place', (text, at, why, remedy) => {
    const error = catching(() => parseConfigFile('c.yaml', text));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).not.toBeInstanceOf(UsageErrors);
    const message = error instanceof Error ? error.message : '';
    expect(message).toMatch(/^[^\n]+; [^\n]+; [^\n]+$/);
    for (const part of [at === '' ? at : `cannot read c.yaml:${at}; `, why, remedy])
      expect(message).toContain(part);
  });

  test('in aliases that stand for too much is refused, too', () => {
    const rows = ['b', 'c', 'd', 'e'].map((key, index) => {
      const before = ['a', 'b', 'c', 'd'][index];
      return `${key}: &${key} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
    });
    expect(() => parseConfigFile('c.yaml', ['a: &a [x, x, x]', ...rows].join('\n'))).toThrow(
      'its aliases (*name) expand to too much',
    );
  });

  test('in the environment names the variable', () => {
    expect(() => load({ TIMER_NOTIFY_CONNECTIONS: 'many' })).toThrow('bad value of TIMER_NOTIFY_CONNECTIONS');
  });

  test('in a webhook’s URL does not repeat it', () => {
    expect(() => load({ SLACK_WEBHOOK_URL: 'services/T000/B000/XXXX' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('XXXX') }),
    );
  });

  test('of a file that is not there says so', () => {
    expect(() => load({}, {}, join(directory, 'none.yaml'))).toThrow('cannot read the configuration');
  });
});

describe('the strategy', () => {
  const chosen = (text: string, onMainThread = false, id = 'timer-1') => {
    write('timer-notify.config.yaml', text);
    return chooseStrategy(load(), id, onMainThread).strategy;
  };

  test('is shared-pool by default', () => {
    expect(chosen('')).toBe('shared-pool');
  });

  test('goes back to detached with one line', () => {
    expect(chosen('enable_threading_fix: false')).toBe('detached');
  });

  test('is fetch-in-worker off main with thread_safe_fallback', () => {
    const text = 'communication: { http_client: { thread_safe_fallback: true } }';
    expect([chosen(text, false), chosen(text, true)]).toEqual(['fetch-in-worker', 'shared-pool']);
  });

  test('is shared-pool with use_shared_session, whatever the fallback', () => {
    expect(chosen(missionFile.replace('rollout_percentage: 25', 'rollout_percentage: 100'))).toBe(
      'shared-pool',
    );
  });

  test('named by hand wins over the switches', () => {
    expect(chosen('enable_threading_fix: false\ndelivery: { strategy: bridged }')).toBe('bridged');
  });

  test('is detached outside the rollout', () => {
    expect(chosen('rollout_percentage: 0')).toBe('detached');
  });
});

describe('the rollout', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `timer-${index}`);
  const share = (percentage: number) => ids.filter((id) => isInRollout(id, percentage)).length / ids.length;

  test.each([
    [0, 0],
    [100, 1],
  ])('of %i %% takes exactly %d of the timers', (percentage, expected) => {
    expect(share(percentage)).toBe(expected);
  });

  test('of 25 % takes about a quarter', () => {
    expect(share(25)).toBeCloseTo(0.25, 1);
  });

  test('keeps every timer when the percentage grows', () => {
    expect(ids.filter((id) => isInRollout(id, 25) && !isInRollout(id, 50))).toEqual([]);
  });

  test('answers for one timer as it did in the first release', () => {
    expect([10, 50, 90].map((percentage) => isInRollout('timer-1', percentage))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

test('the published JSON schema refuses unknown keys as the program does', () => {
  expect(configJsonSchema()).toMatchObject({
    additionalProperties: false,
    properties: { delivery: { properties: { deadline: { type: 'string' } } } },
  });
});

test('a layer that says nothing changes nothing', () => {
  expect(resolve([{}])).toEqual(resolve([]));
});
