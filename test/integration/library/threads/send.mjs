import { workerData } from 'node:worker_threads';
import { attachNotifier } from 'timer-notify';

// Hands over and, where asked, never turns its loop again.
const notifier = await attachNotifier(workerData.from);
const told = Promise.all(workerData.messages.map((message) => notifier.send(message)));
if (workerData.then === 'park') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
if (workerData.then === 'exit') process.exit(0);
await told;
await notifier.close();
