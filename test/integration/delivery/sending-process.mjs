// Sends 100 notifications, from main or from a worker, and then does what `ending` says.
import { Worker } from 'node:worker_threads';
import { loadStrategy } from '../../../dist/delivery/index.js';

const [baseUrl, ending] = process.argv.slice(2);
const workers = [];
process.on('worker', (worker) => workers.push(worker));
const host = await (await loadStrategy('shared-pool')).open({
  target: { kind: 'bot', baseUrl, token: 'xoxb-test-token' },
  deadlineMs: 10_000,
  connections: 10,
  queueLimit: 1000,
});
if (ending === 'worker') {
  const worker = new Worker(new URL('./sending.worker.mjs', import.meta.url), {
    workerData: {
      strategy: 'shared-pool',
      handle: host.handle().value,
      count: 100,
      ending: 'stand-still',
      prefix: 'n',
      nest: 0,
    },
  });
  worker.once('message', () => process.exit(0));
} else {
  if (ending === 'io-thread') await workers[0].terminate();
  for (let index = 0; index < 100; index += 1) {
    host.sender.send({ id: `n-${index}`, path: 'expiry', channel: 'C1', text: `message ${index}` });
  }
  if (ending === 'exit' || ending === 'io-thread') process.exit(0);
  if (ending === 'throw') throw new Error('on purpose');
}
