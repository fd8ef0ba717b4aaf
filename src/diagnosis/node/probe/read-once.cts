import { isFunction } from './wrap.cjs';

/** Listeners that were added to a port for one message. */
const forOne = new WeakSet<object>();

export function addedForOne(callback: unknown): void {
  if (isFunction(callback)) forOne.add(callback);
}

/**
 * Whether a listener takes one message, is then gone, and cares for what the message says: whoever waits for any sign
 * of life misses nothing in the next one.
 */
export function takesOne(source: object, callback: object): boolean {
  return isFunction(callback) && callback.length > 0 && (forOne.has(callback) || isWrapped(source, callback));
}

/** An emitter calls a listener for one event by a function that removes it. */
function isWrapped(source: object, callback: object): boolean {
  const raw: unknown = Reflect.get(source, 'rawListeners');
  const found: unknown = isFunction(raw) ? Reflect.apply(raw, source, ['message']) : null;
  return (
    Array.isArray(found) &&
    found.some((one) => one !== callback && isFunction(one) && Reflect.get(one, 'listener') === callback)
  );
}
