import { ChildProcess } from 'node:child_process';
import workerThreads from 'node:worker_threads';
import type { MessageEnd } from '../protocol.ts';
import { childEnded } from './child-endings.cjs';
import { type Context, runIn } from './contexts.cjs';
import { isInFlood } from './message-rate.cjs';
import { beginOrigin } from './origins.cjs';
import { emit, now } from './sink.cjs';
import { userFramesHere } from './stack.cjs';
import { reportWorkerError } from './worker-errors.cjs';
import { attempt, isFunction, isObject, wrapCall } from './wrap.cjs';

/** In a flood, the messages from one sender are reported at most this often. */
const quietMs = 20;

/** How Node delivers what came over a port (lib/internal/per_context/messageport.js). */
const dispatch = Symbol.for('nodejs.internal.kHybridDispatch');

interface Taken {
  number: number;
  reportedAt: number;
}

const takenFrom = new WeakMap<object, Taken>();

/** Reports each message before its listener gets it: what is posted and not taken waits. */
export function followDeliveries(endOf: (port: unknown) => MessageEnd | null): void {
  const { MessagePort, Worker } = workerThreads;
  followFlows(MessagePort.prototype, dispatch, ([, type], port) => {
    const from = type === 'message' ? endOf(port) : null;
    // Of a port without a name, nobody knows who posts to it; a worker's is reported below.
    if (from === null || (from.kind === 'port' && from.id === '')) return null;
    reportTaken(port, from);
    return 'message';
  });
  followFlows(Worker.prototype, 'emit', ([event, error], worker) => {
    if (event === 'error') reportWorkerError(worker, error);
    if (event !== 'message') return null;
    reportTaken(worker, { kind: 'worker', tid: idOf(worker, 'threadId') });
    return event;
  });
  followFlows(ChildProcess.prototype, 'emit', ([event, code, signal], child) => {
    if (event === 'exit') childEnded(child, code, signal);
    if (event !== 'message') return null;
    reportTaken(child, { kind: 'process', pid: idOf(child, 'pid') });
    return event;
  });
  followFlows(process, 'emit', ([event]) => {
    if (event === 'message' && process.send !== undefined) {
      reportTaken(process, { kind: 'process', pid: process.ppid });
      return event;
    }
    return typeof event === 'string' && /^SIG[A-Z0-9]+$/.test(event) ? event : null;
  });
}

/** What a listener does goes back to the message or signal that it is called for; `begins` names the event. */
function followFlows(
  holder: object,
  method: PropertyKey,
  begins: (args: readonly unknown[], self: unknown) => string | null,
): void {
  wrapCall(holder, method, (target, self, args) => {
    let context: Context | null = null;
    attempt(() => {
      const event = begins(args, self);
      if (event === null || !isObject(self)) return;
      const listener = listenerOf(self, event);
      if (listener === null) return;
      context = beginOrigin(event === 'message' ? 'message' : 'signal', listener.callback, listener.frames);
    });
    return context === null
      ? Reflect.apply(target, self, args)
      : runIn(context, () => Reflect.apply(target, self, args));
  });
}

interface Listener {
  readonly callback: object;
  /** Where it was added, as far as that is known. */
  readonly frames: readonly string[];
}

const portListeners = new WeakMap<object, Listener>();

/** A port says to nobody what it calls. */
export function rememberListener(port: object, callback: unknown): void {
  if (isFunction(callback)) portListeners.set(port, { callback, frames: userFramesHere() });
}

const places = new WeakMap<object, readonly string[]>();

/** Where the program adds this listener. */
export function rememberPlace(callback: unknown): void {
  if (isFunction(callback)) places.set(callback, userFramesHere());
}

function listenerOf(source: object, event: string): Listener | null {
  const known = portListeners.get(source);
  if (known !== undefined) return known;
  const listeners: unknown = Reflect.get(source, 'listeners');
  const found: unknown = isFunction(listeners) ? Reflect.apply(listeners, source, [event]) : null;
  const callback: unknown = Array.isArray(found) ? found[0] : null;
  return isFunction(callback) ? { callback, frames: places.get(callback) ?? [] } : null;
}

/** One more message from there is in the program's hands. */
export function reportTaken(source: unknown, from: MessageEnd | null): void {
  if (from === null || !isObject(source)) return;
  const taken = takenOf(source);
  taken.number++;
  const at = now();
  if (isInFlood(at) && at - taken.reportedAt < quietMs) return;
  taken.reportedAt = at;
  emit({ e: 'taken', t: at, from, n: taken.number });
}

function takenOf(source: object): Taken {
  const known = takenFrom.get(source);
  if (known !== undefined) return known;
  const taken = { number: 0, reportedAt: Number.NEGATIVE_INFINITY };
  takenFrom.set(source, taken);
  return taken;
}

function idOf(holder: unknown, key: 'threadId' | 'pid'): number {
  const id: unknown = isObject(holder) ? Reflect.get(holder, key) : null;
  return typeof id === 'number' ? id : -1;
}
