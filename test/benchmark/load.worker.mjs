import { parentPort, workerData } from 'node:worker_threads';
import { openWay, post } from './ways.mjs';

const way = await openWay(workerData.name, workerData.origin, workerData.handle);
await post(way, 500, workerData.inFlight);
parentPort.on('message', async ({ count }) => {
  await post(way, count, workerData.inFlight);
  parentPort.postMessage('done');
});
parentPort.postMessage('ready');
