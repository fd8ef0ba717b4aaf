import { onceLoaded } from './loaded-modules.cjs';
import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { isObject, wrapMethod } from './wrap.cjs';

/** workerpool has promises of its own, which V8 does not know: that its jobs are rejected is seen only here. */
export function followWorkerPools(): void {
  onceLoaded(/[\\/]workerpool[\\/]src[\\/]Pool\.js$/, (_file, pool) => {
    const prototype: unknown = isObject(pool) ? Reflect.get(pool, 'prototype') : null;
    if (!isObject(prototype)) return;
    wrapMethod(prototype, 'terminate', (_args, self) => {
      const tasks: unknown = isObject(self) ? Reflect.get(self, 'tasks') : null;
      if (Array.isArray(tasks) && tasks.length > 0)
        emit({ e: 'jobs-dropped', t: now(), pool: 'workerpool', n: tasks.length, stack: stackHere() });
    });
  });
}
