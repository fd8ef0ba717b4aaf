// Sends `count` notifications from this thread and then does what `ending` says, in the next statement.
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { loadStrategy } from '../../../dist/delivery/index.js';

const { strategy, handle, count, ending, prefix, nest } = workerData;
if (nest > 0) {
  const sender = await (await loadStrategy(strategy)).attach(handle);
  new Worker(new URL(import.meta.url), {
    workerData: { ...workerData, handle: sender.handle().value, nest: nest - 1 },
  }).on('message', (message) => parentPort.postMessage(message));
} else {
  const sender = await (await loadStrategy(strategy)).attach(handle);
  const sent = Array.from({ length: count }, (_, index) =>
    sender.send({ id: `${prefix}-${index}`, path: 'expiry', channel: 'C1', text: `${prefix} ${index}` }),
  );
  if (ending === 'exit') process.exit(0);
  if (ending === 'throw') throw new Error('on purpose');
  if (ending === 'stand-still') {
    parentPort.postMessage('standing still');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  parentPort.postMessage({ outcomes: await Promise.all(sent) });
}
