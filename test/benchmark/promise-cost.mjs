// What the doctor's probe costs a program that makes a million promises a second and sends nothing:
// `node test/benchmark/promise-cost.mjs [rounds]`. Plain and watched runs alternate; the least CPU time of each is
// compared, since other work on the machine only adds to it. With a second argument it makes so many promises a second,
// and what the probe takes of a core is told: the probe looks at more of them where there are few. Plain and watched run
// at the same time then. Needs `npm run build` first.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './median.mjs';

const self = fileURLToPath(import.meta.url);
const rounds = 400_000;
/** Each round of `step` makes three promises, with about a microsecond of work for each. */
const promises = 3;
let sum = 0;

function work(seed) {
  for (let index = 0; index < 250; index += 1) sum = (sum * 31 + index * seed) | 0;
  return sum;
}

async function leaf(seed) {
  return work(seed);
}

async function step(seed) {
  return (await leaf(seed)) + (await leaf(seed + 1));
}

async function run(count) {
  for (let index = 0; index < count; index += 1) {
    await step(index);
    // As servers do: timers and immediates run between.
    if (index % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure() {
  await run(rounds / 4);
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await run(rounds);
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = (rounds * promises) / ((performance.now() - startedAt) / 1000);
  process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, perSecond }));
}

const pacedMs = 10;
const warmUpMs = 5000;
const measuredMs = 8000;

async function measureAt(perSecond) {
  let due = performance.now();
  setInterval(async () => {
    for (const until = performance.now(); due < until; due += (promises * 1000) / perSecond) await step(1);
  }, pacedMs);
  await new Promise((resolve) => setTimeout(resolve, warmUpMs));
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, measuredMs));
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(JSON.stringify({ share: (user + system) / 1000 / (performance.now() - startedAt) }));
  process.exit(0);
}

async function child(env, ...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [self, 'run', ...args], { env });
  return JSON.parse(stdout);
}

async function compareAt(times, perSecond) {
  const { observeNode } = await import('../../dist/diagnosis/node/observer.js');
  const extra = [];
  for (let time = 0; time < times; time += 1) {
    const record = observeNode({ command: [], hangAfterMs: 2000, isRelevant: () => true });
    const environments = [process.env, record.environment(process.env)];
    const [plain, watched] = await Promise.all(environments.map((env) => child(env, perSecond)));
    extra.push(watched.share - plain.share);
    record.close();
  }
  process.stdout.write(
    `${process.version}: at ${perSecond} promises/s the probe takes ${(median(extra) * 100).toFixed(1)} % of a core\n`,
  );
}

async function compare(times) {
  const { observeNode } = await import('../../dist/diagnosis/node/observer.js');
  const plain = [];
  const watched = [];
  for (let time = 0; time < times; time += 1) {
    plain.push(await child(process.env));
    const record = observeNode({ command: [], hangAfterMs: 2000, isRelevant: () => true });
    watched.push(await child(record.environment(process.env)));
    record.close();
  }
  const least = (runs) => Math.min(...runs.map(({ cpuMs }) => cpuMs));
  const most = (runs) => Math.max(...runs.map(({ perSecond }) => perSecond));
  const slower = least(watched) / least(plain) - 1;
  process.stdout.write(
    `${process.version}: ${(most(plain) / 1e6).toFixed(2)} → ${(most(watched) / 1e6).toFixed(2)} million promises/s; ` +
      `least CPU ${least(plain).toFixed(0)} → ${least(watched).toFixed(0)} ms: ${(slower * 100).toFixed(1)} % slower\n`,
  );
}

const [role, perSecond] = process.argv.slice(2);
if (role === 'run') await (perSecond === undefined ? measure() : measureAt(Number(perSecond)));
else if (perSecond !== undefined) await compareAt(Number(role), perSecond);
else await compare(Number(role ?? 5));
