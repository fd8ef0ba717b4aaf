import { leftUndone, type Undone } from './left-undone.cjs';
import { onceLoaded, prototypeOf } from './loaded-modules.cjs';
import { userFramesHere } from './stack.cjs';
import { type Stop, stopAt } from './stops.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapMethod } from './wrap.cjs';

/** Requests that a client has built and not begun, for as long as the program keeps them. */
const built = new WeakMap<object, Undone>();
/** What begins a request once it is awaited, by the object that has the method. */
const followed = new WeakSet<object>();
/** What was to send is judged by itself where nothing came of it, and called what built the request. */
const callersKept = 4;

/** Clients whose calls only build a request: it begins when it is awaited, and never where nobody does. */
export function followLazyRequests(): void {
  onceLoaded(/[\\/]superagent[\\/]lib[\\/]node[\\/]index\.js$/, (_file, exported) =>
    followSuperagent(exported),
  );
  onceLoaded(/[\\/]postgrest-js[\\/].*\.c?js$/, (_file, exported) =>
    followPostgrest(prototypeOf(exported, 'PostgrestQueryBuilder')),
  );
  stopAt(postgrestInModules);
}

const postgrestInModules: Stop = {
  file: /[\\/]postgrest-js[\\/].*\.m?js$/,
  code: /\bPostgrestQueryBuilder = class \{[\s\S]*?\n\tconstructor\([^)]*\) \{/,
  condition: 'true',
  values: ['Object.getPrototypeOf(this)', 'null'],
  isOnce: true,
  stoppedWith: ([prototype]) => followPostgrest(prototype),
};

/** What it reads it is asked for its value; what it writes is a message. */
function followPostgrest(prototype: unknown): void {
  if (!isObject(prototype)) return;
  for (const name of ['insert', 'upsert', 'update', 'delete'])
    wrapCall(prototype, name, (target, self, args) => {
      const request: unknown = Reflect.apply(target, self, args);
      attempt(() => {
        if (!isObject(request)) return;
        followThen(request);
        note(request, name);
      });
      return request;
    });
}

/** Superagent’s own `then` calls `end`, and each way to begin leads to `request`. */
function followSuperagent(exported: unknown): void {
  const prototype = prototypeOf(exported, 'Request');
  if (prototype === null) return;
  wrapMethod(prototype, 'send', (_args, self) => {
    if (isObject(self) && !built.has(self)) note(self, 'send');
  });
  wrapMethod(prototype, 'request', (_args, self) => begun(self));
}

function followThen(request: object): void {
  let holder: object | null = request;
  while (holder !== null && !Object.hasOwn(holder, 'then')) holder = Object.getPrototypeOf(holder);
  if (holder === null || followed.has(holder) || !isFunction(Reflect.get(holder, 'then'))) return;
  followed.add(holder);
  wrapMethod(holder, 'then', (_args, self) => begun(self));
}

function note(request: object, name: string): void {
  const frames = userFramesHere().slice(0, callersKept);
  if (frames.length === 0) return;
  const undone = leftUndone({ kind: 'lazy', name, callback: null, frames, isOneOff: true });
  if (undone !== null) built.set(request, undone);
}

function begun(request: unknown): void {
  if (isObject(request)) built.get(request)?.done();
}
