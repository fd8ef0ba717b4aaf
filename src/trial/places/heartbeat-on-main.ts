import { Heartbeat } from '../../pipeline/heartbeat.ts';
import { type BusEvents, MessageBus } from '../../pipeline/message-bus.ts';
import { logEvent } from '../event-log.ts';
import type { PlacedHeartbeat } from './place.ts';

const tickMs = 50;

/** A heartbeat on main that hands each expired timer to a real host, which `endHost` ends. */
export function heartbeatOnMain(
  expire: (event: BusEvents['timer-expired']) => Promise<void>,
  endHost: () => Promise<unknown>,
): PlacedHeartbeat {
  const bus = new MessageBus((_topic, error) => {
    logEvent({ kind: 'subscriber-error', message: error instanceof Error ? error.message : String(error) });
  });
  bus.subscribe('timer-expired', expire);
  const heartbeat = new Heartbeat({ bus, thread: 'main', rest: 'running', tickMs });
  void heartbeat.run();
  return {
    add: (timers) => heartbeat.add(timers),
    cancel: (id) => void heartbeat.cancel(id),
    terminate: () => void endHost(),
    unreference: () => heartbeat.stop(),
    async stop() {
      heartbeat.stop();
      await endHost();
    },
  };
}
