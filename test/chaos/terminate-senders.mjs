// Ends threads in the middle of `send`, thousands of them, beside a bystander that must notice nothing.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createNotifier } from '../../dist/index.js';

const bystanderEveryMs = 10;

/**
 * @param {{ interrupted: number, loop: number, once: number, memory: number, parallel: number }} plan how many are ended
 *   in each way, and how many threads there are at a time
 */
export async function terminateSenders(plan) {
  const server = fork(new URL('./recording-server.process.mjs', import.meta.url));
  const [{ port }] = await once(server, 'message');
  const notifier = await createNotifier({
    token: 'xoxb-test-token',
    baseUrl: `http://127.0.0.1:${port}/api/`,
    connections: 20,
    queueLimit: 100_000,
    deadlineMs: 30_000,
    // Nobody is held up by the pace of a channel.
    rate: null,
  });
  const promised = new Set();
  const underWay = new Int32Array(new SharedArrayBuffer(4));
  const watch = setInterval(() => Atomics.store(underWay, 0, notifier.stats().inFlight), 2);
  const bystander = startBystander(notifier);
  await interrupt(notifier, plan, { promised, underWay });
  const endings = shuffled([
    ...Array(plan.loop).fill('loop'),
    ...Array(plan.once).fill('once'),
    ...Array(plan.memory).fill('memory'),
  ]);
  const left = endings.entries();
  await Promise.all(
    Array.from({ length: plan.parallel }, async () => {
      for (const [number, ending] of left) await endOne(notifier, { number, ending, promised });
    }),
  );
  const { ids, latenciesMs, notDelivered } = await bystander.stop();
  clearInterval(watch);
  const drainedAt = performance.now();
  await notifier.drain();
  const drainMs = performance.now() - drainedAt;
  const inFlight = notifier.stats().inFlight;
  const closedAt = performance.now();
  await notifier.close();
  const closeMs = performance.now() - closedAt;
  server.send('counts');
  const [{ counts }] = await once(server, 'message');
  server.disconnect();
  const arrived = new Map(counts);
  return {
    ended: plan.interrupted + endings.length,
    arrived: arrived.size,
    promised: promised.size,
    /** `send` had returned for them, so they must have arrived. */
    missing: [...promised].filter((id) => !arrived.has(id)),
    duplicates: counts.filter(([, count]) => count > 1).length,
    bystander: {
      sent: ids.length,
      notDelivered,
      missing: ids.filter((id) => !arrived.has(id)).length,
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
      maxMs: percentile(latenciesMs, 1),
    },
    inFlight,
    drainMs: Math.round(drainMs),
    closeMs: Math.round(closeMs),
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

function startBystander(notifier) {
  const ids = [];
  const latenciesMs = [];
  const notDelivered = [];
  const waiting = [];
  const send = async () => {
    const id = `bystander:${ids.length}`;
    ids.push(id);
    const outcome = await notifier.send({ id, channel: 'C1', text: 'on time' });
    latenciesMs.push(outcome.durationMs);
    if (outcome.status !== 'delivered') notDelivered.push(outcome);
  };
  const timer = setInterval(() => waiting.push(send()), bystanderEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(waiting);
      return { ids, latenciesMs, notDelivered };
    },
  };
}

async function interrupt(notifier, { interrupted }, { promised, underWay }) {
  const returned = new Int32Array(new SharedArrayBuffer(4 * Math.max(1, interrupted)));
  const data = { prefix: 'i', ending: 'interrupted', returned, underWay, rounds: interrupted };
  const worker = startWorker(notifier, data);
  await once(worker, 'message');
  await worker.terminate();
  for (let round = 0; round < interrupted; round += 1) promise(promised, `i:${round}`, returned[round]);
}

async function endOne(notifier, { number, ending, promised }) {
  const returned = new Int32Array(new SharedArrayBuffer(4));
  const limits = ending === 'memory' ? { resourceLimits: { maxOldGenerationSizeMb: 12 } } : {};
  const worker = startWorker(notifier, { prefix: `w${number}`, ending, returned }, limits);
  worker.on('error', () => {});
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const ready = new Promise((resolve) => worker.once('message', resolve));
  if (ending !== 'memory') {
    await Promise.race([ready, ended]);
    // Not by a timer, whose resolution is a millisecond.
    const endAt = performance.now() + Math.random() * 2;
    while (performance.now() < endAt);
    void worker.terminate();
  }
  await ended;
  promise(promised, `w${number}:0`, returned[0]);
}

function startWorker(notifier, data, options = {}) {
  const { value, transferList } = notifier.handle();
  return new Worker(new URL('./terminated.worker.mjs', import.meta.url), {
    ...options,
    workerData: { ...data, handle: value },
    transferList,
    stderr: true,
  });
}

function promise(promised, prefix, count) {
  for (let index = 0; index < count; index += 1) promised.add(`${prefix}:${index}`);
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 10) / 10;
}

function shuffled(items) {
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1));
    [items[index], items[other]] = [items[other], items[index]];
  }
  return items;
}
