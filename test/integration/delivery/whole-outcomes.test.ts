import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { DeliveryHost, DeliveryOptions } from '../../../dist/delivery/strategy.js';
import type { StrategyName } from '../../../dist/model/names.js';
import { type Behaviour, openScriptedServer } from './scripted-server.ts';

const names = ['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const;

async function open(
  name: StrategyName,
  behaviour: Behaviour,
  changes: Partial<DeliveryOptions> = {},
): Promise<DeliveryHost> {
  const server = await openScriptedServer(behaviour);
  const host = await (await loadStrategy(name)).open({
    target: { kind: 'bot', baseUrl: server.baseUrl, token: 'xoxb-test-token' },
    deadlineMs: 10_000,
    connections: 8,
    queueLimit: 1000,
    ...changes,
  });
  onTestFinished(async () => {
    await host.close();
    await server.close();
  });
  return host;
}

const send = (host: DeliveryHost, id = 'a'): Promise<SendOutcome> =>
  host.sender.send({ id, path: 'expiry', channel: 'C1', text: 'x' });

const reply = (body: object, status = 200): Behaviour => ({
  kind: 'reply',
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

/** All but the time, which differs. */
async function outcomeBy(name: StrategyName, behaviour: Behaviour): Promise<unknown> {
  const { durationMs: _durationMs, via: _via, ...outcome } = await send(await open(name, behaviour));
  return outcome;
}

const long = Array.from({ length: 60 }, (_, index) => `word_${index}`).join('_');

const delivered = (warnings: readonly string[]): Behaviour =>
  reply({ ok: true, channel: 'C1', ts: '1700000000.000100', response_metadata: { warnings } });

const replies: Record<string, Behaviour> = {
  'a refusal whose explanation is long': reply({ ok: false, error: 'not_in_channel' }),
  'a refusal whose code is longer than a notification': reply({ ok: false, error: long }),
  'a refusal of a megabyte': reply({ ok: false, error: long.repeat(2000) }),
  'a delivery with long warnings': delivered([long, long]),
  'a delivery to a channel of a long name': reply({ ok: true, channel: long, ts: '1700000000.000100' }),
  'no JSON': { kind: 'reply', status: 502, body: '<h1>Bad gateway</h1>' },
};

describe.each(Object.entries(replies))('%s', (_name, behaviour) => {
  test('has the same whole outcome by every strategy', async () => {
    const expected = await outcomeBy('fetch-in-worker', behaviour);
    for (const name of names) expect(await outcomeBy(name, behaviour), name).toEqual(expected);
  });
});

test('many long outcomes at once each go to their own notification', async () => {
  const warnings = [1, 2, 3, 4].map((number) => `${number}_${long}`.slice(0, 100));
  const host = await open('shared-pool', delivered(warnings));
  const outcomes = await Promise.all(Array.from({ length: 200 }, (_, index) => send(host, `n-${index}`)));
  expect(outcomes).toMatchObject(
    outcomes.map((_, index) => ({ status: 'delivered', id: `n-${index}`, warnings })),
  );
});

describe.each(['bridged', 'shared-pool', 'adaptive'] as const)(
  'a thread that is parked past its deadline, %s',
  (name) => {
    test('learns that its messages were delivered', async () => {
      const host = await open(name, reply({ ok: true, channel: 'C1', ts: '1700000000.000100' }), {
        deadlineMs: 1000,
      });
      const { value, transferList } = host.handle();
      const worker = new Worker(new URL('./parking.worker.mjs', import.meta.url), {
        workerData: { strategy: name, handle: value, count: 50, parkedMs: 1600 },
        transferList,
      });
      const [outcomes]: SendOutcome[][] = await once(worker, 'message');
      expect(outcomes?.filter(({ status }) => status !== 'delivered')).toEqual([]);
      expect(outcomes).toHaveLength(50);
    });
  },
);
