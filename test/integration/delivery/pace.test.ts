import { createNotifier, type NotifierOptions, type SendOutcome } from 'timer-notify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';

const messages = 300;

/** Slack's pace, fifty times as fast. */
const faster = 50;
const strategies = ['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const;

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

async function burst(
  channels: number,
  server: { readonly burst: number; readonly perSecond: number },
  options: Pick<NotifierOptions, 'strategy' | 'rate'>,
): Promise<Burst> {
  const session = await emulator.open({ rateLimit: server });
  const { baseUrl } = session;
  const notifier = await createNotifier({
    token: 'xoxb-test-token',
    baseUrl,
    deadlineMs: 120_000,
    ...options,
  });
  const outcomes = await Promise.all(
    Array.from({ length: messages }, (_, index) => {
      const channel = `channel-${index % channels}`;
      return notifier.send({ id: `${channel}:${index}`, channel, text: `message ${index}` });
    }),
  );
  await notifier.close();
  const { requests, arrivals } = await session.stats();
  return { outcomes, session, refusals: requests - arrivals };
}

/** Per channel, the numbers of its messages in the order of their arrival. */
function orders({ arrivals }: Session): readonly (readonly number[])[] {
  const byChannel = new Map<string, number[]>();
  for (const { id } of arrivals) {
    const [channel = '', index = ''] = (id ?? '').split(':');
    byChannel.set(channel, [...(byChannel.get(channel) ?? []), Number(index)]);
  }
  return [...byChannel.values()];
}

function expectAllInOrder({ outcomes, session }: Burst, channels: number): void {
  expect(outcomes.filter(({ status }) => status !== 'delivered')).toEqual([]);
  expect(orders(session)).toHaveLength(channels);
  for (const order of orders(session)) expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(new Set(session.arrivals.map(({ id }) => id)).size).toBe(messages);
  expect(session.arrivals).toHaveLength(messages);
}

describe.each(strategies)('with %s', (strategy) => {
  const rate = { perS: faster, burst: 4 };

  test.each([1, 30])(
    '300 messages to %i channel(s) of a server that takes no bursts: all, in order, and at most one 429 a channel',
    async (channels) => {
      const result = await burst(channels, { burst: 1, perSecond: faster }, { strategy, rate });
      expectAllInOrder(result, channels);
      expect(result.refusals).toBeLessThanOrEqual(channels);
    },
  );

  test('300 messages to 30 channels of a server with Slack’s own pace, without any rate option: as well', async () => {
    const result = await burst(30, { burst: 4, perSecond: 1 }, { strategy });
    expectAllInOrder(result, 30);
    expect(result.refusals).toBeLessThanOrEqual(30);
  });
});
