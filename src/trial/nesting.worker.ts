import { Worker, workerData } from 'node:worker_threads';
import { builtFile } from '../package-files.ts';
import type { HeartbeatWorkerData } from './heartbeat.worker.ts';
import { strategyOf } from './strategy-of.ts';

void startNested(workerData);

/** Starts the heartbeat in a worker of its own: the handle it gets is made here, not on main. */
async function startNested(data: HeartbeatWorkerData): Promise<void> {
  const strategy = await strategyOf(data.spec);
  const sender = await strategy.attach(data.handle);
  const handle = sender.handle();
  const nested: HeartbeatWorkerData = { ...data, handle: handle.value };
  new Worker(builtFile('trial/heartbeat.worker.js'), {
    name: 'heartbeat',
    workerData: nested,
    transferList: [data.port, ...handle.transferList],
  });
}
