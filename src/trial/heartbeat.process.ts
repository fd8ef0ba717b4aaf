import { once } from 'node:events';
import { contexts } from '../contexts/index.ts';
import { CallSignals } from '../contexts/signals.ts';
import { applyHeartbeat, type HeartbeatMessage } from '../pipeline/heartbeat-port.ts';
import { deliveryOptions } from './delivery-options.ts';
import { logEvent } from './event-log.ts';
import { parseUnoptimised } from './quick-parser.ts';
import { sendingHeartbeat } from './sending-thread.ts';
import { standstillMs } from './standstill-time.ts';
import { strategyOf } from './strategy-of.ts';
import type { TrialSpec } from './trial.ts';

// The parent's end must end this process too.
process.on('disconnect', () => process.exit(1));
void run();

async function run(): Promise<void> {
  const [spec]: TrialSpec[] = await once(process, 'message');
  if (spec === undefined) throw new Error('no spec came');
  const strategy = await strategyOf(spec);
  const host = await strategy.open(deliveryOptions(spec));
  const heartbeat = sendingHeartbeat({
    context: contexts[spec.context],
    strategy,
    sender: host.sender,
    thread: {
      name: 'child-process',
      signals: new CallSignals(),
      log: logEvent,
      standstillMs: standstillMs(spec.patienceMs),
    },
    port: null,
    load: spec.load,
  });
  if (spec.load === undefined) parseUnoptimised();
  process.on('message', (message: HeartbeatMessage) => applyHeartbeat(heartbeat, message));
  process.send?.({ kind: 'ready' });
  await heartbeat.run();
  await host.close();
  process.disconnect();
}
