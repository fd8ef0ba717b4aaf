import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { ResilienceOptions } from '../../../dist/delivery/resilience/options.js';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import type { Fault } from '../../../dist/emulator/faults.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';

const notifications = 500;

/** Slack's one a second, two hundred times as fast. */
const rate = { perS: 200, burst: 4 };
const resilience: ResilienceOptions = {
  maxRetries: 5,
  retryAmbiguous: false,
  rate,
  breaker: { failures: 5, openMs: 50 },
};

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

interface Burst {
  readonly outcomes: readonly SendOutcome[];
  readonly session: Session;
  readonly refusals: number;
}

async function burst(channels: number, faults: readonly Fault[] = []): Promise<Burst> {
  const session = await emulator.open({ rateLimit: { burst: rate.burst, perSecond: rate.perS }, faults });
  const sharedPool = await loadStrategy('shared-pool');
  const host = await sharedPool.open({
    target: { kind: 'bot', baseUrl: session.baseUrl, token: 'xoxb-test-token' },
    deadlineMs: 60_000,
    connections: 50,
    queueLimit: 1000,
    resilience,
  });
  const outcomes = await Promise.all(
    Array.from({ length: notifications }, (_, index) => {
      const channel = `channel-${index % channels}`;
      return host.sender.send({
        id: `${channel}:${index}`,
        path: 'expiry',
        channel,
        text: `message ${index}`,
      });
    }),
  );
  await host.close();
  const { requests, arrivals } = await session.stats();
  return { outcomes, session, refusals: requests - arrivals };
}

/** Per channel, the numbers of its messages in the order of their arrival. */
function orderByChannel({ arrivals }: Session): number[][] {
  const byChannel = new Map<string, number[]>();
  for (const { id } of arrivals) {
    const [channel = '', index = ''] = (id ?? '').split(':');
    byChannel.set(channel, [...(byChannel.get(channel) ?? []), Number(index)]);
  }
  return [...byChannel.values()];
}

describe.each([1, 50])('a burst of 500 to %i channel(s) with the limiter on', (channels) => {
  let result: Burst;
  beforeAll(async () => {
    result = await burst(channels);
  });

  test('is delivered whole, with one request each', () => {
    const unlike = result.outcomes.filter(({ status, attempts }) => status !== 'delivered' || attempts !== 1);
    expect(unlike).toEqual([]);
    expect(new Set(result.session.arrivals.map(({ id }) => id)).size).toBe(notifications);
  });

  test('is never answered with 429', () => {
    expect(result.refusals).toBe(0);
  });

  test('arrives in order in each channel', () => {
    const orders = orderByChannel(result.session);
    expect(orders).toHaveLength(channels);
    for (const order of orders) expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe('a burst of 500 to a server that fails at first', () => {
  const failing = 20;
  let result: Burst;
  beforeAll(async () => {
    result = await burst(50, [{ kind: 'status', status: 503, first: failing }]);
  });

  test('opens the circuit, which the outcomes show', () => {
    expect(result.outcomes.map(({ circuit }) => circuit)).toContain('open');
  });

  test('loses nothing: what was not delivered was told, and what was told arrived once', () => {
    const delivered = result.outcomes.filter(({ status }) => status === 'delivered').map(({ id }) => id);
    expect(result.outcomes).toHaveLength(notifications);
    expect(result.outcomes.filter(({ status }) => status !== 'delivered')).toHaveLength(failing);
    expect(result.session.arrivals.map(({ id }) => id).toSorted()).toEqual(delivered.toSorted());
  });
});
