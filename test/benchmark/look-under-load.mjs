// A server under load is looked into again and again: no request may fail, and the process must be as it was.
// node test/benchmark/look-under-load.mjs [--rate 5000] [--looks 10] [--heap 0] [--node path]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    looks: { type: 'string', default: '10' },
    heap: { type: 'string', default: '0' },
    node: { type: 'string', default: process.execPath },
  },
});
const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));

/** Answers, keeps the pauses of its loop, waits for what is to come, and fills its heap with small objects. */
const server = `
const http = require('node:http');
const ballast = [];
const filled = () => process.memoryUsage().heapUsed / 2 ** 20;
const target = Number(process.argv[1]);
while (filled() < target) for (let at = 0; at < 20000; at++) ballast.push({ at, text: 'x' + at, list: [at, at + 1] });
let last = performance.now();
let pauses = [];
setInterval(() => { const now = performance.now(); if (now - last > 20) pauses.push(Math.round(now - last - 1)); last = now; }, 1);
let collections = [];
new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) if (duration > 20) collections.push(Math.round(duration)); }).observe({ entryTypes: ['gc'] });
class Jobs { waiting = []; next() { return new Promise((resolve) => this.waiting.push(resolve)); } }
const jobs = new Jobs();
(async () => { for (;;) http.get(await jobs.next()); })();
(async () => { await new Promise((resolve) => setTimeout(resolve, 3600000)); jobs.waiting[0]?.(''); })();
const looked = () => new Promise((resolve) => setImmediate(resolve));
const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
const app = http.createServer(async (request, response) => {
  if (request.url !== '/self') { await looked(); return response.end('ok'); }
  const self = { pauses: pauses.sort((a, b) => b - a), collections: collections.sort((a, b) => b - a), heap: filled(), resources: process.getActiveResourcesInfo().filter((name) => name !== 'TCPSocketWrap' && name !== 'Immediate').sort(), listeners: listeners() };
  pauses = [];
  collections = [];
  response.end(JSON.stringify(self));
});
app.keepAliveTimeout = 60000;
app.listen(0, '127.0.0.1', () => console.log(app.address().port));
`;

const { NODE_OPTIONS: _options, ...env } = process.env;
const child = spawn(values.node, ['--max-old-space-size=4096', '-e', server, values.heap], {
  stdio: ['ignore', 'pipe', 'ignore'],
  env,
});
const [line] = await once(child.stdout, 'data');
const origin = `http://127.0.0.1:${String(line).trim()}`;
const pool = new Pool(origin, { connections: 50, pipelining: 1 });
const self = async () => await (await fetch(`${origin}/self`)).json();

let sent = 0;
let failed = 0;
const started = performance.now();
const perTick = Number(values.rate) / 100;
const tick = setInterval(() => {
  for (let at = 0; at < perTick; at++) {
    sent++;
    pool.request({ path: '/', method: 'GET' }).then(
      ({ body }) => body.dump(),
      () => failed++,
    );
  }
}, 10);

await new Promise((resolve) => setTimeout(resolve, 2000));
const before = await self();
process.stdout.write(
  `heap ${Math.round(before.heap)} MB; longest pause of its loop without a look: ${before.pauses[0] ?? 0} ms\n`,
);
for (let look = 0; look < Number(values.looks); look++) {
  const doctor = spawn(
    process.execPath,
    [cli, 'doctor', '--json', '--max-heap', '2000MB', '--pid', String(child.pid)],
    { stdio: ['ignore', 'pipe', 'inherit'], env },
  );
  const report = JSON.parse(await text(doctor.stdout));
  const [{ longestPauseMs, snapshotPauseMs, heapPausesMs }] = report.looks;
  const { pauses, collections } = await self();
  process.stdout.write(
    `look ${look + 1}: ${report.verdict}; questions at most ${longestPauseMs} ms; its heap read for at most ${snapshotPauseMs} ms, ${heapPausesMs} ms in all; longest pauses of its loop ${pauses.slice(0, 8).join(', ')} ms, garbage collections ${collections.slice(0, 8).join(', ')} ms; ${report.blindSpots.join('; ')}\n`,
  );
}
clearInterval(tick);
const rate = sent / ((performance.now() - started) / 1000);
await new Promise((resolve) => setTimeout(resolve, 3000));
const after = await self();
const same =
  JSON.stringify([before.resources, before.listeners]) === JSON.stringify([after.resources, after.listeners]);
process.stdout.write(
  `${sent} requests at ${rate.toFixed(0)}/s, ${failed} failed; handles and listeners ${same ? 'as before' : `differ: ${JSON.stringify([before, after], ['resources', 'listeners'])}`}\n`,
);
await pool.destroy();
child.kill('SIGKILL');
process.exitCode = failed === 0 && same ? 0 : 1;
