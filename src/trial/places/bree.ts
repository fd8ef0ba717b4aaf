import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-files.ts';
import type { HostedExpiry } from '../hosted-expiry.ts';
import { loadHost } from '../resolve-host.ts';
import { type TrialSpec, timerOf } from '../trial.ts';
import { heartbeatOnMain } from './heartbeat-on-main.ts';
import type { OpenPlace } from './place.ts';

/** What is used of Bree's interface: https://github.com/breejs/bree#options */
interface BreeScheduler {
  readonly workers: ReadonlyMap<string, Worker>;
  add(job: object): Promise<unknown>;
  run(name: string): Promise<unknown>;
  stop(): Promise<unknown>;
}

type Bree = new (options: object) => BreeScheduler;

/** Jobs that are started before their timers are set: a thread's start is not what a trial measures. */
const startedAhead = 16;

const path = fileURLToPath(builtFile('trial/bree-job.worker.js'));

/** Each expired timer is a Bree job: a worker thread of its own. */
export const openBree: OpenPlace = async ({ spec, host }) => {
  const Bree = loadHost<Bree>(spec.project, 'bree');
  const bree = new Bree({ root: false, doRootCheck: false, logger: false, removeCompleted: true });
  const ahead = Array.from(
    { length: Math.min(spec.count, startedAhead) },
    (_, index) => timerOf(spec, index).id,
  );
  const jobs = new Map(
    await Promise.all(ahead.map(async (id) => [id, await startJob(bree, id, spec)] as const)),
  );
  return heartbeatOnMain(
    async ({ timer, lateByMs }) => {
      const job = jobs.get(timer.id) ?? (await startJob(bree, timer.id, spec));
      const handle = host.handle();
      const expiry: HostedExpiry = { spec, handle: handle.value, timer, lateByMs };
      job.postMessage(expiry, handle.transferList);
    },
    () => bree.stop(),
  );
};

async function startJob(bree: BreeScheduler, name: string, spec: TrialSpec): Promise<Worker> {
  await bree.add({ name, path, worker: { workerData: { spec } } });
  await bree.run(name);
  const job = bree.workers.get(name);
  if (job === undefined) throw new Error(`Bree has not started the job ${name}`);
  await once(job, 'message');
  return job;
}
