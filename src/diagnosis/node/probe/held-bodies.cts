import { isObject } from './wrap.cjs';

/** A body is piped on and on at most so often. */
const deepest = 4;
/** Streams of one body that are looked at. */
const most = 8;

const none: readonly object[] = [];

/** What a response is piped into; it forgets that itself once it has been written to its end. */
const readers = new WeakMap<object, readonly WeakRef<object>[]>();

/**
 * Whether the response, or a stream that it is piped into, is piped into something that takes no more for now: one of two
 * readers holds the other up as well.
 */
export function isHeld(response: object): boolean {
  if (isPlain(response)) return false;
  return [response, ...readersOf(response)].some(isHeldItself);
}

/** Nearly every response: nothing is, or was seen to be, piped on. */
function isPlain(response: object): boolean {
  return !readers.has(response) && pipesOf(response).length === 0;
}

/** Bytes that lie in the streams between; where they change, somebody reads. */
export function bytesHeld(response: object): number {
  return readersOf(response).reduce((sum, stream) => sum + sizeOf(stream), 0);
}

function sizeOf(stream: object): number {
  const sizes: unknown[] = [Reflect.get(stream, 'readableLength'), Reflect.get(stream, 'writableLength')];
  return sizes.reduce<number>((sum, size) => sum + (typeof size === 'number' ? size : 0), 0);
}

function readersOf(response: object): readonly object[] {
  const known = readers.get(response);
  const found = (known ?? []).flatMap((reference) => reference.deref() ?? []);
  const reached = new Set(found);
  let front: readonly object[] = [response, ...found];
  for (let depth = 0; depth < deepest && front.length > 0 && reached.size < most; depth++) {
    front = front.flatMap(pipesOf).filter((stream) => !reached.has(stream));
    for (const stream of front) reached.add(stream);
  }
  if (reached.size > found.length)
    readers.set(
      response,
      [...reached].map((stream) => new WeakRef(stream)),
    );
  return [...reached];
}

function pipesOf(stream: object): readonly object[] {
  const state: unknown = Reflect.get(stream, '_readableState');
  const pipes: unknown = isObject(state) ? Reflect.get(state, 'pipes') : null;
  return Array.isArray(pipes) && pipes.length > 0 ? pipes.filter(isObject) : none;
}

function isHeldItself(stream: object): boolean {
  const state: unknown = Reflect.get(stream, '_readableState');
  if (!isObject(state) || Reflect.get(stream, 'readableEnded') === true) return false;
  if (Reflect.get(stream, 'destroyed') === true || pipesOf(stream).length === 0) return false;
  return Reflect.get(state, 'awaitDrainWriters') != null;
}
