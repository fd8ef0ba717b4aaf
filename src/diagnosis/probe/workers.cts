import { basename } from 'node:path';
import workerThreads from 'node:worker_threads';
import { handOver, insideNode, namePorts, tellReader } from './messages.cjs';
import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { attempt, isFunction, isObject, wrapClass, wrapMethod } from './wrap.cjs';

let serial = 0;

/** Takes the probe along into each worker thread, and tells of its start and end. */
export function followWorkers(preload: string, threadName: string): void {
  const { Worker } = workerThreads;
  wrapMethod(Worker.prototype, 'terminate', (_args, self) => {
    const tid = isObject(self) ? Reflect.get(self, 'threadId') : -1;
    if (typeof tid === 'number' && tid > 0) emit({ e: 'terminate', t: now(), tid, stack: stackHere() });
  });
  wrapClass([workerThreads], 'Worker', (target, args, newTarget) => {
    const [file, options] = args;
    const number = ++serial;
    const data: unknown = isObject(options) ? Reflect.get(options, 'workerData') : null;
    // The ports are named before they leave.
    const ports = guarded(() => namePorts(data, `${threadName}.w${number}`));
    const worker: object = insideNode(() =>
      Reflect.construct(target, [file, withProbe(options, preload), ...args.slice(2)], newTarget),
    );
    attempt(() => begun(worker, file, options, ports));
    return worker;
  });
}

/** Threads inherit the preload unless they are given an environment of their own. */
function withProbe(options: unknown, preload: string): unknown {
  if (!isObject(options)) return options;
  const env: unknown = Reflect.get(options, 'env');
  if (!isObject(env) || env === process.env) return options;
  if (String(Reflect.get(env, 'NODE_OPTIONS') ?? '').includes(preload)) return options;
  const execArgv: unknown = Reflect.get(options, 'execArgv');
  const own = Array.isArray(execArgv) ? execArgv : process.execArgv;
  return { ...options, execArgv: [...own, '--require', preload] };
}

function guarded(names: () => readonly string[]): readonly string[] {
  try {
    return names();
  } catch {
    return [];
  }
}

function begun(worker: object, file: unknown, options: unknown, ports: readonly string[]): void {
  const tid: unknown = Reflect.get(worker, 'threadId');
  if (typeof tid !== 'number') return;
  emit({ e: 'worker', t: now(), tid, name: nameOf(file, options), stack: stackHere(), ports });
  const once: unknown = Reflect.get(worker, 'once');
  const on: unknown = Reflect.get(worker, 'on');
  if (!isFunction(once) || !isFunction(on)) return;
  insideNode(() => {
    Reflect.apply(once, worker, [
      'exit',
      (code: unknown) =>
        emit({ e: 'worker-exit', t: now(), tid, code: typeof code === 'number' ? code : -1 }),
    ]);
    Reflect.apply(on, worker, [
      'newListener',
      (event: unknown) => {
        if (event === 'message') tellReader({ kind: 'worker', tid }, true);
      },
    ]);
  });
  if (isObject(options))
    attempt(() => handOver(Reflect.get(options, 'workerData'), Reflect.get(options, 'transferList')));
}

function nameOf(file: unknown, options: unknown): string {
  const given: unknown = isObject(options) ? Reflect.get(options, 'name') : null;
  if (typeof given === 'string' && given !== '') return given;
  if (isObject(options) && Reflect.get(options, 'eval') === true) return 'worker (eval)';
  const text = file instanceof URL ? file.pathname : String(file);
  return text.startsWith('data:') ? 'worker (data: URL)' : basename(text);
}
