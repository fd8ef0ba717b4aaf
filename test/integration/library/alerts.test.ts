import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { AlertEvent } from 'timer-notify';
import { expect, it, onTestFinished } from 'vitest';
import { openNotifier, openSlack } from './emulated.ts';

const isAlert = (event: unknown): event is AlertEvent =>
  typeof event === 'object' && event !== null && 'state' in event;

/** Resolves to the next alert of that state. */
function nextAlert(state: AlertEvent['state']): Promise<AlertEvent> {
  return new Promise((resolve) => {
    const listen = (event: unknown) => {
      if (!isAlert(event) || event.state !== state) return;
      unsubscribe('timer-notify:alert', listen);
      resolve(event);
    };
    subscribe('timer-notify:alert', listen);
    onTestFinished(() => void unsubscribe('timer-notify:alert', listen));
  });
}

const message = { channel: '#general', text: 'Timer expired' };

it('alerts when too few are delivered, and once more when enough are', async () => {
  const slack = await openSlack({ faults: [{ kind: 'ok-false', rate: 1, code: 'channel_not_found' }] });
  const notifier = await openNotifier(slack, {
    alerts: { completionBelow: 0.9, minimumCount: 2, windowMs: 200 },
  });
  const raised = nextAlert('raised');
  await Promise.all([notifier.send(message), notifier.send(message)]);
  expect(await raised).toMatchObject({ kind: 'completion-below', bound: 0.9, actual: 0 });
});

it('alerts when the queue is long, and once more when it is short again', async () => {
  const slack = await openSlack({ faults: [{ kind: 'latency', ms: 300 }] });
  const notifier = await openNotifier(slack, { alerts: { queueAbove: 3, windowMs: 200 }, connections: 1 });
  const raised = nextAlert('raised');
  const cleared = nextAlert('cleared');
  const told = Promise.all(Array.from({ length: 5 }, () => notifier.send(message)));
  expect(await raised).toMatchObject({ kind: 'queue-above', bound: 3, actual: 5 });
  await told;
  expect(await cleared).toMatchObject({
    kind: 'queue-above',
    message: expect.stringContaining('recovered'),
  });
});

it('alerts when the I/O thread had to be started again, and delivers through the new one', async () => {
  const slack = await openSlack();
  const started = once(process, 'worker');
  const notifier = await openNotifier(slack, { name: 'bot' });
  const [ioThread]: Worker[] = await started;
  const raised = nextAlert('raised');
  await ioThread?.terminate();
  expect(await raised).toMatchObject({ notifier: 'bot', kind: 'io-thread-restarted', actual: 1 });
  expect(notifier.stats().ioThreadRestarts).toBe(1);
  expect(await notifier.send(message)).toMatchObject({ status: 'delivered' });
});
