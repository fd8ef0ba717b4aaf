// `adaptive` beside each fixed strategy, from main and from a worker: ratios within one run, medians of interleaved rounds.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { loadStrategy } from '../../dist/delivery/index.js';
import { notification, post } from './ways.mjs';

const rounds = Number(process.env.ROUNDS ?? 7);
const names = ['fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'];
/** What keeps the promise that a message has left the thread when `send` returns: a request on main's loop does not. */
const choices = { main: ['shared-pool'], worker: ['bridged', 'shared-pool'] };
/** Notifications in flight, and how many a round has. */
const loads = [
  { inFlight: 1, count: 6000 },
  { inFlight: 8, count: 16_000 },
  { inFlight: 50, count: 20_000 },
];

const server = fork(new URL('./server.process.mjs', import.meta.url));
const [port] = await once(server, 'message');
const hosts = new Map();
const threads = new Map();
for (const name of names) {
  const target = { kind: 'bot', baseUrl: `http://127.0.0.1:${port}/api/`, token: 'xoxb-test-token' };
  const options = { target, deadlineMs: 60_000, connections: 50, queueLimit: 200_000 };
  const host = await (await loadStrategy(name)).open(options);
  const { value, transferList } = host.handle();
  const worker = new Worker(new URL('./strategy.worker.mjs', import.meta.url), {
    workerData: { name, handle: value },
    transferList,
  });
  await once(worker, 'message');
  hosts.set(name, host);
  threads.set(name, worker);
}

const contexts = {
  main: async (name, load) => {
    const { sender } = hosts.get(name);
    await post((index) => sender.send(notification(index)), load.count, load.inFlight);
  },
  worker: async (name, load) => {
    const worker = threads.get(name);
    const done = once(worker, 'message');
    worker.postMessage(load);
    await done;
  },
};

const row = (cells) => process.stdout.write(`${cells.map((text) => String(text).padEnd(17)).join('')}\n`);
process.stdout.write(
  `Node ${process.versions.node}, ${rounds} interleaved rounds, medians, notifications per s\n\n`,
);
row(['context', 'in flight', ...names, 'adaptive : best fixed']);
let missed = false;
for (const [context, run] of Object.entries(contexts)) {
  for (const load of loads) {
    const perS = new Map(names.map((name) => [name, []]));
    for (let round = 0; round <= rounds; round += 1) {
      // In another order each time, so that none always follows the same one.
      for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
        await run(name, { ...load, count: load.inFlight * 4 });
        const startedAt = performance.now();
        await run(name, load);
        // The first round warms up.
        if (round > 0) perS.get(name).push((load.count / (performance.now() - startedAt)) * 1000);
      }
    }
    const of = (name) => perS.get(name).sort((a, b) => a - b)[rounds >> 1];
    const ratio = of('adaptive') / Math.max(...choices[context].map(of));
    missed ||= ratio < 0.9;
    const cells = [
      context,
      load.inFlight,
      ...names.map((name) => Math.round(of(name))),
      `${ratio.toFixed(2)} × ${ratio < 0.9 ? '✖' : '✔'}`,
    ];
    row(cells);
  }
}
for (const worker of threads.values()) await worker.terminate();
for (const host of hosts.values()) await host.close();
server.disconnect();
process.exitCode = missed ? 1 : 0;
