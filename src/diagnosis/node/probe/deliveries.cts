import { ChildProcess } from 'node:child_process';
import workerThreads from 'node:worker_threads';
import type { MessageEnd } from '../event.ts' with { 'resolution-mode': 'import' };
import { isInFlood } from './message-rate.cjs';
import { emit, now } from './sink.cjs';
import { tellWorkerError } from './worker-errors.cjs';
import { isObject, wrapMethod } from './wrap.cjs';

/** In a flood, the messages from one sender are told at most this often. */
const quietMs = 20;

/** How Node delivers what came over a port (lib/internal/per_context/messageport.js). */
const dispatch = Symbol.for('nodejs.internal.kHybridDispatch');

interface Taken {
  number: number;
  toldAt: number;
}

const takenFrom = new WeakMap<object, Taken>();

/** Tells of each message before its listener gets it: what is posted and not taken waits. */
export function followDeliveries(endOf: (port: unknown) => MessageEnd | null): void {
  const { MessagePort, Worker } = workerThreads;
  wrapMethod(MessagePort.prototype, dispatch, ([, type], port) => {
    const from = type === 'message' ? endOf(port) : null;
    // Of a port without a name, nobody knows who posts to it; a worker's is told of below.
    if (from?.kind !== 'port' || from.id !== '') tellTaken(port, from);
  });
  wrapMethod(Worker.prototype, 'emit', ([event, error], worker) => {
    if (event === 'error') tellWorkerError(worker, error);
    if (event === 'message') tellTaken(worker, { kind: 'worker', tid: idOf(worker, 'threadId') });
  });
  wrapMethod(ChildProcess.prototype, 'emit', ([event], child) => {
    if (event === 'message') tellTaken(child, { kind: 'process', pid: idOf(child, 'pid') });
  });
  if (process.send === undefined) return;
  wrapMethod(process, 'emit', ([event]) => {
    if (event === 'message') tellTaken(process, { kind: 'process', pid: process.ppid });
  });
}

/** One more message from there is in the program's hands. */
export function tellTaken(source: unknown, from: MessageEnd | null): void {
  if (from === null || !isObject(source)) return;
  const taken = takenOf(source);
  taken.number++;
  const at = now();
  if (isInFlood(at) && at - taken.toldAt < quietMs) return;
  taken.toldAt = at;
  emit({ e: 'taken', t: at, from, n: taken.number });
}

function takenOf(source: object): Taken {
  const known = takenFrom.get(source);
  if (known !== undefined) return known;
  const taken = { number: 0, toldAt: Number.NEGATIVE_INFINITY };
  takenFrom.set(source, taken);
  return taken;
}

function idOf(holder: unknown, key: 'threadId' | 'pid'): number {
  const id: unknown = isObject(holder) ? Reflect.get(holder, key) : null;
  return typeof id === 'number' ? id : -1;
}
