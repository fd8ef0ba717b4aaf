import { type MessagePort, workerData } from 'node:worker_threads';
import { contexts } from '../contexts/index.ts';
import { CallSignals } from '../contexts/signals.ts';
import type { HandleValue } from '../delivery/handle.ts';
import { threadName } from '../delivery/thread-name.ts';
import { logEvent } from './event-log.ts';
import { sendingHeartbeat } from './sending-thread.ts';
import { standstillMs } from './standstill-time.ts';
import { strategyOf } from './strategy-of.ts';
import type { TrialSpec } from './trial.ts';

/** What a heartbeat's worker is started with. */
export interface HeartbeatWorkerData {
  readonly spec: TrialSpec;
  readonly handle: HandleValue;
  readonly signals: SharedArrayBuffer;
  readonly port: MessagePort;
}

void run(workerData);

async function run({ spec, handle, signals, port }: HeartbeatWorkerData): Promise<void> {
  const strategy = await strategyOf(spec);
  const sender = await strategy.attach(handle);
  const heartbeat = sendingHeartbeat({
    context: contexts[spec.context],
    strategy,
    sender,
    thread: {
      name: threadName(),
      signals: new CallSignals(signals),
      log: logEvent,
      standstillMs: standstillMs(spec.patienceMs),
    },
    port,
    load: spec.load,
  });
  port.postMessage({ kind: 'ready' });
  await heartbeat.run();
  await sender.close();
  port.close();
}
