import { describe } from './errors.cjs';
import { emit, now } from './sink.cjs';
import { isObject } from './wrap.cjs';

interface Identity {
  readonly tid: number;
  /** Its own resource limits, as it was given them. */
  readonly limits: readonly string[];
}

/** A worker that has ended no longer knows its thread's id. */
const identities = new WeakMap<object, Identity>();

export function knowWorker(worker: object, tid: number, resourceLimits: unknown): void {
  identities.set(worker, { tid, limits: limitsOf(resourceLimits) });
}

function limitsOf(limits: unknown): readonly string[] {
  return isObject(limits) ? Object.entries(limits).map(([name, value]) => `${name} ${String(value)}`) : [];
}

/** The id that a worker's thread had; null where it was not seen to begin. */
export function threadIdOf(worker: unknown): number | null {
  return isObject(worker) ? (identities.get(worker)?.tid ?? null) : null;
}

/** The error that ends a worker, as its parent hears of it; one that can't be caught in the worker is heard of here only. */
export function reportWorkerError(worker: unknown, error: unknown): void {
  const identity = isObject(worker) ? identities.get(worker) : undefined;
  if (identity === undefined) return;
  const { code, message } = describe(error);
  emit({ e: 'worker-error', t: now(), ...identity, code, message });
}
