import Module from 'node:module';
import { wrapDispatch, wrapFetch } from './fetch.cjs';

const seen = new WeakSet<object>();

/** Watches for copies of undici that the program loads; its own bundled ones are seen by their channels alone. */
export function followUndiciCopies(): void {
  const load: unknown = Reflect.get(Module, '_load');
  if (typeof load !== 'function') return;
  Reflect.set(
    Module,
    '_load',
    new Proxy(load, {
      apply(target, self, args) {
        const loaded: unknown = Reflect.apply(target, self, args);
        const request: unknown = args[0];
        if (typeof request === 'string' && /undici|dispatcher-base/.test(request)) adopt(request, loaded);
        return loaded;
      },
    }),
  );
}

function adopt(request: string, loaded: unknown): void {
  try {
    if (typeof loaded === 'function' && request.endsWith('dispatcher-base')) {
      if (claim(loaded.prototype)) wrapDispatch(loaded.prototype);
    } else if (isUndici(loaded) && claim(loaded)) {
      Reflect.set(loaded, 'fetch', wrapFetch(loaded.fetch));
    }
  } catch {
    // A copy that can't be changed is seen by its channels alone.
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
