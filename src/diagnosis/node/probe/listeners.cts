import { EventEmitter } from 'node:events';
import { inspectWith, objectOf, propertiesOf, remoteOf, variablesOf } from './own-inspector.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** A function that an emitter calls for an event. */
export interface EventListener {
  readonly callback: object;
  /** It is called for one event only. */
  readonly isForOne: boolean;
}

const { eventNames, rawListeners } = EventEmitter.prototype;

/** Those of an emitter of Node's, or of one that keeps them by the event's name in a Map or an object. */
export function listenersFor({ object, emit }: Emitter, name: string): readonly EventListener[] {
  if (object instanceof EventEmitter) return listenersIn(Reflect.apply(rawListeners, object, [name]));
  if (object instanceof EventTarget) return listenersOfTarget(object).get(name) ?? [];
  const found = ownValues(object).flatMap((container) => listenersIn(entryOf(container, name)));
  if (found.length > 0) return found;
  return hiddenValues(object, emit).flatMap((container) => listenersIn(entryOf(container, name)));
}

/** The names of which something listens, of an emitter or event target of Node's. */
export function namesHeard(object: object): readonly string[] {
  const names = object instanceof EventEmitter ? Reflect.apply(eventNames, object, []) : [];
  if (object instanceof EventTarget) names.push(...listenersOfTarget(object).keys());
  return names.filter((name) => typeof name === 'string');
}

/** Those that an event target calls, by the type of the event. */
export function listenersOfTarget(target: object): ReadonlyMap<string, readonly EventListener[]> {
  const symbol = Object.getOwnPropertySymbols(target).find(({ description }) => description === 'kEvents');
  const events: unknown = symbol === undefined ? null : Reflect.get(target, symbol);
  const found = new Map<string, EventListener[]>();
  const learn = (root: unknown, type: unknown) => {
    let listener: unknown = isObject(root) ? Reflect.get(root, 'next') : null;
    for (; isObject(listener); listener = Reflect.get(listener, 'next')) {
      const callback: unknown = Reflect.get(listener, 'listener');
      if (typeof type !== 'string' || !isObject(callback)) continue;
      const isForOne = Reflect.get(listener, 'once') === true;
      found.set(type, [...(found.get(type) ?? []), { callback, isForOne }]);
    }
  };
  // Node's own kind of Map, which is no instance of the program's.
  if (isObject(events)) Reflect.apply(Map.prototype.forEach, events, [learn]);
  return found;
}

/** Those of an object that emits its events by a method of this name. */
export function listenersOn(object: object, name: string): readonly EventListener[] {
  const emit: unknown = Reflect.get(object, 'emit');
  return isFunction(emit) ? listenersFor({ object, emit }, name) : [];
}

/** What emits events: an object, or the function alone. */
export interface Emitter {
  readonly object: object;
  /** The function that emits them. */
  readonly emit: object;
}

/** Values that no getter makes. */
function ownValues(object: object): readonly object[] {
  return Reflect.ownKeys(object).flatMap((key) => {
    const value: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
    return isObject(value) && !isFunction(value) ? [value] : [];
  });
}

const valuesLooked = 30;

/** Private fields of the object, and variables that the function sees. */
function hiddenValues(object: object, emit: object): readonly object[] {
  return inspectWith<readonly object[]>(() => {
    const remote = remoteOf(object);
    const method = remoteOf(emit);
    const fields = remote === null ? [] : propertiesOf(remote).privateProperties.map(({ value }) => value);
    const variables = method === null ? [] : [...variablesOf(method).values()];
    return [...fields, ...variables]
      .filter((value) => value?.className === 'Map' || value?.className === 'Object')
      .slice(0, valuesLooked)
      .flatMap((value) => (value === undefined ? [] : (objectOf(value) ?? [])));
  }, []);
}

function entryOf(container: object, name: string): unknown {
  if (container instanceof Map) return Map.prototype.get.call(container, name);
  return Object.getOwnPropertyDescriptor(container, name)?.value;
}

function listenersIn(entry: unknown): readonly EventListener[] {
  if (isFunction(entry)) {
    const inner: unknown = Reflect.get(entry, 'listener');
    return [isFunction(inner) ? { callback: inner, isForOne: true } : { callback: entry, isForOne: false }];
  }
  if (Array.isArray(entry)) return entry.flatMap(listenersIn);
  if (entry instanceof Set) return [...entry].flatMap(listenersIn);
  if (!isObject(entry)) return [];
  const isForOne = Reflect.get(entry, 'once') === true;
  return ['fn', 'listener', 'handler', 'callback']
    .map((key): unknown => Object.getOwnPropertyDescriptor(entry, key)?.value)
    .filter(isFunction)
    .map((callback) => ({ callback, isForOne }));
}
