// Whether what the doctor and its probe keep is bounded: `node test/benchmark/memory.mjs [minutes, 5 or more] [requests a second]`.
// One program sends steadily, by node:http, undici and fetch in turn, and some requests are refused; it runs bare
// and under the doctor at the same time. Prints the resident memory of all three each minute, and the medians of the
// second and of the last fifth of the time. Needs `npm run build` first.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';

const self = fileURLToPath(import.meta.url);
const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const pageBytes = 4096;
const mebibyte = 1024 * 1024;

async function send(origin, perSecond) {
  const { Pool } = await import('undici');
  const pool = new Pool(origin, { connections: 4 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const body = JSON.stringify({ channel: '#general', text: 'Timer expired' });
  const path = '/api/chat.postMessage';
  const ways = [
    () =>
      new Promise((resolve, reject) => {
        const request = http.request(`${origin}${path}`, { method: 'POST', agent });
        request.once('response', (response) => response.resume().once('end', resolve));
        request.once('error', reject).end(body);
      }),
    async () => (await pool.request({ path, method: 'POST', body })).body.dump(),
    async () => (await fetch(`${origin}${path}`, { method: 'POST', body })).text(),
    // Nobody listens there; the error is handled.
    () => fetch('http://127.0.0.1:2/', { method: 'POST', body }).catch(() => {}),
  ];
  let turn = 0;
  setInterval(() => {
    for (let sent = 0; sent < perSecond / 10; sent++) {
      const way = turn % 50 === 49 ? 3 : turn % 3;
      turn++;
      setTimeout(() => void ways[way](), 5);
    }
  }, 100);
}

/** Resident memory of a process, in MiB. */
function residentMib(pid) {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes) / mebibyte;
}

function childOf(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

async function compare(minutes, perSecond) {
  const server = fork(new URL('server.process.mjs', import.meta.url));
  const [port] = await once(server, 'message');
  const program = [self, 'send', `http://127.0.0.1:${port}`, String(perSecond)];
  const bare = spawn(process.execPath, program, { stdio: 'ignore' });
  const doctor = spawn(
    process.execPath,
    [cli, 'doctor', '--until', 'timeout', '--timeout', `${minutes + 1}m`, '--', process.execPath, ...program],
    { stdio: 'ignore' },
  );
  const rows = [];
  for (let minute = 1; minute <= minutes; minute++) {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    const row = {
      bare: residentMib(bare.pid),
      watched: residentMib(childOf(doctor.pid)),
      doctor: residentMib(doctor.pid),
    };
    rows.push(row);
    const cells = Object.entries(row).map(([name, mib]) => `${name} ${mib.toFixed(0)} MiB`);
    process.stdout.write(`minute ${minute}: ${cells.join(', ')}\n`);
  }
  for (const name of ['bare', 'watched', 'doctor']) {
    const fifth = Math.floor(rows.length / 5);
    const early = median(rows.slice(fifth, 2 * fifth).map((row) => row[name]));
    const late = median(rows.slice(-fifth).map((row) => row[name]));
    process.stdout.write(
      `${name}: ${early.toFixed(0)} MiB, at last ${late.toFixed(0)} MiB: ${(late / early).toFixed(2)} ×\n`,
    );
  }
  doctor.kill('SIGINT');
  bare.kill();
  server.disconnect();
}

const [, , first, ...rest] = process.argv;
if (first === 'send') await send(rest[0], Number(rest[1]));
else await compare(Number(first ?? 60), Number(rest[0] ?? 200));
