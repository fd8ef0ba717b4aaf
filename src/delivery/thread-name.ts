import { isMainThread, threadId } from 'node:worker_threads';

/** How this thread is called in a notification's metadata and in reports. */
export function threadName(): string {
  return isMainThread ? 'main' : `worker-${threadId}`;
}
