import Module from 'node:module';
import { attempt, isObject } from './wrap.cjs';

interface Interest {
  readonly files: RegExp;
  readonly adopt: (file: string, exported: unknown) => void;
}

const interests: Interest[] = [];

/**
 * Hands over what a CommonJS module exports, before whoever asked for it gets it. The loader marks each module as loaded:
 * to hear of that leaves no frame of the probe in the stacks of what a module throws.
 */
export function onceLoaded(files: RegExp, adopt: Interest['adopt']): void {
  interests.push({ files, adopt });
  const prototype: object = Reflect.get(Module, 'prototype');
  if ('loaded' in prototype) return;
  Object.defineProperty(prototype, 'loaded', {
    configurable: true,
    set(this: object, value: unknown) {
      const id: unknown = Reflect.get(this, 'id');
      const file = typeof id === 'string' ? id : '';
      if (interests.some(({ files: wanted }) => wanted.test(file))) awaitLoaded(this, file, value);
      else own(this, value);
    },
  });
}

/** Of a class that a module exports by a name; null where there is none. */
export function prototypeOf(exported: unknown, name: string): object | null {
  const found: unknown = isObject(exported) ? Reflect.get(exported, name) : null;
  const prototype: unknown = isObject(found) ? Reflect.get(found, 'prototype') : null;
  return isObject(prototype) ? prototype : null;
}

function awaitLoaded(module: object, file: string, begun: unknown): void {
  Object.defineProperty(module, 'loaded', {
    configurable: true,
    enumerable: true,
    get: () => begun,
    set(value: unknown) {
      own(module, value);
      for (const { files, adopt } of interests) {
        if (files.test(file)) attempt(() => adopt(file, Reflect.get(module, 'exports')));
      }
    },
  });
}

function own(module: object, value: unknown): void {
  Object.defineProperty(module, 'loaded', { configurable: true, enumerable: true, writable: true, value });
}
