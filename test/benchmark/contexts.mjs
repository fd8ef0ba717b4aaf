// The library in every thread context: `node test/benchmark/contexts.mjs [count…] [--context name…] [--durable]` sends so
// many notifications from each, every time in a process of its own, and counts what the emulator's own process has
// recorded. 1, 1000 and 100000 where no count is given. Ends with 1 where one is missing or came twice. Needs
// `npm run build` first; the context `bullmq` needs redis-server.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contexts } from '../../dist/contexts/index.js';
import { startEmulator } from '../../dist/emulator/start-emulator.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { context: { type: 'string', multiple: true }, durable: { type: 'boolean', default: false } },
});
const counts = positionals.length === 0 ? [1, 1000, 100_000] : positionals.map(Number);
const names = values.context ?? Object.keys(contexts);
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const widths = [14, 8, 9, 11, 7, 5];

const emulator = await startEmulator();
let failed = false;
print(['context', 'sent', 'arrived', 'duplicates', 'wall', '']);
for (const name of names) {
  for (const count of counts) {
    if (name === 'bullmq' && !hasRedis) print([name, count, 'skipped: redis-server is not installed']);
    else await tryOut(name, count);
  }
}
await emulator.close();
process.exitCode = failed ? 1 : 0;

async function tryOut(name, count) {
  const session = await emulator.open({ host: contexts[name].resolvesHost ? 'name' : 'ip' });
  const redis = name === 'bullmq' ? await startRedis() : null;
  const folder = values.durable ? mkdtempSync(join(tmpdir(), 'timer-notify-contexts-')) : null;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [pathOf('contexts.process.mjs'), name, String(count)], {
    // An open pipe on standard input is what keeps the thread pool busy in the context `starved`.
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    // One that hangs is a finding, and the others are still tried out.
    timeout: 60_000 + 5 * count,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      SLACK_API_URL: session.baseUrl,
      ...(redis === null ? {} : { REDIS_URL: redis.url }),
      ...(folder === null ? {} : { JOURNAL: join(folder, 'journal') }),
    },
  });
  child.once('message', () => child.stdin.end());
  const [code] = await once(child, 'exit');
  await session.flush();
  const wallMs = performance.now() - startedAt;
  const arrived = session.arrivals.length;
  const distinct = new Set(session.arrivals.map(({ id }) => id)).size;
  const isWell = code === 0 && distinct === count && arrived === count;
  failed ||= !isWell;
  const wall = `${(wallMs / 1000).toFixed(2)} s`;
  print([
    name,
    count,
    `${(100 * distinct) / count} %`,
    arrived - distinct,
    wall,
    isWell ? '✔' : `✖ exit ${code}`,
  ]);
  await session.close();
  redis?.stop();
  if (folder !== null) rmSync(folder, { recursive: true });
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}

async function startRedis() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
    cwd: tmpdir(),
  });
  while (!(await accepts(port))) await sleep(20);
  return { url: `redis://127.0.0.1:${port}`, stop: () => redis.kill('SIGKILL') };
}

async function accepts(port) {
  const socket = connect(port, '127.0.0.1');
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

function print(cells) {
  process.stdout.write(`${cells.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join(' ')}\n`);
}
