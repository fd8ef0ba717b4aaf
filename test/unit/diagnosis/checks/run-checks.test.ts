import { describe, expect, test } from 'vitest';
import { surveySetup } from '../../../../src/commands/survey-setup.ts';
import { type Check, fail, inconclusive, ok, skipped } from '../../../../src/diagnosis/checks/check.ts';
import { findingsOf, verdictOf } from '../../../../src/diagnosis/checks/findings.ts';
import { checks } from '../../../../src/diagnosis/checks/index.ts';
import { checkReport } from '../../../../src/diagnosis/checks/report.ts';
import { runChecks } from '../../../../src/diagnosis/checks/run-checks.ts';
import { selectChecks } from '../../../../src/diagnosis/checks/select-checks.ts';
import { headlineOf } from '../../../../src/report/headline/headline.ts';

const bare = (signal = new AbortController().signal) => ({
  ...surveySetup({ directory: '/', env: {}, configFile: undefined, signal }),
  lab: null,
  handler: null,
  live: null,
});

const check = (id: string, run: Check['run']): Check => ({ id, group: 'runtime', title: id, run });

describe('runChecks', () => {
  test('goes on after a check that throws', async () => {
    const table = [
      check('first', () => {
        throw new TypeError('broken check');
      }),
      check('second', () => ok('fine')),
    ];
    const done = await runChecks(table, bare(), () => {});
    expect(done.map(({ outcome }) => outcome.status)).toEqual(['crash', 'ok']);
    expect(done[0]?.outcome.seen).toContain('broken check');
  });

  test('a check that failed itself leaves the verdict open', async () => {
    const table = [
      check('first', () => {
        throw new TypeError('broken check');
      }),
      check('second', () => ok('fine')),
    ];
    const checked = await runChecks(table, bare(), () => {});
    const run = { checked, startedAt: new Date(), interrupted: false, liveWanted: false };
    const { verdict, ok: passed, findings } = checkReport(run);
    expect([verdict, passed]).toEqual(['inconclusive', false]);
    expect(findings[0]?.title).toContain('1 check could not be made: the check itself failed: broken check');
  });

  test('an interrupted check that fails is no crash', async () => {
    const interruption = new AbortController();
    const table = [
      check('first', () => {
        interruption.abort();
        throw new Error('the emulator has ended');
      }),
    ];
    expect(await runChecks(table, bare(interruption.signal), () => {})).toEqual([]);
  });

  test('is inconclusive where the way to Slack gave no answer', async () => {
    const table = [
      check('fine', () => ok('fine')),
      check('dns', () => inconclusive('EAI_AGAIN slack.com', 'connect it')),
    ];
    const checked = await runChecks(table, bare(), () => {});
    const report = checkReport({ checked, startedAt: new Date(), interrupted: false, liveWanted: false });
    expect(report).toMatchObject({ verdict: 'inconclusive', ok: false });
    expect(report.findings[0]?.evidence).toEqual(['check dns: EAI_AGAIN slack.com']);
  });

  test.each([
    [['fine', 'slack'], 'inconclusive', false],
    [['fine', 'auth'], 'inconclusive', false],
    [['fine'], 'healthy', true],
    [['fine', 'project'], 'inconclusive', false],
    [['fine', 'proxy'], 'healthy', true],
  ])('asked for %j, what could not be checked is not green: %s', async (asked, verdict, passed) => {
    const table: Check[] = [
      check('fine', () => ok('fine')),
      { ...check('auth', () => skipped('no token')), group: 'slack' },
      { ...check('bree', () => skipped('no package.json here')), group: 'project' },
      { ...check('proxy', () => skipped('none is set')), group: 'network' },
    ];
    const checked = await runChecks(table, bare(), () => {});
    const run = { checked, startedAt: new Date(), interrupted: false, liveWanted: false, asked };
    expect(checkReport(run)).toMatchObject({ verdict, ok: passed });
  });

  test.each([
    [['no package.json here', 'no package.json here'], 'Nothing was checked: no package.json here'],
    [['no package.json here', 'declared, but not installed'], 'None of these checks could be made'],
  ])('where nothing of a project was seen, the headline says so: %j', async (seen, title) => {
    const table = seen.map(
      (why, index): Check => ({ ...check(`package-${index}`, () => skipped(why)), group: 'project' }),
    );
    const checked = await runChecks(table, bare(), () => {});
    const report = checkReport({ checked, startedAt: new Date(), interrupted: false, liveWanted: false });
    expect(report).toMatchObject({ verdict: 'inconclusive', ok: false });
    expect(headlineOf(report).sentence).toBe(title);
    expect(report.findings[0]?.fix).toMatch(/^Go to the folder of your project, .*, and run them again$/);
  });

  test('an interruption before any answer leaves no verdict, and is said to have checked nothing', async () => {
    const table = [check('first', () => inconclusive('interrupted', 'run it again'))];
    for (const checked of [[], await runChecks(table, bare(), () => {})]) {
      const report = checkReport({ checked, startedAt: new Date(), interrupted: true, liveWanted: false });
      expect(report).toMatchObject({ verdict: null, ok: false });
      expect(headlineOf(report).sentence).toBe('Nothing was checked.');
    }
  });

  test('starts no further check once interrupted', async () => {
    const interruption = new AbortController();
    const table = [
      check('first', () => {
        interruption.abort();
        return ok('fine');
      }),
      check('second', () => ok('fine')),
    ];
    expect(await runChecks(table, bare(interruption.signal), () => {})).toHaveLength(1);
  });
});

describe('the table', () => {
  test('has no two checks of one id, and no id that is a group', () => {
    const words = [...checks.map(({ id }) => id), ...new Set(checks.map(({ group }) => group))];
    expect(new Set(words).size).toBe(words.length);
  });

  test('is narrowed by ids and groups, in its own order', () => {
    const ids = selectChecks(checks, ['tcp', 'runtime', 'dns']).map(({ id }) => id);
    expect(ids).toEqual(['node-version', 'undici-version', 'abort-signals', 'threadpool-size', 'dns', 'tcp']);
  });

  test('refuses an unknown check and suggests the nearest', () => {
    expect(() => selectChecks(checks, ['netwrok'])).toThrow('did you mean "network"?');
  });
});

describe('findings', () => {
  test('come from failed checks only, and the first is the verdict', async () => {
    const table = [
      check('posting', () => fail('rejected-by-slack', 'refused', 'ask')),
      check('fine', () => ok('fine')),
      check('name', () => fail('dns-not-found', 'no such host', 'spell it')),
    ];
    const findings = findingsOf(await runChecks(table, bare(), () => {}));
    expect(findings.map(({ code }) => code)).toEqual(['rejected-by-slack', 'dns-not-found']);
    expect(verdictOf(findings)).toBe('rejected-by-slack');
  });

  test('are none where nothing failed: healthy', () => {
    expect(verdictOf([])).toBe('healthy');
  });
});

describe('with no configuration and no network', () => {
  test('nothing fails: what cannot be checked is skipped', async () => {
    const done = await runChecks(checks, bare(), () => {});
    expect(done.filter(({ outcome }) => outcome.status === 'fail' || outcome.status === 'crash')).toEqual([]);
    const skippedGroups = ['network', 'slack'];
    const unconfigured = done.filter(
      ({ check: { group, id } }) => skippedGroups.includes(group) && id !== 'proxy',
    );
    expect(new Set(unconfigured.map(({ outcome }) => outcome.status))).toEqual(new Set(['skipped']));
  });
});
