import { workerData } from 'node:worker_threads';
import { expireHosted, type HostedExpiry, prepareHosted } from './hosted-expiry.ts';

/** What a thread of the sandbox is started with. */
export type BullmqThreadData = Pick<HostedExpiry, 'spec' | 'handle'>;

/** What lies in Redis: no token, and nothing but the timer. */
export type QueuedExpiry = Pick<HostedExpiry, 'timer' | 'lateByMs'>;

/** The first job of a trial starts the thread; it has no timer. */
export type QueuedJob = QueuedExpiry | { readonly timer: null };

const { spec, handle }: BullmqThreadData = workerData;

/** The sandboxed processor. */
export default function run({ data }: { readonly data: QueuedJob }): Promise<void> {
  return data.timer === null ? prepareHosted(spec) : expireHosted({ spec, handle, ...data });
}
