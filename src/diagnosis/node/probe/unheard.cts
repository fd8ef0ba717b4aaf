import { dispatchedByProgram } from './emits.cjs';
import { listenersOfTarget } from './listeners.cjs';
import { whereWritten } from './own-inspector.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { emit, now } from './sink.cjs';
import { stackNumber } from './stack.cjs';
import { attempt, isFunction, isObject, wrapMethod } from './wrap.cjs';

/** An event source whose events no listener has heard so far. */
interface Source {
  readonly target: WeakRef<object>;
  readonly since: number;
  readonly types: Set<string>;
}

const sources: Source[] = [];
const known = new WeakMap<object, Source | 'heard'>();
const sourcesKept = 20;
const typesKept = 20;

/** What a server sends to show that it is there. */
const signOfLife = /^(?:ping|pong|heart-?beat|keep-?alive|hello|ready|open|connect(?:ed)?|ack)$/i;

/** Events that a server sends under a name to which nobody listens: `onmessage` hears only those without one. */
export function followUnheardEvents(): void {
  wrapMethod(EventTarget.prototype, 'dispatchEvent', ([event], target) => {
    if (!isObject(target) || !isObject(event)) return;
    if (/EventSource/.test(target.constructor.name)) dispatched(target, event);
    else dispatchedByProgram(target, event);
  });
}

function dispatched(target: object, event: object): void {
  const source = known.get(target);
  const type = String(Reflect.get(event, 'type'));
  if (source === 'heard' || !('lastEventId' in event)) return;
  if (listenersOf(target, type).length > 0) known.set(target, 'heard');
  else if (source !== undefined) learn(source, type);
  else if (sources.length < sourcesKept) {
    const begun = { target: new WeakRef(target), since: now(), types: new Set<string>() };
    known.set(target, begun);
    sources.push(begun);
    learn(begun, type);
  }
}

function learn({ types }: Source, type: string): void {
  if (!signOfLife.test(type) && types.size < typesKept) types.add(type);
}

/** Those that an event target calls for events of a type; without one, for events of any type. */
function listenersOf(target: object, type: string | null): readonly object[] {
  const all = listenersOfTarget(target);
  const listeners = type === null ? [...all.values()].flat() : (all.get(type) ?? []);
  const found = listeners.map(({ callback }) => callback);
  const handler: unknown =
    type === null ? Reflect.get(target, 'onmessage') : Reflect.get(target, `on${type}`);
  return [...new Set(isFunction(handler) ? [...found, handler] : found)];
}

/** Asked at the end of the thread: listeners that lead to a request and were never called. */
export function reportUnheardEvents(): void {
  for (const { target, since, types } of sources.splice(0)) {
    const source = target.deref();
    if (source !== undefined && known.get(source) !== 'heard' && types.size > 0)
      attempt(() => report(source, since, [...types]));
  }
}

let serial = 0;

function report(source: object, since: number, types: readonly string[]): void {
  for (const callback of listenersOf(source, null)) {
    const { leads, calls } = purposeOfCallback(callback);
    if (leads !== 'surely') continue;
    const place = whereWritten(callback);
    emit({
      e: 'callback-fruitless',
      t: now(),
      // Those of callbacks that ran are counted from 1.
      id: --serial,
      kind: 'event',
      setAt: since,
      ranAt: since,
      delayMs: 0,
      repeats: false,
      stack: place === null ? null : stackNumber([place]),
      leads,
      conditional: false,
      calls,
      hasLed: false,
      uncertain: false,
      sleepsUntil: 0,
      why: { kind: 'unheard', types },
    });
  }
}
