import type { MessagePort } from 'node:worker_threads';
import { replaceProperty, wrapClass } from './wrap.cjs';

/** Made by this thread. */
const own = new WeakSet<object>();
/** Handed to another thread. */
const shared = new WeakSet<object>();
const depthLimit = 5;
const entryLimit = 200;

export function followSharedMemory(): void {
  wrapClass([globalThis], 'SharedArrayBuffer', (target, args, newTarget) => {
    const buffer: object = Reflect.construct(target, args, newTarget);
    own.add(buffer);
    return buffer;
  });
  replaceProperty(SharedArrayBuffer.prototype, 'constructor', SharedArrayBuffer);
}

/** Whether another thread may have this memory: it came from one, or was handed to one. */
export function isShared(buffer: object): boolean {
  return shared.has(buffer) || !own.has(buffer);
}

export interface Transferables {
  /** Ports found inside the value, in the order of the walk. */
  readonly ports: readonly MessagePort[];
}

/** Walks a value that is handed to another thread: marks the memory that both will share, finds the ports. */
export function walkMessage(value: unknown, isPort: (value: unknown) => value is MessagePort): Transferables {
  const ports: MessagePort[] = [];
  let entries = 0;
  visit(value, 0);
  return { ports };

  function visit(item: unknown, depth: number): void {
    if (typeof item !== 'object' || item === null || depth > depthLimit || ++entries > entryLimit) return;
    if (item instanceof SharedArrayBuffer) shared.add(item);
    else if (ArrayBuffer.isView(item)) {
      if (item.buffer instanceof SharedArrayBuffer) shared.add(item.buffer);
    } else if (isPort(item)) ports.push(item);
    else if (item instanceof Map) for (const entry of item.values()) visit(entry, depth + 1);
    else if (Array.isArray(item)) for (const entry of item) visit(entry, depth + 1);
    else {
      const prototype: unknown = Object.getPrototypeOf(item);
      if (prototype !== Object.prototype && prototype !== null) return;
      for (const key of Object.keys(item)) visit(Reflect.get(item, key), depth + 1);
    }
  }
}
