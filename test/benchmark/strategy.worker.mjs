import { parentPort, workerData } from 'node:worker_threads';
import { loadStrategy } from '../../dist/delivery/index.js';
import { notification, post } from './ways.mjs';

const sender = await (await loadStrategy(workerData.name)).attach(workerData.handle);
parentPort.on('message', async ({ count, inFlight }) => {
  await post((index) => sender.send(notification(index)), count, inFlight);
  parentPort.postMessage('done');
});
parentPort.postMessage('ready');
