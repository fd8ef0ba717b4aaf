import type { Deadline } from '../event.ts' with { 'resolution-mode': 'import' };

const deadlines = new WeakMap<object, Deadline>();

/** The deadline that a signal stands for, as far as it is known. */
export function deadlineOf(signal: AbortSignal | null): Deadline | null {
  return signal === null ? null : (deadlines.get(signal) ?? null);
}

/** Remembers the delay of each `AbortSignal.timeout`, also through `AbortSignal.any`. */
export function followDeadlines(): void {
  const { timeout, any } = AbortSignal;
  if (typeof timeout === 'function') {
    replace('timeout', timeout, (ms: number) => {
      const signal = Reflect.apply(timeout, AbortSignal, [ms]);
      deadlines.set(signal, { what: 'AbortSignal.timeout', ms });
      return signal;
    });
  }
  if (typeof any === 'function') {
    replace('any', any, (signals: AbortSignal[]) => {
      const list = Array.isArray(signals) ? signals : [...signals];
      const combined = Reflect.apply(any, AbortSignal, [list]);
      for (const signal of list) {
        const deadline = deadlineOf(signal);
        if (deadline !== null) deadlines.set(combined, deadline);
      }
      return combined;
    });
  }
}

function replace(name: 'timeout' | 'any', original: object, value: unknown): void {
  if (typeof value !== 'function') return;
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  Object.defineProperty(value, 'length', { value: Reflect.get(original, 'length'), configurable: true });
  Object.defineProperty(AbortSignal, name, { ...Object.getOwnPropertyDescriptor(AbortSignal, name), value });
}
