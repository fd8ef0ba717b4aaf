// A worker thread waits for a server that never answers; `own` gives it options of its own.
import { subscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';

subscribe('timer-notify:finding', ({ code }) => {
  process.stdout.write(`heard ${code}\n`);
  process.exit(0);
});

const server = createServer(() => {}).listen(0, '127.0.0.1', () => {
  const sends = `fetch('http://127.0.0.1:${server.address().port}/notify').catch(() => {})`;
  new Worker(sends, { eval: true, ...(process.argv[2] === 'own' ? { execArgv: [], env: {} } : {}) });
});
