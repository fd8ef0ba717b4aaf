// Sends, parks for longer than the deadline, and reports what it learns of its messages then.
import { parentPort, workerData } from 'node:worker_threads';
import { loadStrategy } from '../../../dist/delivery/index.js';

const { strategy, handle, count, parkedMs } = workerData;
const sender = await (await loadStrategy(strategy)).attach(handle);
const sent = Array.from({ length: count }, (_, index) =>
  sender.send({ id: `n-${index}`, path: 'expiry', channel: 'C1', text: `message ${index}` }),
);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, parkedMs);
parentPort.postMessage(await Promise.all(sent));
await sender.close();
