// What the doctor's probe costs a program that sends as fast as it can: `node test/benchmark/probe-cost.mjs [rounds]`.
// Plain and watched runs alternate, so that both meet the same weather; CPU time is told beside the throughput, since
// the throughput of a shared machine says little. Needs `npm run build` first.
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './median.mjs';

const self = fileURLToPath(import.meta.url);
const concurrency = 20;
/** A rate that lasts is judged: by then V8 has compiled what runs often, in both. */
const warmUpRequests = 20_000;
const requests = 40_000;
const message = JSON.stringify({ channel: '#general', text: 'Timer expired' });
/** The rate, in requests/s, at which the probe's share of a core is judged. */
const judgedRate = 5000;

function serve() {
  const server = http.createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
  });
  // A busy machine may keep a client from its connections for longer than Node's server does.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
}

async function send(client, origin) {
  const post = await clients[client](origin);
  await many(warmUpRequests, post);
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await many(requests, post);
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = requests / ((performance.now() - startedAt) / 1000);
  process.stdout.write(JSON.stringify({ perSecond, cpuUs: (user + system) / requests }));
  process.exit(0);
}

async function many(count, post) {
  let left = count;
  const one = async () => {
    while (left-- > 0) await post();
  };
  await Promise.all(Array.from({ length: concurrency }, one));
}

const clients = {
  'node:http': async (origin) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
    const headers = { 'content-type': 'application/json', 'content-length': message.length };
    return () =>
      new Promise((resolve, reject) => {
        const request = http.request(`${origin}/api/chat.postMessage`, { method: 'POST', agent, headers });
        request.once('response', (response) => response.resume().once('end', resolve));
        request.once('error', reject).end(message);
      });
  },
  undici: async (origin) => {
    const { Pool } = await import('undici');
    const pool = new Pool(origin, { connections: concurrency });
    return async () => {
      const { body } = await pool.request({ path: '/api/chat.postMessage', method: 'POST', body: message });
      await body.dump();
    };
  },
  fetch: async (origin) => async () => {
    const response = await fetch(`${origin}/api/chat.postMessage`, { method: 'POST', body: message });
    await response.text();
  },
};

async function compare(rounds) {
  const { observeNode } = await import('../../dist/diagnosis/node/observer.js');
  const server = fork(self, ['server']);
  const [origin] = await once(server, 'message');
  for (const client of Object.keys(clients)) {
    const plain = [];
    const watched = [];
    for (let round = 0; round < rounds; round += 1) {
      plain.push(await run(client, origin, process.env));
      const record = observeNode({ command: [], hangAfterMs: 2000, isRelevant: () => true });
      watched.push(await run(client, origin, record.environment(process.env)));
      record.close();
    }
    tell(client, plain, watched);
  }
  server.kill();
}

async function run(client, origin, env) {
  const { stdout } = await promisify(execFile)(process.execPath, [self, 'client', client, origin], { env });
  return JSON.parse(stdout);
}

function tell(client, plain, watched) {
  const [before, after] = [plain, watched].map((runs) => median(runs.map(({ cpuUs }) => cpuUs)));
  const [free, slowed] = [plain, watched].map((runs) => median(runs.map(({ perSecond }) => perSecond)));
  const share = ((after - before) * judgedRate) / 1e6;
  process.stdout.write(
    `${client.padEnd(10)} CPU/request ${before.toFixed(1)} → ${after.toFixed(1)} µs; ` +
      `at ${judgedRate} requests/s the probe takes ${(share * 100).toFixed(1)} % of a core; ` +
      `as fast as it can: ${Math.round(free)} → ${Math.round(slowed)} requests/s\n`,
  );
}

const [role, ...args] = process.argv.slice(2);
if (role === 'server') serve();
else if (role === 'client') await send(...args);
else await compare(Number(role ?? 5));
