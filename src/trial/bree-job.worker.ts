import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { exits } from '../contexts/notes.ts';
import { threadName } from '../delivery/thread-name.ts';
import { logEvent } from './event-log.ts';
import { expireHosted, type HostedExpiry, prepareHosted } from './hosted-expiry.ts';
import type { TrialSpec } from './trial.ts';

if (parentPort === null) throw new Error('a Bree job must be started as a worker');
void run(parentPort, workerData);

async function run(main: MessagePort, { spec }: { readonly spec: TrialSpec }): Promise<void> {
  const expired = once(main, 'message');
  await prepareHosted(spec);
  main.postMessage('ready');
  const [expiry]: HostedExpiry[] = await expired;
  if (expiry !== undefined) await expireHosted(expiry);
  logEvent(exits(threadName()));
  // How Bree's jobs end: https://github.com/breejs/bree#writing-jobs-with-promises-and-async-await
  main.postMessage('done');
  process.exit(0);
}
