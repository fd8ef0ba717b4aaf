// Sends, and does in the next statement what it was told to do then.
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { attachNotifier } from 'timer-notify';
import { expectDelivered, sendAll } from './contexts.sending.mjs';

const { count, signals, ending } = workerData;

if (ending === 'nest') {
  const [code] = await once(
    new Worker(new URL(import.meta.url), { workerData: { ...workerData, ending: 'await' } }),
    'exit',
  );
  process.exit(code);
}

const notifier = await attachNotifier();
if (ending === 'wait for go') {
  parentPort.postMessage('ready');
  Atomics.wait(signals, 1, 0);
}
const sent = sendAll(notifier, count);
if (ending === 'exit') process.exit();
if (ending === 'park') {
  tell();
  Atomics.wait(signals, 1, 0);
}
if (ending === 'spin') {
  tell();
  while (Atomics.load(signals, 1) === 0);
}
await expectDelivered(sent);
tell();
await notifier.close();

function tell() {
  Atomics.store(signals, 0, 1);
  Atomics.notify(signals, 0);
}
