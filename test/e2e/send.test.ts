import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/model/report.ts';
import { type RunSettings, startTimerNotify } from './cli.ts';
import { type Serving, startServing } from './serving.ts';

const soon = ['--after', '100ms'];

let slack: Serving;
beforeAll(async () => {
  slack = await startServing();
});
afterAll(() => slack.stop());

let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'timer-notify-send-'));
  await fetch(`${slack.origin}/received`, { method: 'DELETE' });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

type Settings = Pick<RunSettings, 'env' | 'stdin' | 'detached'>;

const start = (args: readonly string[], settings: Settings = {}) =>
  startTimerNotify(['send', ...args], { cwd: directory, ...settings });
const send = (args: readonly string[], settings: Settings = {}) => start(args, settings).ended;

/** What it takes to reach the served Slack. */
function toSlack(token = 'xoxb-test-token'): NodeJS.ProcessEnv {
  return { SLACK_BOT_TOKEN: token, SLACK_API_URL: slack.baseUrl };
}

describe('timer-notify send', () => {
  it('works out of the box: to an emulator, and says why and how to reach Slack', async () => {
    const { code, stdout, stderr } = await send(soon);
    expect(stdout).toMatch(
      /^✔ confirmation delivered to C\w+ in .+, ts [\d.]+\n✔ expiry delivered to C\w+ .+\n$/,
    );
    expect(stderr).toContain('set SLACK_BOT_TOKEN');
    expect(code).toBe(0);
  });

  it('sends the confirmation and then the expiry to the channel', async () => {
    const { code } = await send([...soon, '--channel', '#timers'], { env: toSlack() });
    const messages = (await slack.received()).toReversed();
    expect(messages.map(({ text, channelName }) => [channelName, text])).toEqual([
      ['#timers', 'Timer set for 100 ms…'],
      ['#timers', '⏰ 100ms timer expired!'],
    ]);
    expect(code).toBe(0);
  });

  it('escapes the text, replies in the thread and shows the buttons', async () => {
    const flags = [
      '--text',
      'Tea <!channel>',
      '--thread-ts',
      '1503435956.000247',
      '--button',
      'Snooze=snooze:5m',
    ];
    await send([...soon, ...flags], { env: toSlack() });
    const [expiry] = await slack.received();
    expect(expiry).toMatchObject({
      text: 'Tea &lt;!channel&gt;',
      threadTs: '1503435956.000247',
      blocks: [{ type: 'section' }, { type: 'actions', elements: [{ action_id: 'snooze', value: '5m' }] }],
    });
  });

  it('posts to an incoming webhook when there is only that', async () => {
    const { code, stdout } = await send(soon, { env: { SLACK_WEBHOOK_URL: slack.webhookUrl } });
    expect(stdout).toMatch(/^✔ confirmation delivered in .*\n✔ expiry delivered in /);
    expect((await slack.received()).map(({ via }) => via)).toEqual(['webhook', 'webhook']);
    expect(code).toBe(0);
  });

  it.each([
    ['a wrong token', 'xoxb-test-invalid_auth', '#general', 'invalid_auth', 'copy the bot token'],
    ['a bad channel', 'xoxb-test-token', 'channel_not_found', 'channel_not_found', 'invite the bot'],
  ])(
    'with %s says so at once, with the remedy, and does not wait for the expiry',
    async (_what, token, channel, code, remedy) => {
      const run = await send(['--after', '1h', '--channel', channel], { env: toSlack(token) });
      expect(run.stdout).toContain(`confirmation failed: Slack refused the message (${code})`);
      expect(run.stdout).toContain(remedy);
      expect(run.stdout).toContain('expiry not sent');
      expect(run.code).toBe(1);
    },
  );

  it('with nobody listening names the failure and what to check', async () => {
    const run = await send([...soon, '--base-url', 'http://127.0.0.1:9/api/'], { env: toSlack() });
    expect(run.stderr).toContain('Sending to http://127.0.0.1:9/api/ from context');
    expect(run.stdout).toMatch(/ECONNREFUSED.*\n {2}check the URL’s host and port/);
    expect(run.code).toBe(1);
  });

  it('prints one JSON document that the published schema describes, and nothing else', async () => {
    const { stdout, stderr, code } = await send([...soon, '--json'], { env: toSlack() });
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.deliveries).toMatchObject([
      { path: 'confirmation', outcome: 'delivered', attempts: 1, circuit: 'closed' },
      { path: 'expiry', outcome: 'delivered', attempts: 1, circuit: 'closed' },
    ]);
    expect([stderr, code]).toEqual(['', 0]);
  });
});

describe('the context and the strategy', () => {
  it('show the bug in one’s own channel', async () => {
    const flags = ['--context', 'parked', '--strategy', 'detached', '--timeout', '2s'];
    const { stdout, code } = await send([...soon, ...flags], { env: toSlack() });
    expect(stdout).toMatch(/✔ confirmation delivered.*\n✖ expiry hung: .*own timeout of 2 s did not fire/);
    expect(code).toBe(1);
  });

  it('confirm an expiry whose whole process was ending', async () => {
    const { stdout, code } = await send([...soon, '--context', 'main-exiting'], { env: toSlack() });
    expect(stdout).toContain('✔ expiry delivered');
    expect(code).toBe(0);
  });

  it('go back to the behaviour before the fix with one line of configuration', async () => {
    writeFileSync(join(directory, 'timer-notify.config.yaml'), 'enable_threading_fix: false\n');
    const run = await send([...soon, '--context', 'parked', '--timeout', '2s'], { env: toSlack() });
    expect(run.stderr).toContain('with strategy detached');
    expect(run.code).toBe(1);
  });
});

describe('secrets', () => {
  it('a token on the command line is refused with the reason, and not repeated', async () => {
    const { code, stdout, stderr } = await send(['--token', 'odd-secret-value']);
    expect(stderr).toMatch(/^error: a token on the command line; every user of this machine can read it/);
    expect(stdout + stderr).not.toContain('odd-secret-value');
    expect(code).toBe(2);
  });

  it('a token is read from stdin', async () => {
    const flags = ['--token-file', '-', '--base-url', slack.baseUrl];
    expect((await send([...soon, ...flags], { stdin: 'xoxb-test-token\n' })).code).toBe(0);
    expect(await slack.received()).toHaveLength(2);
  });

  it('a dry run prints the exact requests, masked, and sends nothing', async () => {
    const { stdout, code } = await send(['--dry-run', '--channel', 'C0TIMERS'], { env: toSlack() });
    expect(stdout).toContain(`POST ${slack.baseUrl}chat.postMessage\n`);
    expect(stdout).toContain('authorization: Bearer ***');
    expect(stdout).toContain('"channel": "C0TIMERS"');
    expect(stdout).not.toContain('xoxb-test-token');
    expect([await slack.received(), code]).toEqual([[], 0]);
  });

  it('what a message says beside its text comes from flags and the configuration', async () => {
    writeFileSync(
      join(directory, 'timer-notify.config.yaml'),
      'slack:\n  username: Timer\n  unfurl_links: false\n',
    );
    const flags = [
      '--dry-run',
      '--json',
      '--markdown-text',
      '**done**',
      '--icon-emoji',
      ':tea:',
      '--unfurl-links',
    ];
    const metadata = ['--metadata', '{"event_type":"timer","event_payload":{"kind":"tea"}}'];
    const { stdout } = await send([...flags, ...metadata], { env: toSlack() });
    const { requests }: { requests: { body: string }[] } = JSON.parse(stdout);
    const [confirmation, expiry] = requests.map(({ body }) => JSON.parse(body));
    const both = { username: 'Timer', icon_emoji: ':tea:', unfurl_links: true };
    expect(confirmation).toMatchObject({ ...both, text: expect.stringContaining('10') });
    expect(confirmation).not.toHaveProperty('markdown_text');
    expect(expiry).toMatchObject({
      ...both,
      markdown_text: '**done**',
      metadata: { event_type: 'timer', event_payload: { kind: 'tea', path: 'expiry' } },
    });
  });

  it('the configuration in effect shows sources and no secret', async () => {
    writeFileSync(join(directory, 'timer-notify.config.yaml'), 'slack:\n  channel: "#file"\n');
    const { stdout, code } = await send(['--print-config'], { env: toSlack() });
    expect(stdout).toMatch(/^slack\.channel +#file +timer-notify\.config\.yaml:2$/m);
    expect(stdout).toMatch(/^SLACK_BOT_TOKEN +\*\*\* \(set\) +SLACK_BOT_TOKEN$/m);
    expect(stdout).not.toContain('xoxb-test-token');
    expect(code).toBe(0);
  });
});

describe('bad input', () => {
  it.each([
    [['--to', 'slak'], 'did you mean "slack"?'],
    [['--to', 'slack'], 'set SLACK_BOT_TOKEN'],
    [['--context', 'parkd'], 'did you mean "parked"?'],
    [['--after', '10'], 'write the unit'],
    [['--thread-ts', 'yesterday'], 'use the parent’s ts'],
    [['--reply-broadcast'], 'reply_broadcast is set without thread_ts'],
    [['--metadata', '{}'], 'it is not a JSON object with event_type and event_payload'],
    [['--button', `${'x'.repeat(76)}=a`], 'buttons[0].text has 76 characters; Slack takes at most 75'],
    [['--base-url', 'slack.com'], 'it is not an http or https URL'],
    [['--token-file', '/nowhere/token'], 'cannot read the token file'],
    [['--config', '/nowhere/config.yaml'], 'cannot read the configuration'],
  ])('%j is refused in one line with the remedy', async (args, remedy) => {
    const { code, stdout, stderr } = await send(args);
    expect(stderr).toMatch(/^error: .+; .+; .+\n$/);
    expect(stderr).toContain(remedy);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('an unknown key names the file, the line and the nearest key', async () => {
    writeFileSync(join(directory, 'timer-notify.config.yaml'), 'delivery:\n  dedline: 10s\n');
    const { code, stderr } = await send([]);
    expect(stderr).toContain('unknown key delivery.dedline in timer-notify.config.yaml:2');
    expect(stderr).toContain('did you mean "deadline"?');
    expect(code).toBe(2);
  });
});

describe('an interruption during the countdown', () => {
  it('by SIGTERM to the whole group prints what became of the timer and exits with 143', async () => {
    const { child, ended, stderrHas } = start(['--to', 'emulator', '--after', '1h'], { detached: true });
    await stderrHas('confirmation delivered');
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect(stdout).toContain('✔ confirmation delivered');
    expect(stderr).not.toContain('error:');
    expect(code).toBe(143);
  });

  it.each([
    ['1h', '1 h'],
    ['25d', '25 days'],
  ])('of %s says what happens to the timer and exits with 130', async (after, said) => {
    const { child, ended, stderrHas } = start(['--after', after], { env: toSlack() });
    await stderrHas('confirmation delivered', `it expires in ${said}`);
    // A timer that overflows expires within a ms: only time can show that it doesn't.
    await sleep(300);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(stdout).toContain('✔ confirmation delivered');
    expect(stdout).toContain('the timer ended with this process, and its expiry will not be sent');
    expect(await slack.received()).toHaveLength(1);
    expect(code).toBe(130);
  });
});

describe('behind a proxy', () => {
  let proxy: Server;
  const tunnels: string[] = [];
  beforeAll(async () => {
    proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      const { hostname, port } = new URL(slack.origin);
      const upstream = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
  });
  afterAll(() => proxy.close());

  function urlOf(server: Server): string {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  it('sends through it, though only the proxy can resolve the host', async () => {
    const env = { ...toSlack(), HTTP_PROXY: urlOf(proxy), SLACK_API_URL: 'http://slack.invalid/api/' };
    const { code, stdout } = await send(soon, { env });
    expect([code, stdout]).toEqual([0, expect.stringContaining('✔ expiry delivered')]);
    expect(new Set(tunnels)).toEqual(new Set(['slack.invalid:80']));
  });

  it('says what a proxy that asks for credentials wants', async () => {
    const closed = createServer();
    closed.on('connect', (_request, socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const env = { ...toSlack(), HTTP_PROXY: urlOf(closed), SLACK_API_URL: 'http://slack.invalid/api/' };
    const { code, stdout } = await send(soon, { env });
    closed.close();
    expect(stdout).toContain('the proxy refused the connection with HTTP 407; it asks for credentials');
    expect(code).toBe(1);
  });

  it('refuses a proxy that is no URL before anything is sent', async () => {
    const env = { ...toSlack(), HTTP_PROXY: 'proxy:3128', SLACK_API_URL: 'http://slack.invalid/api/' };
    const { code, stderr } = await send(soon, { env });
    expect(stderr).toContain('error: bad proxy in HTTP_PROXY');
    expect(code).toBe(2);
  });
});
