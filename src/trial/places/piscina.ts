import { builtFile } from '../../package-files.ts';
import type { HostedExpiry } from '../hosted-expiry.ts';
import { loadHost } from '../resolve-host.ts';
import { heartbeatOnMain } from './heartbeat-on-main.ts';
import type { OpenPlace } from './place.ts';

/** What is used of Piscina's interface: https://github.com/piscinajs/piscina#class-piscina */
interface PiscinaPool {
  run(task: unknown, options: { name?: string; transferList?: unknown[] }): Promise<unknown>;
  destroy(): Promise<void>;
}

type Piscina = new (options: { filename: string }) => PiscinaPool;

/** Each expired timer is a task of a Piscina pool with its default options. */
export const openPiscina: OpenPlace = async ({ spec, host }) => {
  const Piscina = loadHost<Piscina>(spec.project, 'piscina');
  const pool = new Piscina({ filename: builtFile('trial/piscina-task.worker.js').href });
  await pool.run(spec, { name: 'prepare' });
  return heartbeatOnMain(
    async ({ timer, lateByMs }) => {
      const handle = host.handle();
      const task: HostedExpiry = { spec, handle: handle.value, timer, lateByMs };
      await pool.run(task, { transferList: handle.transferList });
    },
    () => pool.destroy(),
  );
};
