import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { botAt, webApi } from '../unit/diagnosis/checks/surroundings.ts';
import { type Run, startTimerNotify } from './cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `doctor` in an empty project where nothing is configured but `env`. */
function doctor(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return startTimerNotify(['doctor', ...args], { cwd: folder, env }).ended;
}

function reportOf({ stdout }: Run): Report {
  const report: Report = JSON.parse(stdout);
  return report;
}

function rowOf(run: Run, id: string): CheckReport | undefined {
  return reportOf(run).checks?.find((check) => check.id === id);
}

describe('timer-notify doctor without a program', () => {
  it('is healthy offline with no configuration: what cannot be checked is skipped', async () => {
    const run = await doctor(['--json']);
    expect(reportOf(run)).toMatchObject({ kind: 'doctor', verdict: 'healthy', ok: true, findings: [] });
    expect(run.code).toBe(0);
    expect(rowOf(run, 'auth')?.status).toBe('skipped');
    expect(rowOf(run, 'delivery-parked')?.status).toBe('ok');
  });

  it('fails where the configured strategy loses the expiry of a parked thread', async () => {
    const run = await doctor(['--json', '--check', 'delivery-parked'], { TIMER_NOTIFY_STRATEGY: 'detached' });
    expect(reportOf(run)).toMatchObject({ verdict: 'loop-parked', ok: false });
    expect(rowOf(run, 'delivery-parked')).toMatchObject({
      status: 'fail',
      seen: expect.stringContaining('expiry hung'),
    });
    expect(run.code).toBe(1);
  });

  it('says that a token is refused, and by whom', async () => {
    await using api = await webApi({ 'auth.test': { ok: false, error: 'token_revoked' } });
    const run = await doctor(['--json', '--check', 'slack,network'], botAt(api));
    expect(reportOf(run)).toMatchObject({ verdict: 'rejected-by-slack', ok: false });
    expect(rowOf(run, 'first-byte')?.status).toBe('ok');
    expect(run.stdout).not.toContain('xoxb-test-token');
  });

  it('posts nothing without --live, and one message with it', async () => {
    await using api = await webApi({
      'auth.test': { ok: true, user: 'timerbot', team: 'Acme' },
      'chat.postMessage': { ok: true, channel: 'C0123456789', ts: '1700000000.000100' },
    });
    const [without, live] = [
      await doctor(['--json', '--check', 'live'], botAt(api)),
      await doctor(['--json', '--check', 'live', '--live'], botAt(api)),
    ];
    expect(rowOf(without, 'live')?.status).toBe('skipped');
    expect(rowOf(live, 'live')).toMatchObject({ status: 'ok', seen: expect.stringContaining('delivered') });
  });

  it('diagnoses a broken configuration file instead of stopping at it', async () => {
    writeFileSync(join(folder, 'timer-notify.config.yaml'), 'delivery:\n  stratgy: shared-pool\n');
    const run = await doctor(['--json', '--check', 'configuration']);
    expect(rowOf(run, 'config-file')).toMatchObject({
      status: 'fail',
      seen: expect.stringContaining('timer-notify.config.yaml:2'),
      fix: 'did you mean "strategy"?',
    });
    expect(rowOf(run, 'strategy')?.status).toBe('skipped');
    // As every other command ends with it.
    expect(run.code).toBe(2);
  });

  it('prints for a person, within 80 columns, on stdout alone', async () => {
    const { stdout, stderr } = await doctor(['--check', 'runtime,configuration', '--quiet'], {
      COLUMNS: '80',
    });
    expect(stdout).toMatch(/^(✔ healthy\n|⚠ healthy )/);
    expect(stderr).toBe('');
  });

  it('has found nothing healthy where no check could be made, or the test message was not posted', async () => {
    const [unconfigured, notPosted] = [
      await doctor(['--json', '--live', '--check', 'slack,token']),
      await doctor(['--json', '--live', '--check', 'slack,runtime']),
    ];
    for (const run of [unconfigured, notPosted]) {
      expect(reportOf(run)).toMatchObject({ verdict: 'inconclusive', ok: false });
      expect(run.code).toBe(1);
    }
    expect(rowOf(notPosted, 'live')?.seen).toBe('no token or webhook is configured');
  });

  it.each([
    [['--handler', 'x.js', '--', 'node', 'x.js'], '--handler together with a program after --'],
    [['--check', 'slack', '--', 'node', 'x.js'], '--check together with a program after --'],
    [['--pid', '1', '--live'], '--live together with --pid; it posts to the configured channel'],
    [['--name', 'bot', '--check', 'slack'], '--check together with --name; it chooses among the checks'],
    [['--name', 'bot', '--pid', '1'], '--name together with --pid; each of them says which process'],
    [['--name', ''], '--name is empty; '],
    [['--pid', 'bot.mjs'], 'bad process id "bot.mjs"; '],
    [['--pid', '1', '--handler', 'x.js'], '--handler together with --pid; each of them says what to look at'],
    [['--pid', '1', '--', 'node', 'x.js'], '--pid together with a program after --; each of them'],
    [
      ['--name', 'bot', '--follow', '--', 'node', 'x.js'],
      '--name together with a program after --; each of them says what to look at, and doctor looks at one thing at a time; leave out --name, or the program',
    ],
    [
      ['--pid', '1', '--follow'],
      '--follow has no program; it goes with a program that doctor starts, and --pid and --name look into a process that runs already',
    ],
    [['--interval', '1s'], '--interval has no process; it goes with --pid or --name'],
    [
      ['--handler', 'x.js', '--check', 'slack'],
      'unknown check "slack"; the only group here is handler; timer-notify doctor --handler x.js --list',
    ],
    [['--handler', 'x.js', '--live'], '--live together with --handler'],
    [['--follow'], '--follow has no program'],
    [['--timeout', '5s'], '--timeout has no program'],
    [['--pid', '1', '--hang-after', '1s'], '--hang-after has no program'],
    [['--handler', 'x.js', '--match', 'slack'], '--match has no program'],
    [['--follow', '--timeout', '5s', '--', 'node', 'x.js'], '--timeout together with --follow'],
    [['--interval', '1s', '--', 'node', 'x.js'], '--interval together with a program after --'],
    [
      ['--fail-on-finding', '--', 'node', 'x.js'],
      '--fail-on-finding without --follow; without --follow, a finding makes the exit code 1 anyway',
    ],
  ])(
    '%j looks at two things at once, or has an option without effect, which is wrong usage',
    async (args, message) => {
      const { stderr, code } = await doctor(args);
      expect(stderr).toContain(`error: ${message}`);
      expect(code).toBe(2);
    },
  );

  it('refuses an empty command behind --', async () => {
    const { stderr, code } = await doctor(['--']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('error: "--" has no command after it')]);
  });

  it.each([
    ['node', 'nope.js'],
    ['python3', 'nope.py'],
  ])(
    'refuses a program of %s whose file is not there with one line, before that is started',
    async (runtime, file) => {
      const { stderr, code } = await doctor(['--', runtime, file]);
      const [line = '', ...rest] = stderr.split('\n');
      expect(line).toContain(
        `error: cannot start "${runtime} ${file}"; there is no file ${join(folder, file)}; check the path`,
      );
      expect([rest, code]).toEqual([[''], 2]);
    },
  );

  it('says what runs a source file that is named as the command', async () => {
    const file = fileURLToPath(new URL('../../fixtures/apps/healthy-slack-sdk.mjs', import.meta.url));
    const { stderr, code } = await doctor(['--', file]);
    expect(stderr).toContain(
      `it is a file, not a command; did you mean: timer-notify doctor -- node ${file}`,
    );
    expect(code).toBe(2);
  });

  it('writes its list where -o says, in a folder that it makes, and says so', async () => {
    const { stderr, code } = await doctor(['--list', '-o', 'reports/list.json']);
    expect([code, stderr]).toEqual([0, 'wrote reports/list.json\n']);
    expect(JSON.parse(readFileSync(join(folder, 'reports/list.json'), 'utf8'))).toMatchObject({ ok: true });
    expect((await doctor(['--list', '-o', 'list.html'])).stderr).toContain('is written as JSON only');
  });

  it('--list shows every check and runs none', async () => {
    const { stdout, code } = await doctor(['--list', '--check', 'network']);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'dns',
      'tcp',
      'tls',
      'first-byte',
      'clock',
      'proxy',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('an unknown check is wrong usage, with the nearest right word', async () => {
    const { stderr, code } = await doctor(['--check', 'netwrok']);
    expect(stderr).toContain('error: unknown check "netwrok"');
    expect(stderr).toContain('did you mean "network"?');
    expect(code).toBe(2);
  });

  it('a configuration file that is named and not there is wrong usage', async () => {
    const { stderr, code } = await doctor(['--config', 'nowhere.yaml']);
    expect(stderr).toContain('nowhere.yaml');
    expect(code).toBe(2);
  });
});
