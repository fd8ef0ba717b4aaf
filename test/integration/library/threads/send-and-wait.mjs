// Sends, says so, and waits to be ended.
import { parentPort, workerData } from 'node:worker_threads';
import { attachNotifier } from 'timer-notify';

const notifier = await attachNotifier(workerData.handle);
for (let index = 0; index < workerData.count; index += 1) {
  void notifier.send({ id: `n-${index}`, channel: 'C1', text: `message ${index}` });
}
parentPort.postMessage('sent');
setInterval(() => {}, 1000);
