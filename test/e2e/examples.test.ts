import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../../dist/emulator/emulator.js';
import { startEmulator } from '../../dist/emulator/start-emulator.js';
import { freePort } from '../free-port.ts';
import { noRedis, startRedis } from '../redis.ts';
import { timerNotifyWith } from './cli.ts';

/** How long a broken example is watched: its request must not have arrived by then. */
const watchedMs = 4000;
const patienceMs = 60_000;

const emulator = startEmulator();

interface Running {
  readonly slack: Session;
  readonly child: ChildProcess;
}

interface Example {
  readonly folder: string;
  /** Arrivals before and after. */
  readonly before: number;
  readonly after: number;
  /** What the doctor says before. */
  readonly cause: string;
  readonly needsRedis?: true;
  /** Both programs end, so the doctor may watch as long as they take. */
  readonly endsByItself?: true;
  /** What makes the timer run. */
  readonly trigger?: (port: number) => Promise<void>;
}

const examples: readonly Example[] = [
  { folder: 'plain-worker', before: 0, after: 1, cause: 'loop-parked' },
  { folder: 'piscina', before: 0, after: 1, cause: 'loop-parked' },
  { folder: 'bree', before: 0, after: 1, cause: 'thread-exited' },
  {
    folder: 'bullmq-sandbox',
    before: 0,
    after: 1,
    cause: 'loop-blocked',
    needsRedis: true,
    endsByItself: true,
  },
  { folder: 'node-cron', before: 0, after: 1, cause: 'process-exited' },
  { folder: 'bolt', before: 1, after: 2, cause: 'loop-parked', trigger: typeCommand },
];

const pathOf = (folder: string, file: string) =>
  fileURLToPath(new URL(`../../fixtures/examples/${folder}/${file}.mjs`, import.meta.url));

async function openSlack(): Promise<Session> {
  const slack = await (await emulator).open({});
  onTestFinished(() => slack.close());
  return slack;
}

async function environment(slack: Session, { needsRedis }: Pick<Example, 'needsRedis'>, port: number) {
  return {
    SLACK_API_URL: slack.baseUrl,
    SLACK_BOT_TOKEN: 'xoxb-test-token',
    SLACK_SIGNING_SECRET: signingSecret,
    PORT: String(port),
    ...(needsRedis === true ? { REDIS_URL: await startRedis() } : {}),
  };
}

async function start(example: Example, file: 'before' | 'after'): Promise<Running> {
  const slack = await openSlack();
  const port = await freePort();
  const child = spawn(process.execPath, [pathOf(example.folder, file)], {
    env: { PATH: process.env.PATH, ...(await environment(slack, example, port)) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await example.trigger?.(port);
  return { slack, child };
}

/** Resolves when so many have arrived, or when the patience is over. */
async function arrivals(slack: Session, count: number): Promise<number> {
  const enough = new Promise<void>((resolve) => {
    const look = () => slack.arrivals.length >= count && resolve();
    slack.onArrival(look);
    look();
  });
  const patience = new AbortController();
  await Promise.race([enough, sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  await slack.flush();
  return slack.arrivals.length;
}

const signingSecret = 'test-signing-secret';

/** What Slack sends when somebody types the command: https://docs.slack.dev/authentication/verifying-requests-from-slack */
async function typeCommand(port: number): Promise<void> {
  const body = new URLSearchParams({
    command: '/timer',
    channel_id: 'C0000000001',
    user_id: 'U1',
    team_id: 'T1',
  }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  const request = {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
    body,
  };
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/slack/events`, request).catch(() => null);
    if (response !== null) return;
    if (performance.now() > endsAt) throw new Error('the bot does not listen');
    await sleep(50);
  }
}

describe.each(examples)('the example $folder', (example) => {
  const skipped = example.needsRedis === true && noRedis !== null;

  it.skipIf(skipped)('loses its expiry notification before', async () => {
    const { slack, child } = await start(example, 'before');
    await Promise.race([once(child, 'exit'), sleep(watchedMs)]);
    await slack.flush();
    expect(slack.arrivals).toHaveLength(example.before);
  });

  it.skipIf(skipped)('delivers it after', async () => {
    const { slack } = await start(example, 'after');
    expect(await arrivals(slack, example.after)).toBe(example.after);
  });

  it.skipIf(skipped)('is diagnosed before, and healthy after', async () => {
    const verdicts = await Promise.all(
      (['before', 'after'] as const).map(async (file) => {
        const port = await freePort();
        const env = await environment(await openSlack(), example, port);
        const command = ['--', process.execPath, pathOf(example.folder, file)];
        const timeout = example.endsByItself === true ? '40s' : '15s';
        const [{ stdout }] = await Promise.all([
          timerNotifyWith(env, 'doctor', '--json', '--timeout', timeout, ...command),
          example.trigger?.(port),
        ]);
        const report: { verdict: string } = JSON.parse(stdout);
        return report.verdict;
      }),
    );
    expect(verdicts).toEqual([example.cause, 'healthy']);
  });
});

describe.skipIf(noRedis !== null)('timers in BullMQ, run by several processes', () => {
  it('lose nothing when a process is killed in mid-flight', async () => {
    const slack = await (await emulator).open({ faults: [{ kind: 'latency', ms: 300 }] });
    const env = { ...(await environment(slack, { needsRedis: true }, 0)), PATH: process.env.PATH };
    const startOne = () => {
      const child = spawn(process.execPath, [pathOf('bullmq-deployment', 'expiry.process')], {
        env,
        stdio: 'ignore',
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const doomed = startOne();
    const ids = Array.from({ length: 30 }, (_, n) => `timer-${n}`);
    const timers = ids.map((id) => ({ id, durationMs: 500, channel: '#general', text: 'Timer expired' }));
    const source = `const { setTimers } = await import(process.argv[1]); await setTimers(JSON.parse(process.argv[2]));`;
    const arguments_ = [
      '--input-type=module',
      '-e',
      source,
      pathOf('bullmq-deployment', 'set-timer'),
      JSON.stringify(timers),
    ];
    await once(spawn(process.execPath, arguments_, { env, stdio: 'ignore' }), 'exit');
    await arrivals(slack, 7);
    doomed.kill('SIGKILL');
    startOne();
    startOne();
    const distinct = () => new Set(slack.arrivals.map(({ id }) => id));
    const endsAt = performance.now() + patienceMs;
    while (distinct().size < ids.length && performance.now() < endsAt) await sleep(50);
    expect([...distinct()].sort()).toEqual([...ids].sort());
  });
});

if (noRedis !== null) it.skip(`the examples with BullMQ: ${noRedis}`, () => {});
