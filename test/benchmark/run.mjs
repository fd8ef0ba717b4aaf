// Speed as ratios within one run: medians of interleaved rounds, because a machine's own speed changes by the minute.
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { loadStrategy } from '../../dist/delivery/index.js';
import { TimerMonitor } from '../../dist/pipeline/timer-monitor.js';
import { median } from './median.mjs';
import { notification, openWay, post } from './ways.mjs';

const rounds = Number(process.env.ROUNDS ?? 5);
const count = Number(process.env.COUNT ?? 10_000);
const inFlight = 50;
const rows = [];

const server = fork(new URL('./server.process.mjs', import.meta.url));
const [port] = await once(server, 'message');
const origin = `http://127.0.0.1:${port}`;
const options = {
  target: { kind: 'bot', baseUrl: `${origin}/api/`, token: 'xoxb-test-token' },
  deadlineMs: 60_000,
  connections: inFlight,
  queueLimit: 200_000,
};
const sharedPool = await loadStrategy('shared-pool');
const host = await sharedPool.open(options);

const measures = {
  throughput,
  durable,
  latency,
  handOver,
  memory,
  timers,
  startUp,
  importTime,
  repro,
  bench,
};
const chosen = process.argv.slice(2);
for (const [name, measureIt] of Object.entries(measures)) {
  if (chosen.length === 0 || chosen.includes(name)) await measureIt();
}
print();
await host.close();
server.disconnect();

async function throughput() {
  const ways = [
    { label: 'undici', name: 'undici', threads: 1 },
    { label: 'shared-pool', name: 'shared-pool', threads: 1 },
    { label: 'shared-pool ×4', name: 'shared-pool', threads: 4 },
    { label: 'fetch', name: 'fetch', threads: 1 },
    { label: '@slack/web-api', name: '@slack/web-api', threads: 1 },
  ];
  const opened = [];
  for (const way of ways) opened.push({ ...way, workers: await startThreads(way), perS: [] });
  for (let round = 0; round < rounds; round += 1) {
    for (const way of opened) way.perS.push(await measure(way));
  }
  for (const { workers } of opened) for (const worker of workers) await worker.terminate();
  const of = (label) => median(opened.find((way) => way.label === label)?.perS ?? []);
  for (const label of ['shared-pool', 'shared-pool ×4']) {
    add(
      `${label}, ${inFlight} in flight, per s`,
      of(label),
      of('undici'),
      'undici.Pool.request',
      0.9,
      'more',
    );
  }
  add('shared-pool, per s', of('shared-pool'), of('@slack/web-api'), '@slack/web-api', 5, 'more');
  add('shared-pool, per s', of('shared-pool'), of('fetch'), 'fetch', 5, 'more');
}

/** Each thread's `send` waits for the disk, so more threads share its syncs. */
async function durable() {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-benchmark-'));
  const durableHost = await sharedPool.open({ ...options, durable: join(folder, 'journal') });
  const handle = durableHost.handle().value;
  for (const threads of [1, 4]) {
    const ways = { plain: { name: 'shared-pool', threads }, durable: { name: 'durable', threads, handle } };
    const perS = { plain: [], durable: [] };
    const workers = {};
    for (const way of Object.keys(ways)) workers[way] = await startThreads(ways[way]);
    for (let round = 0; round < rounds; round += 1) {
      for (const way of Object.keys(ways)) {
        perS[way].push(await measure({ name: ways[way].name, workers: workers[way] }));
      }
    }
    for (const worker of Object.values(workers).flat()) await worker.terminate();
    compare(`durable ×${threads}, per s`, median(perS.durable), median(perS.plain), 'shared-pool');
  }
  const together = { plain: [], durable: [] };
  for (let round = 0; round < rounds; round += 1) {
    together.plain.push(await sendTogether(host.sender));
    together.durable.push(await sendTogether(durableHost.sender));
  }
  compare(
    `durable, sendAll of ${inFlight}, per s`,
    median(together.durable),
    median(together.plain),
    'shared-pool',
  );
  await durableHost.close();
  rmSync(folder, { recursive: true });
}

async function sendTogether(sender) {
  const batch = Array.from({ length: inFlight }, (_, index) => notification(index));
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += inFlight) await Promise.all(sender.sendAll(batch));
  return (count / (performance.now() - startedAt)) * 1000;
}

function startThreads({ name, threads, handle = host.handle().value }) {
  const workerData = { name, origin, handle, inFlight: Math.ceil(inFlight / threads) };
  return Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL('./load.worker.mjs', import.meta.url), { workerData });
      await once(worker, 'message');
      return worker;
    }),
  );
}

async function measure({ workers, name }) {
  // The slow ones post fewer, so that each takes about as long.
  const share = name === 'undici' || name === 'shared-pool' ? count : count / 4;
  const startedAt = performance.now();
  await Promise.all(
    workers.map((worker) => {
      const done = once(worker, 'message');
      worker.postMessage({ count: Math.round(share / workers.length) });
      return done;
    }),
  );
  return (share / (performance.now() - startedAt)) * 1000;
}

async function latency() {
  const direct = await openWay('undici', origin);
  const shared = await openWay('shared-pool', origin, host.handle().value);
  const echo = await openEcho();
  const times = { direct: [], shared: [], echo: [] };
  for (let index = 0; index < 3000; index += 1) {
    times.direct.push(await timed(() => direct(index)));
    times.shared.push(await timed(() => shared(index)));
    times.echo.push(await timed(echo.roundTrip));
  }
  await echo.close();
  const addedUs = (median(times.shared) - median(times.direct)) * 1000;
  add(
    'added latency unloaded, p50, µs',
    addedUs,
    median(times.echo) * 1000,
    'MessagePort round trip',
    1.5,
    'less',
  );
}

async function handOver() {
  const echo = await openEcho();
  const times = { shared: [], echo: [] };
  for (let round = 0; round < rounds * 40; round += 1) {
    const sent = [];
    const startedAt = performance.now();
    for (let index = 0; index < 64; index += 1) sent.push(host.sender.send(notification(index)));
    times.shared.push(((performance.now() - startedAt) / 64) * 1000);
    await Promise.all(sent);
    const echoedAt = performance.now();
    await post(echo.roundTrip, 640, 64);
    times.echo.push(((performance.now() - echoedAt) / 640) * 1000);
  }
  await echo.close();
  add(
    'hand-over at 64 in flight, µs each',
    median(times.shared),
    median(times.echo),
    'MessagePort echo',
    2,
    'less',
  );
}

async function openEcho() {
  const worker = new Worker(new URL('./echo.worker.mjs', import.meta.url));
  const waiting = [];
  worker.on('message', () => waiting.shift()?.());
  const roundTrip = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      worker.postMessage(0);
    });
  await roundTrip();
  return { roundTrip, close: () => worker.terminate() };
}

async function memory() {
  const mb = () => process.memoryUsage.rss() / 2 ** 20;
  const idle = mb();
  const sent = Array.from({ length: 100_000 }, (_, index) => host.sender.send(notification(index)));
  let peak = mb();
  const watch = setInterval(() => {
    peak = Math.max(peak, mb());
  }, 5);
  const outcomes = await Promise.all(sent);
  clearInterval(watch);
  const lost = outcomes.filter(({ status }) => status !== 'delivered').length;
  limit('100,000 queued: peak RSS above idle, MB', Math.max(peak, mb()) - idle, 200);
  limit('100,000 queued: not delivered', lost, 0);
}

async function timers() {
  const monitor = new TimerMonitor();
  const size = 1_000_000;
  let longestMs = 0;
  const inSlices = async (act) => {
    const startedAt = performance.now();
    for (let index = 0; index < size; index += 1000) {
      const sliceAt = performance.now();
      act(index);
      longestMs = Math.max(longestMs, performance.now() - sliceAt);
      if (index % 50_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return ((performance.now() - startedAt) / size) * 1000;
  };
  const addUs = await inSlices((from) => {
    for (let index = from; index < from + 1000; index += 1) {
      const dueAtMs = (index * 7919) % size;
      monitor.add({ id: `t-${index}`, durationMs: 1, dueAtMs, channel: 'C1' });
    }
  });
  const cancelUs = await inSlices((from) => {
    for (let index = from; index < from + 500; index += 1) monitor.cancel(`t-${index}`);
  });
  let expired = 0;
  const expireUs = await inSlices((from) => {
    expired += monitor.takeDue(from + 999).length;
  });
  if (expired !== size / 2) throw new Error(`${expired} timers expired`);
  limit('1,000,000 timers: add, µs each', addUs, 10);
  limit('1,000,000 timers: cancel, µs each', cancelUs, 10);
  limit('1,000,000 timers: expire, µs each', expireUs, 10);
  limit('1,000,000 timers: longest slice of 1,000, ms', longestMs, 50);
}

function startUp() {
  const bin = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
  const times = { node: [], version: [], help: [] };
  for (let round = 0; round < rounds * 2; round += 1) {
    times.node.push(wallMs(['-e', '0']));
    times.version.push(wallMs([bin, '--version']));
    times.help.push(wallMs([bin, '--help']));
  }
  add('timer-notify --version, ms', median(times.version), median(times.node), 'node -e 0', 1.3, 'less');
  add('timer-notify --help, ms', median(times.help), median(times.node), 'node -e 0', 1.25, 'less');
}

/** The library as an application imports it, beside the part of undici that it stands on. */
function importTime() {
  const times = { library: [], pool: [] };
  const library = JSON.stringify(new URL('../../lib/index.js', import.meta.url).href);
  for (let round = 0; round < rounds * 2; round += 1) {
    times.library.push(wallMs(['-e', `import(${library})`]));
    times.pool.push(wallMs(['-e', "import('undici/lib/dispatcher/pool.js')"]));
  }
  add("import 'timer-notify', ms", median(times.library), median(times.pool), 'undici’s Pool', 1.3, 'less');
}

/** The whole default matrix: 70 trials and more, each a process of its own. */
function repro() {
  const bin = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
  const times = { node: [], repro: [] };
  const cpu = { node: [], repro: [] };
  for (let round = 0; round < 3; round += 1) {
    for (let start = 0; start < 5; start += 1) {
      times.node.push(wallMs(['-e', '0']));
      cpu.node.push(cpuMs(['-e', '0']));
    }
    times.repro.push(wallMs([bin, 'repro', '--quiet']));
    cpu.repro.push(cpuMs([bin, 'repro', '--quiet']));
  }
  add('timer-notify repro, ms', median(times.repro), median(times.node), 'node -e 0', 150, 'less');
  // No bar: its 75 processes and 98 worker threads alone, empty, are some 135 × on Node 20.
  add('timer-notify repro, ms of CPU', median(cpu.repro), median(cpu.node), 'node -e 0', null);
}

/** The shortest run there is: command, emulator, a trial's process and threads, one sample, the report. */
function bench() {
  const bin = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
  const one = ['--context', 'worker', '--strategy', 'shared-pool', '--count', '1', '--rounds', '1'];
  const times = { node: [], bench: [] };
  for (let round = 0; round < rounds; round += 1) {
    times.node.push(wallMs(['-e', '0']));
    times.bench.push(wallMs([bin, 'bench', ...one, '--quiet']));
  }
  add(
    'timer-notify bench, its first sample, ms',
    median(times.bench),
    median(times.node),
    'node -e 0',
    150,
    'less',
  );
}

/** User and system time of a process and of all that it waited for. */
function cpuMs(args) {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null 2>&1';
  const { stderr } = spawnSync('bash', ['-c', script, process.execPath, ...args], { encoding: 'utf8' });
  return stderr
    .trim()
    .split(' ')
    .reduce((sum, seconds) => sum + Number(seconds) * 1000, 0);
}

function wallMs(args) {
  const startedAt = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - startedAt;
}

async function timed(act) {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

function add(measure, value, reference, against, bar, better) {
  const ratio = value / reference;
  rows.push({
    measure,
    value: short(value),
    against: `${against} ${short(reference)}`,
    ratio: `${ratio.toFixed(2)} ×`,
    bar: bar === null ? '' : `${better === 'more' ? '≥' : '≤'} ${bar} ×`,
    met: bar === null ? '' : (better === 'more' ? ratio >= bar : ratio <= bar) ? '✔' : '✖',
  });
}

/** A ratio that has no bar: it depends on the disk. */
function compare(measure, value, reference, against) {
  add(measure, value, reference, against, null);
}

function limit(measure, value, most) {
  rows.push({
    measure,
    value: short(value),
    against: '',
    ratio: '',
    bar: `≤ ${most}`,
    met: value <= most ? '✔' : '✖',
  });
}

function short(value) {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}

function print() {
  const table = [['measure', 'value', 'against', 'ratio', 'bar', ''], ...rows.map(Object.values)];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
  const title = `Node ${process.versions.node}, ${rounds} interleaved rounds of ${count}, medians`;
  process.stdout.write(`${[title, '', ...lines].join('\n')}\n`);
}
