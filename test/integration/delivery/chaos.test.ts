import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { SendOutcome } from '../../../dist/delivery/outcome.js';
import type { DeliveryHost, DeliveryOptions } from '../../../dist/delivery/strategy.js';
import { Tally } from '../../../dist/delivery/tally.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { pick, type Random, randomFrom } from '../../random.ts';
import { chaosFaults } from './chaos-faults.ts';

// CHAOS_SECONDS=600 CHAOS_SEED=7 runs ten minutes of it; the same seed makes the same choices.
const seconds = Number(process.env.CHAOS_SECONDS ?? 5);
const seed = Number(process.env.CHAOS_SEED ?? 1);
const connections = 10;

const endings = ['none', 'exit', 'throw', 'stand-still', 'terminated'] as const;

const workers: Worker[] = [];
process.on('worker', (worker) => {
  workers.push(worker);
  worker.once('exit', () => workers.splice(workers.indexOf(worker), 1));
});

/** Those that are no I/O thread. */
const sending = new WeakSet<Worker>();

/** Heap and RSS, in MB, after each stretch of the run. */
const memory: { heap: number; rss: number }[] = [];

test('whatever ends, each notification arrives once or is told, and at most what was on the wire is in doubt', {
  timeout: (seconds + 60) * 1000,
}, async () => {
  const random = randomFrom(seed);
  const emulator = await startEmulator();
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-chaos-'));
  const endsAt = performance.now() + seconds * 1000;
  const sum = { stretches: 0, sent: 0, arrived: 0, reported: 0, kills: 0, duplicates: 0 };
  try {
    while (performance.now() < endsAt) {
      await stretch(sum.stretches);
      sum.stretches += 1;
      memory.push(memoryNow());
    }
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
  if (seconds > 5) tell({ seed, seconds, ...sum, memory: grownFrom(memory) });
  expect(sum.sent).toBeGreaterThan(0);
  // Only a long run shows a slope: what a short one grows by is what was compiled.
  if (seconds >= 60) expect(grownFrom(memory).heapMb).toBeLessThan(10);
  if (seconds >= 60) expect(grownFrom(memory).rssMb).toBeLessThan(60);

  /** Some rounds through one host, against a server with one kind of fault. */
  async function stretch(number: number): Promise<void> {
    const { faults, deadlineMs } = pick(chaosFaults, random);
    const durable = random() < 0.4 ? { durable: join(folder, `journal-${number}`) } : {};
    const session = await emulator.open({ faults, seed: number });
    const tally = new Tally();
    const options = { ...optionsFor(session.baseUrl, deadlineMs), ...durable, tally: tally.shared };
    const host = await (await loadStrategy('shared-pool')).open(options);
    const ids: string[] = [];
    const told: SendOutcome[] = [];
    const story: object[] = [];
    let kills = 0;
    for (let round = 0, rounds = 1 + Math.floor(random() * 8); round < rounds; round += 1) {
      const isKilled = random() < 0.4;
      const senders = sendersOf(`${number}-${round}`, random);
      if (isKilled) kills += 1;
      story.push({ isKilled, senders });
      const ending = senders.map((sender) => runSender(host, sender));
      if (isKilled) await workers.find((worker) => !sending.has(worker))?.terminate();
      told.push(...(await Promise.all(ending)).flat());
      await host.drain();
      for (const { prefix, count } of senders)
        ids.push(...Array.from({ length: count }, (_, index) => `${prefix}-${index}`));
    }
    await host.close();
    await session.flush();
    const replayed = 'durable' in options ? await replay(options) : [];
    const arrivals = [...session.arrivals.map(({ id }) => id ?? ''), ...replayed];
    const arrived = new Set(arrivals);
    const failed = new Set(told.flatMap(({ id, status }) => (status === 'delivered' ? [] : [id])));
    const silent = ids.filter((id) => !arrived.has(id) && !failed.has(id));
    const counted = tally.read();
    const reported = counted.failed + counted.timedOut;
    const context = `seed ${seed}, stretch ${number}: ${JSON.stringify({ faults, durable, story, counted })}`;
    // Where the sender is gone, only the tally is told; what a dying I/O thread had on the wire can't be counted.
    const inDoubt = 'durable' in options ? 0 : kills * connections + reported;
    expect(silent.length, `${context} missing ${silent.slice(0, 5)}`).toBeLessThanOrEqual(inDoubt);
    const duplicates = arrivals.length - arrived.size;
    // Only a journal sends again, and only what nobody was told of.
    const mostDuplicates = 'durable' in options ? 2 * kills * connections + reported : 0;
    expect(duplicates, context).toBeLessThanOrEqual(mostDuplicates);
    await session.close();
    sum.sent += ids.length;
    sum.arrived += ids.filter((id) => arrived.has(id)).length;
    sum.reported += ids.filter((id) => !arrived.has(id)).length;
    sum.kills += kills;
    sum.duplicates += duplicates;
  }

  /** What the next start delivers, to a server that is well. */
  async function replay(options: DeliveryOptions): Promise<string[]> {
    const session = await emulator.open({});
    const { tally: _tally, ...rest } = options;
    const host = await (await loadStrategy('shared-pool')).open({
      ...rest,
      ...optionsFor(session.baseUrl, 30_000),
    });
    await host.close();
    await session.flush();
    const ids = session.arrivals.map(({ id }) => id ?? '');
    await session.close();
    return ids;
  }
});

function optionsFor(baseUrl: string, deadlineMs: number): DeliveryOptions {
  return {
    target: { kind: 'bot', baseUrl, token: 'xoxb-test-token' },
    deadlineMs,
    connections,
    queueLimit: 100_000,
  };
}

interface Sender {
  readonly prefix: string;
  readonly count: number;
  readonly ending: (typeof endings)[number] | 'main';
  readonly nest: number;
}

function sendersOf(prefix: string, random: Random): readonly Sender[] {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => ({
    prefix: `${prefix}-${index}`,
    count: 1 + Math.floor(random() * 200),
    ending: random() < 0.15 ? 'main' : pick(endings, random),
    nest: Math.floor(random() * 1.3),
  }));
}

/** What the thread was told, where it lived to be told. */
async function runSender(host: DeliveryHost, sender: Sender): Promise<readonly SendOutcome[]> {
  const { prefix, count, ending } = sender;
  if (ending === 'main') {
    const send = (_: unknown, index: number) =>
      host.sender.send({ id: `${prefix}-${index}`, path: 'expiry', channel: 'C1', text: prefix });
    return Promise.all(Array.from({ length: count }, send));
  }
  const worker = new Worker(new URL('./sending.worker.mjs', import.meta.url), {
    workerData: {
      ...sender,
      strategy: 'shared-pool',
      handle: host.handle().value,
      ending: ending === 'terminated' ? 'stand-still' : ending,
    },
  });
  sending.add(worker);
  if (ending === 'throw') {
    await once(worker, 'error');
    return [];
  }
  if (ending === 'exit') {
    await once(worker, 'exit');
    return [];
  }
  const [message]: (string | { outcomes: readonly SendOutcome[] })[] = await once(worker, 'message');
  if (typeof message === 'object') return message.outcomes;
  // A thread that stands still does so until all it sent has ended; a terminated one goes at once.
  if (ending === 'stand-still') await host.drain();
  await worker.terminate();
  return [];
}

function memoryNow(): { heap: number; rss: number } {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 };
}

/** From the second quarter of the run to its last, by medians: the first is when everything is loaded and warmed up. */
function grownFrom(samples: readonly { heap: number; rss: number }[]) {
  const quarter = Math.floor(samples.length / 4);
  const before = samples.slice(quarter, 2 * quarter);
  const after = samples.slice(-quarter);
  const grown = (of: (sample: { heap: number; rss: number }) => number) =>
    Math.round((median(after.map(of)) - median(before.map(of))) * 10) / 10;
  return { heapMb: grown(({ heap }) => heap), rssMb: grown(({ rss }) => rss) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function tell(summary: object): void {
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}
