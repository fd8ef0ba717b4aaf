// Sends again and again, and reports the code of the first failure.
import { parentPort, workerData } from 'node:worker_threads';
import { attachNotifier } from 'timer-notify';

const notifier = await attachNotifier(workerData.handle);
parentPort.postMessage('sending');
for (;;) {
  const outcome = await notifier.send({ channel: 'C1', text: 'again' });
  if (outcome.status === 'failed') {
    parentPort.postMessage(outcome.code);
    break;
  }
}
