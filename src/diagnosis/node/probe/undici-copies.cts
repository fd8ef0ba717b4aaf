import Module from 'node:module';
import { watchMockAgent, wrapDispatch, wrapFetch } from './fetch.cjs';

const seen = new WeakSet<object>();

/**
 * Watches for copies of undici that the program loads; its own bundled ones are seen by their channels alone. The loader
 * marks each module as loaded: to hear of that leaves no frame of the probe in the stacks of what a module throws.
 */
export function followUndiciCopies(): void {
  const prototype: object = Reflect.get(Module, 'prototype');
  if ('loaded' in prototype) return;
  Object.defineProperty(prototype, 'loaded', {
    configurable: true,
    set(this: object, value: unknown) {
      const id: unknown = Reflect.get(this, 'id');
      if (typeof id === 'string' && /undici|dispatcher-base/.test(id)) awaitLoaded(this, id, value);
      else own(this, value);
    },
  });
}

function awaitLoaded(module: object, id: string, begun: unknown): void {
  Object.defineProperty(module, 'loaded', {
    configurable: true,
    enumerable: true,
    get: () => begun,
    set(value: unknown) {
      own(module, value);
      adopt(id, Reflect.get(module, 'exports'));
    },
  });
}

function own(module: object, value: unknown): void {
  Object.defineProperty(module, 'loaded', { configurable: true, enumerable: true, writable: true, value });
}

function adopt(id: string, exported: unknown): void {
  try {
    if (typeof exported === 'function' && /[\\/]dispatcher-base\.c?js$/.test(id)) {
      if (claim(exported.prototype)) wrapDispatch(exported.prototype);
    } else if (isUndici(exported) && claim(exported)) {
      Reflect.set(exported, 'fetch', wrapFetch(exported.fetch));
      if ('MockAgent' in exported && typeof exported.MockAgent === 'function')
        watchMockAgent(exported.MockAgent.prototype);
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
