import { randomUUID } from 'node:crypto';
import type { SenderHandle } from '../../delivery/handle.ts';
import { builtFile } from '../../package-files.ts';
import type { BullmqThreadData, QueuedJob } from '../bullmq-processor.worker.ts';
import { redisUrl } from '../redis.ts';
import { loadHost } from '../resolve-host.ts';
import { heartbeatOnMain } from './heartbeat-on-main.ts';
import type { OpenPlace, PlaceOptions } from './place.ts';

/** What is used of BullMQ's interface: https://docs.bullmq.io/guide/workers/sandboxed-processors */
interface Bullmq {
  readonly Queue: new (name: string, options: object) => BullmqQueue;
  readonly Worker: new (name: string, processor: URL, options: object) => BullmqWorker;
}

interface BullmqQueue {
  /** Until version 5. */
  readonly client?: Promise<RedisClient>;
  /** From version 6 on. */
  readonly backend?: { readonly client: Promise<RedisClient> };
  add(name: string, data: QueuedJob, options: object): Promise<unknown>;
}

interface RedisClient {
  expire(key: string, seconds: number): Promise<unknown>;
}

interface BullmqWorker {
  on(event: 'completed', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'completed', listener: () => void): unknown;
  close(force: boolean): Promise<unknown>;
}

/** Nothing is kept of a job that has ended. */
const done = { removeOnComplete: true, removeOnFail: true };

const prefix = 'timer-notify';

/** The keys of a queue that BullMQ keeps when its jobs are gone: https://docs.bullmq.io */
const keptKeys = ['meta', 'id', 'events', 'marker', 'stalled', 'stalled-check'];
const keptForS = 60;

/** Each expired timer is a job in Redis, run by a processor on a worker thread. */
export const openBullmq: OpenPlace = async (options) => {
  const { Queue, Worker } = loadHost<Bullmq>(options.spec.project, 'bullmq');
  const name = randomUUID();
  const common = { prefix, connection: { url: redisUrl(), maxRetriesPerRequest: null } };
  const queue = new Queue(name, common);
  const worker = new Worker(name, builtFile('trial/bullmq-processor.worker.js'), {
    ...common,
    useWorkerThreads: true,
    workerThreadsOptions: threadsOptions(options),
  });
  const forget = () => void letKeysExpire(queue, name).catch(() => {});
  worker.on('completed', forget);
  // BullMQ connects again by itself; what it can't repair shows as a timer that never expires.
  worker.on('error', () => {});
  const started = new Promise<void>((resolve) => worker.once('completed', () => resolve()));
  await queue.add('prepare', { timer: null }, done);
  await started;
  return heartbeatOnMain(
    async ({ timer, lateByMs }) => {
      await queue.add('expire', { timer, lateByMs }, done);
      forget();
    },
    () => worker.close(true),
  );
};

/** Read anew for each thread that BullMQ starts, so that each has a handle of its own. */
function threadsOptions({ spec, host }: PlaceOptions) {
  let handle: SenderHandle | null = null;
  return {
    get workerData(): BullmqThreadData {
      handle = host.handle();
      return { spec, handle: handle.value };
    },
    get transferList() {
      return handle?.transferList ?? [];
    },
  };
}

/** Nothing is left in the user's Redis, although the trial's process is ended where it stands. */
async function letKeysExpire(queue: BullmqQueue, name: string): Promise<void> {
  const client = await (queue.client ?? queue.backend?.client);
  if (client === undefined) return;
  await Promise.all(keptKeys.map((key) => client.expire(`${prefix}:${name}:${key}`, keptForS)));
}
