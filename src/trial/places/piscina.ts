import { createRequire } from 'node:module';
import { Heartbeat } from '../../pipeline/heartbeat.ts';
import { MessageBus } from '../../pipeline/message-bus.ts';
import { logEvent } from '../event-log.ts';
import type { PiscinaTask } from '../piscina-task.worker.ts';
import { resolveFrom } from '../resolve-host.ts';
import type { OpenPlace } from './place.ts';

const tickMs = 50;

/** What is used of Piscina's interface: https://github.com/piscinajs/piscina#class-piscina */
interface PiscinaPool {
  run(task: unknown, options: { transferList: unknown[] }): Promise<unknown>;
  destroy(): Promise<void>;
}

/** Each expired timer is a task of a Piscina pool with its default options; the heartbeat that submits it is on main. */
export const openPiscina: OpenPlace = async (options) => {
  const pool = openPool(options.spec.project);
  const bus = new MessageBus((_topic, error) => {
    logEvent({ kind: 'subscriber-error', message: error instanceof Error ? error.message : String(error) });
  });
  bus.subscribe('timer-expired', async ({ timer, lateByMs }) => {
    const handle = options.host.handle();
    const task: PiscinaTask = { spec: options.spec, handle: handle.value, timer, lateByMs };
    await pool.run(task, { transferList: handle.transferList });
  });
  const heartbeat = new Heartbeat({ bus, thread: 'main', rest: 'turning', tickMs });
  void heartbeat.run();
  return {
    add: (timers) => heartbeat.add(timers),
    cancel: (id) => void heartbeat.cancel(id),
    terminate: () => void pool.destroy(),
    unreference: () => heartbeat.stop(),
    stop: () => {
      heartbeat.stop();
      return pool.destroy();
    },
  };
};

function openPool(project: string): PiscinaPool {
  const file = resolveFrom(project, 'piscina');
  if (file === null) throw new Error('piscina is not installed');
  const Piscina: new (options: { filename: string }) => PiscinaPool = createRequire(import.meta.url)(file);
  return new Piscina({ filename: new URL('../piscina-task.worker.js', import.meta.url).href });
}
