import { MessageChannel, type MessagePort, type TransferListItem, Worker } from 'node:worker_threads';
import type { SenderHandle } from '../../delivery/handle.ts';
import { builtFile } from '../../package-files.ts';
import { RemoteHeartbeat } from '../../pipeline/heartbeat-port.ts';
import { logEvent } from '../event-log.ts';
import type { HeartbeatWorkerData } from '../heartbeat.worker.ts';
import type { AboutToCall } from '../sending-thread.ts';
import type { OpenPlace, PlacedHeartbeat, PlaceOptions } from './place.ts';

/** The heartbeat in a worker thread. */
export const openWorker: OpenPlace = (options) =>
  startHeartbeat(options, builtFile('trial/heartbeat.worker.js'));

/** The heartbeat in a worker that a worker has started. */
export const openNestedWorker: OpenPlace = (options) =>
  startHeartbeat(options, builtFile('trial/nesting.worker.js'));

async function startHeartbeat(options: PlaceOptions, entry: URL): Promise<PlacedHeartbeat> {
  const { port1, port2 } = new MessageChannel();
  const { data, transferList } = workerDataOf(options, options.host.handle(), port2);
  const worker = new Worker(entry, { name: 'heartbeat', workerData: data, transferList });
  worker.on('error', (error: unknown) => {
    logEvent({ kind: 'subscriber-error', message: error instanceof Error ? error.message : String(error) });
  });
  const ended = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
  worker.on('exit', (code) => logEvent({ kind: 'sender-ended', code }));
  await ready(port1, options.onAboutToCall);
  const remote = new RemoteHeartbeat((message) => port1.postMessage(message));
  return {
    add: (timers) => remote.add(timers),
    cancel: (id) => remote.cancel(id),
    terminate: () => void worker.terminate(),
    unreference: () => {
      worker.unref();
      port1.unref();
    },
    stop: () => {
      remote.stop();
      return ended;
    },
  };
}

function workerDataOf(
  { spec, signals }: PlaceOptions,
  handle: SenderHandle,
  port: MessagePort,
): { data: HeartbeatWorkerData; transferList: TransferListItem[] } {
  const data = { spec, handle: handle.value, signals: signals.shared, port };
  return { data, transferList: [port, ...handle.transferList] };
}

function ready(port: MessagePort, onAboutToCall: () => void): Promise<void> {
  return new Promise((resolve) => {
    port.on('message', (message: { kind: 'ready' } | AboutToCall) => {
      if (message.kind === 'ready') resolve();
      else onAboutToCall();
    });
  });
}
