// A program that opens the notifier on main, as the README says, and sends from one thread context.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { createNotifier } from 'timer-notify';
import { starveThreadpool } from '../../dist/contexts/threadpool.js';
import { expectDelivered, sendAll } from './contexts.sending.mjs';

const [context, countText] = process.argv.slice(2);
const count = Number(countText);
const options = {
  // What is measured is how fast it can be, not Slack's pace.
  rate: null,
  token: 'xoxb-test-token',
  baseUrl: process.env.SLACK_API_URL,
  deadlineMs: 600_000,
  queueLimit: 200_000,
  durable: process.env.JOURNAL,
};
/** Words: whether all was handed over, and whether this thread lets the other go on. */
const signals = new Int32Array(new SharedArrayBuffer(8));
const threadFile = new URL('./contexts.worker.mjs', import.meta.url);

const run = {
  main: (notifier) => expectDelivered(sendAll(notifier, count)),
  worker: () => ended(start('await')),
  'nested-worker': () => ended(start('nest')),
  parked: (notifier) => sentAndDrained(notifier, 'park'),
  blocked: async (notifier) => {
    const worker = start('spin');
    await handedOver();
    await notifier.drain();
    Atomics.store(signals, 1, 1);
    await ended(worker);
  },
  exiting: () => ended(start('exit')),
  terminated: async () => {
    const worker = start('park');
    await handedOver();
    await worker.terminate();
  },
  unreferenced: async () => {
    start('park').unref();
    await handedOver();
    return 'leave open';
  },
  starved: async () => {
    const worker = start('wait for go');
    await once(worker, 'message');
    starveThreadpool();
    Atomics.store(signals, 1, 1);
    Atomics.notify(signals, 1);
    await ended(worker);
    // No process ends before its thread pool does.
    process.send('end the starvation');
  },
  'main-blocked': async () => {
    const worker = start('wait for go');
    await once(worker, 'message');
    Atomics.store(signals, 1, 1);
    Atomics.notify(signals, 1);
    // Until the other thread has been told every outcome, or has failed.
    Atomics.wait(signals, 0, 0, 600_000);
    await ended(worker);
  },
  'main-exiting': async () => {
    start('park');
    await handedOver();
    process.exit();
  },
  'child-process': async () => {
    const child = fork(fileURLToPath(import.meta.url), ['child', countText]);
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`the child process ended with ${code}`);
  },
  child: async (notifier) => {
    process.disconnect();
    void sendAll(notifier, count);
    process.exit();
  },
  piscina: async (notifier) => {
    const pool = new Piscina({ filename: fileOf('contexts.task.mjs'), maxThreads: 1 });
    await pool.run(count);
    await notifier.drain();
    await pool.destroy();
  },
  bree: async () => {
    const { default: Bree } = await import('bree');
    const worker = { workerData: { count, signals, ending: 'exit' } };
    const jobs = [{ name: 'expire', path: fileURLToPath(threadFile), worker }];
    const bree = new Bree({ root: false, doRootCheck: false, logger: false, jobs });
    const deleted = once(bree, 'worker deleted');
    await bree.run('expire');
    await deleted;
  },
  bullmq: async (notifier) => {
    const bullmq = await import('bullmq');
    const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };
    const queue = new bullmq.Queue('timers', { connection });
    const processor = new URL('./contexts.task.mjs', import.meta.url);
    const worker = new bullmq.Worker('timers', processor, { connection, useWorkerThreads: true });
    const done = Promise.race([
      once(worker, 'completed'),
      once(worker, 'failed').then(([, error]) => Promise.reject(error)),
    ]);
    await queue.add('expire', count);
    await done;
    await notifier.drain();
    await Promise.all([worker.close(), queue.close()]);
  },
};

const notifier = await createNotifier(options);
if ((await run[context](notifier)) !== 'leave open') await notifier.close();

function start(ending) {
  const worker = new Worker(threadFile, { workerData: { count, signals, ending } });
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}

async function ended(worker) {
  const [code] = await once(worker, 'exit');
  if (code !== 0) throw new Error(`the thread ended with ${code}`);
}

async function sentAndDrained(notifier, ending) {
  const worker = start(ending);
  await handedOver();
  await notifier.drain();
  await worker.terminate();
}

async function handedOver() {
  const waiting = Atomics.waitAsync(signals, 0, 0);
  // A wait of that kind keeps no process running.
  const alive = setInterval(() => {}, 1000);
  if (waiting.async) await waiting.value;
  clearInterval(alive);
}

function fileOf(name) {
  return new URL(name, import.meta.url).href;
}
