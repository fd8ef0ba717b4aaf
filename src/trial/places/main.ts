import { logEvent } from '../event-log.ts';
import { sendingHeartbeat } from '../sending-thread.ts';
import { standstillMs } from '../standstill-time.ts';
import type { OpenPlace } from './place.ts';

/** The heartbeat on main's own loop. */
export const openMain: OpenPlace = async ({ spec, context, strategy, host, signals }) => {
  const heartbeat = sendingHeartbeat({
    context,
    strategy,
    sender: host.sender,
    thread: { name: 'main', signals, log: logEvent, standstillMs: standstillMs(spec.patienceMs) },
    port: null,
    load: spec.load,
  });
  const run = heartbeat.run();
  return {
    add: (timers) => heartbeat.add(timers),
    cancel: (id) => void heartbeat.cancel(id),
    terminate: () => heartbeat.stop(),
    unreference: () => heartbeat.stop(),
    stop: () => {
      heartbeat.stop();
      return run;
    },
  };
};
