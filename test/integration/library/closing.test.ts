import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Notifier } from 'timer-notify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openNotifier, openSlack } from './emulated.ts';

const strategies = ['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const;

function start(notifier: Notifier, file: string, data: object = {}): Worker {
  const { value, transferList } = notifier.handle();
  const worker = new Worker(new URL(`./threads/${file}`, import.meta.url), {
    workerData: { ...data, handle: value },
    transferList,
  });
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

describe.each(strategies)('%s', (strategy) => {
  test('closes although another thread keeps sending, and refuses that thread', async () => {
    const notifier = await openNotifier(await openSlack(), { strategy, deadlineMs: 3000 });
    const worker = start(notifier, 'keep-sending.mjs');
    await once(worker, 'message');
    const refused = once(worker, 'message');
    await notifier.close();
    expect(await refused).toEqual(['closed']);
    expect(await notifier.send({ channel: 'C1', text: 'late' })).toMatchObject({ code: 'closed' });
  });

  test('closes within the deadline where the server never answers', async () => {
    const slack = await openSlack({ faults: [{ kind: 'hang', rate: 1 }] });
    const notifier = await openNotifier(slack, { strategy, deadlineMs: 500 });
    const sent = notifier.send({ channel: 'C1', text: 'lost' });
    await notifier.close();
    expect(await sent).toMatchObject({ status: 'timed-out', ambiguous: true });
  });

  test('forgets what an ended thread had under way', async () => {
    const slack = await openSlack({ faults: [{ kind: 'hang', rate: 1 }] });
    const notifier = await openNotifier(slack, { strategy, deadlineMs: 2000, queueLimit: 1000 });
    const worker = start(notifier, 'send-and-wait.mjs', { count: 30 });
    await once(worker, 'message');
    expect(notifier.stats().inFlight).toBe(30);
    await worker.terminate();
    await expect.poll(() => notifier.stats().inFlight, { timeout: 10_000 }).toBe(0);
    expect(notifier.metrics()).toContain('in_flight{notifier="default"} 0');
  });

  test('takes the longest deadline there is', async () => {
    const warnings: string[] = [];
    const warn = ({ name }: Error) => void warnings.push(name);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const notifier = await openNotifier(await openSlack(), { strategy, deadlineMs: 2 ** 31 - 1 });
    expect(await notifier.send({ channel: 'C1', text: 'in time' })).toMatchObject({ status: 'delivered' });
    await notifier.close();
    expect(warnings).not.toContain('TimeoutOverflowWarning');
  });
});
