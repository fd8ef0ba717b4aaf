import { listenersOn } from './listeners.cjs';
import { isObject } from './wrap.cjs';

/** Somebody of the program's who is given a message. */
export interface Hearer {
  /** On what it listens. */
  readonly source: object;
  readonly callback: object;
}

/** Of these, Node has one of its own where a process belongs to a cluster, beside that of every channel. */
const ofCluster = 2;

/**
 * Who hears what comes from a child, or from the parent, in a cluster, whose own listeners hand each message on: to its
 * worker and, in the primary, from there to the cluster. Null where it is no process of a cluster.
 */
export function hearersInCluster(emitter: unknown): readonly Hearer[] | null {
  if (!isObject(emitter) || listenersOf(emitter, 'internalMessage').length < ofCluster) return null;
  const cluster: unknown = require('node:cluster');
  if (!isObject(cluster)) return null;
  const isPrimary = Reflect.get(cluster, 'isPrimary') === true;
  const worker = isPrimary ? workerOf(cluster, emitter) : Reflect.get(cluster, 'worker');
  if (!isObject(worker) || Reflect.get(worker, 'process') !== emitter) return null;
  return [
    ...listenersOf(emitter, 'message').slice(1),
    ...listenersOf(worker, 'message').slice(isPrimary ? 1 : 0),
    ...(isPrimary ? listenersOf(cluster, 'message') : []),
  ];
}

/** One that a cluster's worker gave the cluster, which hears nothing there. */
export function misplacedOnCluster(): object | null {
  const cluster: unknown = require('node:cluster');
  if (!isObject(cluster) || Reflect.get(cluster, 'isPrimary') === true) return null;
  return listenersOf(cluster, 'message')[0]?.callback ?? null;
}

function workerOf(cluster: object, child: object): unknown {
  const workers: unknown = Reflect.get(cluster, 'workers');
  if (!isObject(workers)) return null;
  return Object.values(workers).find((one) => isObject(one) && Reflect.get(one, 'process') === child);
}

function listenersOf(source: object, event: string): readonly Hearer[] {
  return listenersOn(source, event).map(({ callback }) => ({ source, callback }));
}
