// `doctor --follow` over a server that sends without pause, with one fault in the middle: when the finding came after its
// proof, and how much memory the doctor and the program took over time.
// node test/benchmark/follow.mjs [--minutes 60] [--rate 100] [--node path]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    node: { type: 'string', default: process.execPath },
  },
});
const minutes = Number(values.minutes);
const timeoutMs = 1000;

/** Its far end is a process of its own. At half time a worker starts a request with a deadline and parks for good. */
const program = `
const { fork } = require('node:child_process');
const { Worker } = require('node:worker_threads');
const [rate, faultMs] = process.argv.slice(1).map(Number);
const far = fork('-', { execArgv: ['-e', \`
  const server = require('node:http').createServer((req, res) => { req.resume(); req.on('end', () => res.end('{"ok":true}')); });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.once('disconnect', () => process.exit());
\`], env: { PATH: process.env.PATH } });
far.once('message', (port) => {
  const url = 'http://127.0.0.1:' + port + '/api/chat.postMessage';
  const send = () => fetch(url, { method: 'POST', body: '{"text":"tick"}' }).then((reply) => reply.text(), () => {});
  setInterval(send, 1000 / rate);
  setTimeout(() => {
    new Worker(\`
      const { workerData } = require('node:worker_threads');
      fetch(workerData, { method: 'POST', body: '{"text":"Timer expired"}', signal: AbortSignal.timeout(${timeoutMs}) }).catch(() => {});
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    \`, { eval: true, workerData: url }).once('online', () => console.log('fault'));
  }, faultMs);
});
`;

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const faultMs = (minutes * 60_000) / 2;
const { NODE_OPTIONS: _options, ...env } = process.env;
const doctor = spawn(
  process.execPath,
  [cli, 'doctor', '--follow', '--json', '--', values.node, '-e', program, '--', values.rate, String(faultMs)],
  { stdio: ['ignore', 'pipe', 'pipe'], env },
);

const findings = [];
let faultAt = Number.NaN;
for (const stream of [doctor.stdout, doctor.stderr])
  createInterface(stream).on('line', (line) => {
    const now = performance.now();
    if (line === 'fault') faultAt = now;
    const code = codeOf(line);
    if (code === null) return;
    findings.push(code);
    const since = Number.isNaN(faultAt)
      ? 'before the fault'
      : `${Math.round(now - faultAt - timeoutMs)} ms after the proof`;
    process.stdout.write(`${code}: ${since}\n`);
  });

/** The code of the finding that the line holds; null where it holds none. */
function codeOf(line) {
  try {
    const { finding, code } = JSON.parse(line);
    return finding?.code ?? code ?? null;
  } catch {
    return null;
  }
}

const rss = [];
const sampling = setInterval(() => {
  const kb = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${doctor.pid}/status`, 'utf8'))?.[1]);
  rss.push(Math.round(kb / 1024));
}, 15_000);

await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
clearInterval(sampling);
doctor.kill('SIGINT');
await new Promise((resolve) => doctor.once('exit', resolve));
const tenth = Math.max(1, Math.floor(rss.length / 10));
const mean = (part) => Math.round(part.reduce((sum, one) => sum + one, 0) / part.length);
process.stdout.write(
  `${findings.length} findings; the doctor's memory in MB: ${mean(rss.slice(tenth, 2 * tenth))} after a tenth of the time, ${mean(rss.slice(-tenth))} in the last tenth, ${Math.max(...rss)} at most\n`,
);
process.exitCode = findings.length === 1 && findings[0] === 'loop-parked' ? 0 : 1;
