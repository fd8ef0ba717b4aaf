import { basename } from 'node:path';
import workerThreads from 'node:worker_threads';
import { rememberPlace } from './deliveries.cjs';
import { handOver, insideNode, namePorts, reportReader } from './messages.cjs';
import { emit, now } from './sink.cjs';
import { stackHere } from './stack.cjs';
import { somethingCame } from './watched-callbacks.cjs';
import { knowWorker } from './worker-errors.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapClass } from './wrap.cjs';

let serial = 0;

/** Takes the probe along into each worker thread, and reports its start and end. */
export function followWorkers(preload: string, threadName: string): void {
  const { Worker } = workerThreads;
  const { terminate } = Worker.prototype;
  stop = (worker) => void Reflect.apply(terminate, worker, []);
  wrapCall(Worker.prototype, 'terminate', (target, self, args) => {
    const tid: unknown = isObject(self) ? Reflect.get(self, 'threadId') : -1;
    const runs = typeof tid === 'number' && tid > 0;
    if (runs) attempt(() => emit({ e: 'terminate', t: now(), tid, stack: stackHere() }));
    const terminated = Reflect.apply(target, self, args);
    // Bree removes every 'exit' listener, ours too, before it terminates a job.
    if (runs && isObject(self) && terminated instanceof Promise) {
      void terminated.then((code: unknown) => reportExit(self, tid, code));
    }
    return terminated;
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
    attempt(somethingCame);
    return worker;
  });
}

/** A worker that looks at its options finds those that its parent gave it, and no more. */
export function hidePreload(preload: string): void {
  const at = process.execArgv.indexOf(preload);
  if (at > 0 && process.execArgv[at - 1] === '--require') process.execArgv.splice(at - 1, 2);
}

/**
 * Threads inherit the preload, unless they are given an environment of their own, or options of their own where it is not
 * in NODE_OPTIONS.
 */
function withProbe(options: unknown, preload: string): unknown {
  if (!isObject(options)) return options;
  const given: unknown = Reflect.get(options, 'env');
  const execArgv: unknown = Reflect.get(options, 'execArgv');
  const hasOwnEnv = isObject(given) && given !== process.env;
  if (!hasOwnEnv && !Array.isArray(execArgv)) return options;
  const env = hasOwnEnv ? given : process.env;
  if (String(Reflect.get(env, 'NODE_OPTIONS') ?? '').includes(preload)) return options;
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
  live.add(worker);
  knowWorker(worker, tid, isObject(options) ? Reflect.get(options, 'resourceLimits') : null);
  const once: unknown = Reflect.get(worker, 'once');
  const on: unknown = Reflect.get(worker, 'on');
  if (!isFunction(once) || !isFunction(on)) return;
  insideNode(() => {
    Reflect.apply(once, worker, ['exit', (code: unknown) => reportExit(worker, tid, code)]);
    Reflect.apply(on, worker, [
      'newListener',
      (event: unknown, listener: unknown) => {
        if (event !== 'message') return;
        reportReader({ kind: 'worker', tid }, true);
        attempt(() => rememberPlace(listener));
      },
    ]);
  });
  if (isObject(options))
    attempt(() => handOver(Reflect.get(options, 'workerData'), Reflect.get(options, 'transferList')));
}

const live = new Set<object>();
let stop: (worker: object) => void = () => {};

/** Whether workers of this thread run. */
export function hasLiveWorkers(): boolean {
  return live.size > 0;
}

/** As Node does once the last listener for the end of its main thread has returned. */
export function stopWorkers(): void {
  for (const worker of live) attempt(() => stop(worker));
}

const exited = new WeakSet<object>();

/** Once, by whichever of the two ways to hear of it comes first. */
function reportExit(worker: object, tid: number, code: unknown): void {
  if (exited.has(worker)) return;
  exited.add(worker);
  live.delete(worker);
  emit({ e: 'worker-exit', t: now(), tid, code: typeof code === 'number' ? code : -1 });
}

function nameOf(file: unknown, options: unknown): string {
  const given: unknown = isObject(options) ? Reflect.get(options, 'name') : null;
  if (typeof given === 'string' && given !== '') return given;
  if (isObject(options) && Reflect.get(options, 'eval') === true) return 'worker (eval)';
  const text = file instanceof URL ? file.pathname : String(file);
  return text.startsWith('data:') ? 'worker (data: URL)' : basename(text);
}
