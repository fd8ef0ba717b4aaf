import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { attachNotifier, createNotifier, type Message, type Notifier, type SettledEvent } from 'timer-notify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { arrivedIds, openNotifier, openSlack } from './emulated.ts';

const message = (id: string): Message => ({ id, channel: '#general', text: 'Timer expired' });
const messages = (count: number) => Array.from({ length: count }, (_, n) => message(`m${n}`));

const fileOf = (name: string) => new URL(`./threads/${name}.mjs`, import.meta.url);

interface WorkerPlan {
  readonly file?: string;
  readonly from?: unknown;
  readonly messages?: readonly Message[];
  readonly then?: 'park' | 'exit';
}

function startWorker({ file = 'send', messages = [message('m')], ...rest }: WorkerPlan): Worker {
  const worker = new Worker(fileOf(file), { workerData: { messages, ...rest } });
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

async function startWithHandle(notifier: Notifier, plan: WorkerPlan): Promise<Worker> {
  const { value, transferList } = notifier.handle();
  const worker = new Worker(fileOf(plan.file ?? 'send'), {
    workerData: { messages: [message('m')], ...plan, from: value },
    transferList,
  });
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

/** Resolves when the notifier has settled so many. */
async function settled(notifier: Notifier, count: number): Promise<void> {
  while (notifier.stats().delivered + notifier.stats().failed < count)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a notifier', () => {
  it('delivers from the thread that created it', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack);
    const outcome = await notifier.send({ channel: '#general', text: 'Timer expired' });
    expect(outcome).toMatchObject({
      status: 'delivered',
      attempts: 1,
      ts: expect.stringMatching(/^\d+\.\d+$/),
    });
    expect(await arrivedIds(slack)).toEqual([outcome.id]);
  });

  it.each(['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const)(
    'delivers from a worker with strategy %s',
    async (strategy) => {
      const slack = await openSlack();
      const notifier = await openNotifier(slack, { strategy });
      await once(await startWithHandle(notifier, { messages: messages(20) }), 'exit');
      expect(await arrivedIds(slack)).toHaveLength(20);
    },
  );

  it.each(['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const)(
    'delivers many at once with strategy %s, and tells the outcomes in their order',
    async (strategy) => {
      const slack = await openSlack();
      const notifier = await openNotifier(slack, { strategy });
      const outcomes = await notifier.sendAll([message('a'), { text: 'to nowhere' }, message('b')]);
      expect(outcomes).toMatchObject([
        { id: 'a', status: 'delivered' },
        { status: 'failed', code: 'invalid-notification' },
        { id: 'b', status: 'delivered' },
      ]);
      expect(notifier.stats()).toMatchObject({ sent: 3, delivered: 2, failed: 1, inFlight: 0 });
      expect(await arrivedIds(slack)).toEqual(['a', 'b']);
    },
  );

  it('delivers many at once with a journal, as far as the queue has room', async () => {
    const slack = await openSlack();
    const folder = mkdtempSync(join(tmpdir(), 'timer-notify-library-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const notifier = await openNotifier(slack, { durable: join(folder, 'journal'), queueLimit: 3 });
    const outcomes = await notifier.sendAll(messages(5));
    expect(outcomes.map((outcome) => (outcome.status === 'failed' ? outcome.code : outcome.id))).toEqual([
      'm0',
      'm1',
      'm2',
      'queue-full',
      'queue-full',
    ]);
    expect(notifier.stats()).toMatchObject({ sent: 5, delivered: 3, failed: 2, inFlight: 0 });
    await notifier.close();
  });

  it('delivers through an incoming webhook', async () => {
    const slack = await openSlack();
    const notifier = await createNotifier({ webhookUrl: slack.webhookUrl });
    expect(await notifier.send({ text: 'Timer expired' })).toMatchObject({ status: 'delivered', ts: null });
    await notifier.close();
  });

  it('is found by a worker that has no handle', async () => {
    const slack = await openSlack();
    await openNotifier(slack);
    await once(startWorker({}), 'exit');
    expect(await arrivedIds(slack)).toEqual(['m']);
  });

  it('is found by its name among others, from a nested worker', async () => {
    const [mine, others] = [await openSlack(), await openSlack()];
    await openNotifier(others, { name: 'others' });
    await openNotifier(mine, { name: 'mine' });
    await once(startWorker({ file: 'nest', from: 'mine' }), 'exit');
    expect([await arrivedIds(mine), await arrivedIds(others)]).toEqual([['m'], []]);
  });

  it('is found in the thread that created it', async () => {
    const slack = await openSlack();
    await openNotifier(slack);
    const attached = await attachNotifier();
    expect(await attached.send(message('m'))).toMatchObject({ status: 'delivered' });
    await attached.close();
  });

  it('delivers from Piscina’s tasks', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack);
    const pool = new Piscina({ filename: fileOf('send.task').href, maxThreads: 2 });
    await Promise.all(
      messages(10).map((one) => {
        const { value, transferList } = notifier.handle();
        const task = { handle: value, message: one };
        return pool.run(task, { name: 'withHandle', transferList: [...transferList] });
      }),
    );
    await pool.destroy();
    expect(await arrivedIds(slack)).toHaveLength(10);
  });

  it.each(['park', 'exit'] as const)(
    'delivers what a thread handed over before its %s, and counts it',
    async (then) => {
      const slack = await openSlack();
      const notifier = await openNotifier(slack);
      await startWithHandle(notifier, { messages: messages(50), then });
      await settled(notifier, 50);
      expect(notifier.stats()).toMatchObject({ sent: 50, delivered: 50, inFlight: 0, completionRate: 1 });
      expect(await arrivedIds(slack)).toHaveLength(50);
    },
  );

  it('gives a handle from an attached thread on', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack);
    const first = await attachNotifier(notifier.handle().value);
    const second = await attachNotifier(first.handle().value);
    expect(await second.send(message('m'))).toMatchObject({ status: 'delivered' });
    await Promise.all([second.close(), first.close()]);
  });

  it('tells every outcome before it is closed', async () => {
    const slack = await openSlack({ faults: [] });
    const notifier = await openNotifier(slack);
    const told = messages(100).map((one) => notifier.send(one));
    await notifier.close();
    expect(new Set((await Promise.all(told)).map(({ status }) => status))).toEqual(new Set(['delivered']));
    expect(await notifier.send(message('late'))).toMatchObject({ status: 'failed', code: 'closed' });
  });

  it('tells a thread that is still attached that it is closed, and counts that', async () => {
    const notifier = await openNotifier(await openSlack());
    const attached = await attachNotifier();
    await notifier.close();
    expect(await attached.send(message('late'))).toMatchObject({ status: 'failed', code: 'closed' });
    expect(notifier.stats()).toMatchObject({ sent: 1, failed: 1, inFlight: 0 });
    await attached.close();
  });

  it('is closed by await using', async () => {
    const slack = await openSlack();
    const told = await (async () => {
      await using notifier = await createNotifier({ token: 'xoxb-test-token', baseUrl: slack.baseUrl });
      return { notifier, outcome: notifier.send(message('m')) };
    })();
    expect(await told.outcome).toMatchObject({ status: 'delivered' });
    expect(await told.notifier.send(message('n'))).toMatchObject({ code: 'closed' });
  });

  it('drains: nothing is in flight then', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack);
    void Promise.all(messages(100).map((one) => notifier.send(one)));
    await notifier.drain();
    expect(notifier.stats()).toMatchObject({ delivered: 100, inFlight: 0 });
  });

  it('publishes what is sent and what becomes of it', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack, { name: 'watched' });
    const seen: unknown[] = [];
    const listen = (event: unknown, name: string | symbol) => void seen.push([name, event]);
    for (const name of ['timer-notify:send', 'timer-notify:settled']) {
      subscribe(name, listen);
      onTestFinished(() => void unsubscribe(name, listen));
    }
    const outcome = await notifier.send(message('m'));
    const sent = {
      notifier: 'watched',
      id: 'm',
      path: 'expiry',
      channel: '#general',
      thread: expect.any(String),
    };
    const settledEvent: SettledEvent = { ...sent, path: 'expiry', outcome };
    expect(seen).toEqual([
      ['timer-notify:send', sent],
      ['timer-notify:settled', settledEvent],
    ]);
  });

  it('tells what is wrong with a message and sends nothing', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack);
    const cyclic: Record<string, unknown> = { type: 'section' };
    cyclic.self = cyclic;
    const outcomes = await Promise.all([
      notifier.send({ channel: '#general', text: '' }),
      notifier.send({ channel: '#general', text: 'a', blocks: [cyclic] }),
      notifier.send({ text: 'a' }),
    ]);
    expect(outcomes.map((outcome) => outcome.status === 'failed' && outcome.code)).toEqual(
      outcomes.map(() => 'invalid-notification'),
    );
    expect(notifier.stats()).toMatchObject({ sent: 3, failed: 3, inFlight: 0 });
    expect(await arrivedIds(slack)).toEqual([]);
  });

  it('exposes its counts to Prometheus', async () => {
    const slack = await openSlack();
    const notifier = await openNotifier(slack, { name: 'bot' });
    await notifier.send(message('m'));
    expect(notifier.metrics()).toContain(
      'timer_notify_settled_total{notifier="bot",outcome="delivered"} 1\n',
    );
    expect(notifier.metrics()).toContain(
      'timer_notify_delivery_seconds_bucket{notifier="bot",le="+Inf"} 1\n',
    );
  });
});

describe('attaching', () => {
  it('fails where no notifier is open', async () => {
    await expect(attachNotifier()).rejects.toThrow(
      'cannot attach to the notifier "default"; none is open in this process; call createNotifier in its main thread first',
    );
  });

  it('fails in a worker where no notifier is open', async () => {
    const [error] = await once(startWorker({}), 'error');
    expect(String(error)).toContain('cannot attach to the notifier "default"; none is open');
  });

  it('fails where several have the name', async () => {
    const slack = await openSlack();
    await openNotifier(slack);
    await openNotifier(slack);
    await expect(attachNotifier()).rejects.toThrow('2 of that name are open; give each its own');
  });

  it('fails with something that is no handle', async () => {
    // @ts-expect-error: the types refuse it as well.
    const attached = attachNotifier({ handle: true });
    await expect(attached).rejects.toThrow(TypeError);
    await expect(attached).rejects.toMatchObject({ code: 'invalid-handle' });
  });
});
