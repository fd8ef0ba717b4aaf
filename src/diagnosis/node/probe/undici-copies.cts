import { watchMockAgent, wrapDispatch, wrapFetch } from './fetch.cjs';
import { onceLoaded } from './loaded-modules.cjs';

const seen = new WeakSet<object>();

/** Watches for copies of undici that the program loads; its own bundled ones are seen by their channels alone. */
export function followUndiciCopies(): void {
  onceLoaded(/undici|dispatcher-base/, adopt);
}

function adopt(file: string, exported: unknown): void {
  if (typeof exported === 'function' && /[\\/]dispatcher-base\.c?js$/.test(file)) {
    if (claim(exported.prototype)) wrapDispatch(exported.prototype);
  } else if (isUndici(exported) && claim(exported)) {
    Reflect.set(exported, 'fetch', wrapFetch(exported.fetch));
    if ('MockAgent' in exported && typeof exported.MockAgent === 'function')
      watchMockAgent(exported.MockAgent.prototype);
  }
}

function isUndici(value: unknown): value is { fetch: (...args: never[]) => unknown } {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  if (value === null || !('fetch' in value) || !('Dispatcher' in value)) return false;
  return typeof value.fetch === 'function';
}

function claim(value: unknown): value is object {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  if (value === null || seen.has(value)) return false;
  seen.add(value);
  return true;
}
