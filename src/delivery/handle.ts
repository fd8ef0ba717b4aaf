import type { WorkerOptions } from 'node:worker_threads';
import { type NotifierError, withCode } from './notifier-error.ts';

/** What a thread needs to become a sender. All of it can cross to another thread; only who wrote it can read it. */
export interface HandleValue {
  readonly writtenBy: 'own-loop' | 'detached' | 'bridged' | 'shared-pool' | 'handler';
}

/** As a worker takes it: what an item is called differs between versions of Node's types. */
export type TransferList = NonNullable<WorkerOptions['transferList']>;

/** `value` goes into `workerData` with its `transferList`. One handle serves one thread. */
export interface SenderHandle {
  readonly value: HandleValue;
  readonly transferList: TransferList;
}

/** @param strategy that was asked to read it */
export function foreignHandle(strategy: string): TypeError & NotifierError {
  return withCode(
    'invalid-handle',
    new TypeError(`not a handle of ${strategy}; pass what its handle() returned, with its transferList`),
  );
}
