import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { DeliveryHost, DeliveryOptions } from '../../../dist/delivery/strategy.js';
import { Tally } from '../../../dist/delivery/tally.js';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import { parseFaults } from '../../../dist/emulator/faults.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { type StrategyName, strategyNames } from '../../../dist/model/names.js';
import type { Notification } from '../../../dist/notification/notification.js';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const notify = (id: string): Notification => ({
  id,
  path: 'expiry',
  channel: '#general',
  text: `message ${id}`,
});
const batch = (count: number) => Array.from({ length: count }, (_, index) => notify(`n${index}`));
const idsOf = (session: Session) => session.arrivals.map(({ id }) => id);

async function openSession(...faults: string[]): Promise<Session> {
  const session = await emulator.open({ faults: parseFaults(faults) });
  onTestFinished(() => session.close());
  return session;
}

async function openHost(
  name: StrategyName,
  session: Session,
  options: Partial<DeliveryOptions> = {},
): Promise<DeliveryHost> {
  const strategy = await loadStrategy(name);
  const host = await strategy.open({
    target: { kind: 'bot', baseUrl: session.baseUrl, token: 'xoxb-test-token' },
    deadlineMs: 5000,
    connections: 8,
    queueLimit: 5000,
    ...options,
  });
  onTestFinished(() => host.close());
  return host;
}

async function startSender(name: StrategyName, host: DeliveryHost): Promise<Worker> {
  const handle = host.handle();
  const entry = new URL('../../../dist/delivery/index.js', import.meta.url).href;
  const worker = new Worker(new URL('./sending-thread.worker.mjs', import.meta.url), {
    workerData: { entry, strategy: name, handle: handle.value },
    transferList: handle.transferList,
  });
  onTestFinished(async () => void (await worker.terminate()));
  await once(worker, 'message');
  return worker;
}

async function sendFrom(worker: Worker, notifications: readonly Notification[]): Promise<SendOutcome[]> {
  worker.postMessage({ notifications });
  const [outcomes] = await once(worker, 'message');
  return outcomes;
}

describe.each(strategyNames)('%s', (name) => {
  it('delivers from the main thread', async () => {
    const session = await openSession();
    const host = await openHost(name, session);

    const outcome = await host.sender.send(notify('a'));

    expect(outcome).toMatchObject({
      status: 'delivered',
      id: 'a',
      ts: expect.stringMatching(/^\d{10}\.\d{6}$/),
    });
    await session.flush();
    expect(idsOf(session)).toEqual(['a']);
  });

  it('delivers from a background thread, and the message names that thread', async () => {
    const session = await openSession();
    const worker = await startSender(name, await openHost(name, session));

    const [outcome] = await sendFrom(worker, [notify('a')]);

    expect(outcome).toMatchObject({ status: 'delivered', id: 'a' });
    await session.flush();
    expect(session.arrivals).toMatchObject([{ id: 'a', thread: `worker-${worker.threadId}` }]);
  });

  it('delivers who a message is from, its Markdown and its metadata', async () => {
    const session = await openSession();
    const worker = await startSender(name, await openHost(name, session));
    const parent = await sendFrom(worker, [notify('parent')]);
    const threadTs = String(Object(parent[0]).ts);

    await sendFrom(worker, [
      {
        ...notify('reply'),
        text: '',
        threadTs,
        presentation: {
          markdownText: '**done**',
          replyBroadcast: true,
          username: 'Timer',
          iconEmoji: ':alarm_clock:',
          unfurlLinks: false,
        },
        metadata: { event_type: 'timer', event_payload: { kind: 'tea' } },
      },
    ]);

    const answer = await fetch(`${session.baseUrl}conversations.history`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-test-token' },
      body: new URLSearchParams({ channel: '#general', include_all_metadata: 'true', limit: '1' }),
    });
    expect(await answer.json()).toMatchObject({
      messages: [
        {
          text: '*done*',
          subtype: 'thread_broadcast',
          thread_ts: threadTs,
          username: 'Timer',
          icons: { emoji: ':alarm_clock:' },
          metadata: {
            event_type: 'timer',
            event_payload: { kind: 'tea', id: 'reply', thread: `worker-${worker.threadId}` },
          },
        },
      ],
    });
  });

  it('delivers 200 notifications sent at once from two threads, each once', async () => {
    const session = await openSession();
    const host = await openHost(name, session);
    const workers = await Promise.all([startSender(name, host), startSender(name, host)]);

    const outcomes = await Promise.all(
      workers.map((worker, index) =>
        sendFrom(
          worker,
          batch(100).map(({ id }) => notify(`${index}-${id}`)),
        ),
      ),
    );

    expect(outcomes.flat().filter(({ status }) => status !== 'delivered')).toEqual([]);
    await session.flush();
    expect(new Set(idsOf(session)).size).toBe(200);
    expect(session.arrivals).toHaveLength(200);
  });

  it('tells the sender in time that a server does not answer', async () => {
    const session = await openSession('hang');
    const host = await openHost(name, session, { deadlineMs: 1500 });
    const worker = await startSender(name, host);

    const outcomes = await Promise.all([host.sender.send(notify('a')), sendFrom(worker, [notify('b')])]);

    expect(outcomes.flat()).toMatchObject([
      { status: 'timed-out', ambiguous: true, deadlineMs: 1500 },
      { status: 'timed-out', ambiguous: true, deadlineMs: 1500 },
    ]);
  });

  it('tells that nobody listens, and that nothing was posted', async () => {
    const host = await openHost(name, await openSession('refuse'));

    expect(await host.sender.send(notify('a'))).toMatchObject({
      status: 'failed',
      code: 'refused',
      ambiguous: false,
    });
  });

  it('tells that a reset request may have been posted', async () => {
    const host = await openHost(name, await openSession('reset'));

    expect(await host.sender.send(notify('a'))).toMatchObject({
      status: 'failed',
      code: 'reset',
      ambiguous: true,
    });
  });

  it('passes Slack’s own refusal on', async () => {
    const host = await openHost(name, await openSession('ok-false:channel_not_found'));

    expect(await host.sender.send(notify('a'))).toMatchObject({
      status: 'failed',
      code: 'channel_not_found',
    });
  });

  it('settles what is in flight before it closes', async () => {
    const session = await openSession('latency:50ms');
    const host = await openHost(name, session);
    const sent = Promise.all(batch(20).map((notification) => host.sender.send(notification)));

    await host.close();

    expect((await sent).filter(({ status }) => status !== 'delivered')).toEqual([]);
    await session.flush();
    expect(session.arrivals).toHaveLength(20);
  });
});

describe.each(['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const)(
  'the queue of %s',
  (name) => {
    it('is bounded: what does not fit fails with queue-full and the rest is delivered', async () => {
      const session = await openSession('latency:20ms');
      const host = await openHost(name, session, { queueLimit: 10, connections: 2 });

      const outcomes = await Promise.all(batch(30).map((notification) => host.sender.send(notification)));

      const full = outcomes.filter((outcome) => outcome.status === 'failed' && outcome.code === 'queue-full');
      expect(full).toHaveLength(20);
      expect(outcomes.filter(({ status }) => status === 'delivered')).toHaveLength(10);
    });

    it('counts each outcome once, wherever it was decided', async () => {
      const tally = new Tally();
      const session = await openSession('latency:20ms', 'ok-false:is_archived:first-2');
      const host = await openHost(name, session, { queueLimit: 10, connections: 2, tally: tally.shared });
      const invalid = { ...notify('invalid'), text: '' };

      const outcomes = await Promise.all(
        [invalid, ...batch(20)].map((notification) => host.sender.send(notification)),
      );
      await host.close();
      outcomes.push(
        await host.sender.send(notify('late')),
        ...(await Promise.all(host.sender.sendAll(batch(3)))),
      );

      const count = (status: SendOutcome['status']) => outcomes.filter((one) => one.status === status).length;
      expect(count('failed')).toBeGreaterThan(14);
      expect(tally.read()).toMatchObject({
        delivered: count('delivered'),
        failed: count('failed'),
        timedOut: count('timed-out'),
      });
    });

    it('keeps the deadline of a request that waits behind a full pool', async () => {
      const host = await openHost(name, await openSession('hang'), { deadlineMs: 300, connections: 1 });

      const outcomes = await Promise.all(batch(10).map((notification) => host.sender.send(notification)));

      expect(outcomes.filter(({ status }) => status !== 'timed-out')).toEqual([]);
      // How many: the first request's end frees the connection, perhaps just before the next one's own deadline.
      expect(outcomes.some((outcome) => outcome.status === 'timed-out' && !outcome.ambiguous)).toBe(true);
    });
  },
);

describe('a thread that stops right after it has handed over', () => {
  it.each([
    ['shared-pool', 'exit'],
    ['shared-pool', 'park'],
    ['adaptive', 'exit'],
    ['adaptive', 'park'],
    ['bridged', 'exit'],
    ['bridged', 'park'],
  ] as const)('%s: 100 notifications arrive although the thread is to %s', async (name, then) => {
    const session = await openSession();
    const host = await openHost(name, session);
    const worker = await startSender(name, host);
    const arrived = new Promise<void>((resolve) => {
      session.onArrival(() => {
        if (session.arrivals.length === 100) resolve();
      });
    });

    worker.postMessage({ notifications: batch(100), then });
    await arrived;

    expect(new Set(idsOf(session)).size).toBe(100);
  });
});
