// Attaches with the handle it is given, sends what it is asked to and reports the outcomes.
import { parentPort, workerData } from 'node:worker_threads';

const { loadStrategy } = await import(workerData.entry);
const strategy = await loadStrategy(workerData.strategy);
const sender = await strategy.attach(workerData.handle);
parentPort.on('message', async ({ notifications, then }) => {
  const outcomes = notifications.map((notification) => sender.send(notification));
  if (then === 'exit') process.exit(0);
  if (then === 'park') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  parentPort.postMessage(await Promise.all(outcomes));
});
parentPort.postMessage('ready');
