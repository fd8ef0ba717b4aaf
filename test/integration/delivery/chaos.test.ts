import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { DeliveryHost } from '../../../dist/delivery/strategy.js';
import { startEmulator } from '../../../dist/emulator/emulator.js';
import type { Fault } from '../../../dist/emulator/faults.js';

// CHAOS_SECONDS=1200 CHAOS_SEED=7 runs twenty minutes of it; the same seed makes the same choices.
const seconds = Number(process.env.CHAOS_SECONDS ?? 5);
const seed = Number(process.env.CHAOS_SEED ?? 1);
const connections = 10;

type Ending = 'none' | 'exit' | 'throw' | 'stand-still';
const endings: readonly Ending[] = ['none', 'exit', 'throw', 'stand-still'];
const faults: readonly (readonly Fault[])[] = [
  [],
  [{ kind: 'latency', ms: 3 }],
  [{ kind: 'jitter', ms: 10 }],
  [{ kind: 'status', status: 500, rate: 0.2 }],
];

const workers: Worker[] = [];
process.on('worker', (worker) => workers.push(worker));

test('whatever ends, each notification arrives once or is told, and at most what was on the wire is in doubt', {
  timeout: (seconds + 60) * 1000,
}, async () => {
  const random = randomFrom(seed);
  const emulator = await startEmulator();
  const endsAt = performance.now() + seconds * 1000;
  let sent = 0;
  try {
    for (let round = 0; performance.now() < endsAt; round += 1) {
      sent += await chaosRound(round);
    }
  } finally {
    await emulator.close();
  }
  expect(sent).toBeGreaterThan(0);

  async function chaosRound(round: number): Promise<number> {
    const session = await emulator.open({ faults: pick(faults, random), seed: round });
    const host = await (await loadStrategy('shared-pool')).open({
      target: { kind: 'bot', baseUrl: session.baseUrl, token: 'xoxb-test-token' },
      deadlineMs: 30_000,
      connections,
      queueLimit: 100_000,
    });
    const ioThread = workers.at(-1);
    const kills = random() < 0.4 ? 1 : 0;
    const senders = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => ({
      prefix: `${round}-${index}`,
      count: 1 + Math.floor(random() * 200),
      ending: pick(endings, random),
    }));
    const told = await Promise.all([
      ...senders.map((sender) => runSender(host, sender)),
      kills === 0 ? [] : kill(ioThread),
    ]);
    await host.drain();
    await host.close();
    await session.flush();
    const arrived = session.arrivals.map(({ id }) => id ?? '');
    const failed = new Set(told.flat().flatMap(({ id, status }) => (status === 'delivered' ? [] : [id])));
    const ids = senders.flatMap(({ prefix, count }) =>
      Array.from({ length: count }, (_, index) => `${prefix}-${index}`),
    );
    const silent = ids.filter((id) => !arrived.includes(id) && !failed.has(id));
    const { requests } = await session.stats();
    const context = `seed ${seed}, round ${round}: ${JSON.stringify({ kills, senders })}`;
    expect(new Set(arrived).size, context).toBe(arrived.length);
    // A 500 is recorded as a request: its sender may be gone, so that nobody could be told.
    const refused = requests - arrived.length;
    expect(silent.length, context).toBeLessThanOrEqual(kills * connections + refused);
    await session.close();
    return ids.length;
  }
});

interface Sender {
  readonly prefix: string;
  readonly count: number;
  readonly ending: Ending;
}

/** What the thread was told, where it lived to be told. */
async function runSender(host: DeliveryHost, sender: Sender): Promise<readonly SendOutcome[]> {
  const worker = new Worker(new URL('./sending.worker.mjs', import.meta.url), {
    workerData: { strategy: 'shared-pool', handle: host.handle().value, nest: 0, ...sender },
  });
  if (sender.ending === 'throw') {
    await once(worker, 'error');
    return [];
  }
  if (sender.ending === 'exit') {
    await once(worker, 'exit');
    return [];
  }
  const [message]: (string | { outcomes: readonly SendOutcome[] })[] = await once(worker, 'message');
  if (typeof message === 'object') return message.outcomes;
  await worker.terminate();
  return [];
}

async function kill(worker: Worker | undefined): Promise<readonly SendOutcome[]> {
  await worker?.terminate();
  return [];
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
