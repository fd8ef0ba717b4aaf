import { Readable } from 'node:stream';
import { leftUndone } from './left-undone.cjs';
import { whereWritten } from './own-inspector.cjs';
import { followPlace, onOwnScript } from './own-scripts.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { endOf, hasSentIn } from './sent-in.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** Streams and readers of lines that the program has paused, and where. */
const paused = new Map<WeakRef<object>, string>();
const known = new WeakSet<object>();
const kept = 50;

const calls = /(?<![\w$.#])((?:[\w$#]+\s*\.\s*){0,3}[\w$#]+)\s*\.\s*pause\s*\(\s*\)/g;

/** What is to be sent stays in a stream that the program pauses and never lets go on. */
export function followPausedStreams(): void {
  onOwnScript(/\.\s*pause\s*\(\s*\)/, (script) => {
    for (const { 1: receiver = '', index } of script.code.matchAll(calls))
      followPlace(script, index, {
        reached: ([frame]) => {
          const object = frame?.valueOf(receiver);
          if (frame === undefined || !isObject(object) || known.has(object) || paused.size >= kept) return;
          if (object === process.stdin || streamOf(object) === null) return;
          known.add(object);
          paused.set(new WeakRef(object), frame.place);
        },
      });
  });
}

/** Asked when the thread has come to its end by itself: what still waits in them is never read. */
export function lookAtPausedStreams(): void {
  for (const [reference, place] of paused) {
    const object = reference.deref();
    const stream = object === undefined ? null : streamOf(object);
    if (object === undefined || stream === null || !holdsSomething(stream)) continue;
    const [callback] = stream === object ? stream.listeners('data') : linesHeard(object);
    if (callback === undefined) continue;
    const written = whereWritten(callback);
    leftUndone({
      kind: 'kept-paused',
      name: stream === object ? 'data' : 'line',
      callback: null,
      frames: written === null ? [place] : [place, written],
      isOneOff: true,
      isToSend: () =>
        /^(?:surely|likely)$/.test(purposeOfCallback(callback, written ?? place).leads) ||
        (written !== null && hasSentIn([written, endOf(written)])),
    });
  }
  paused.clear();
}

/** A stream, or the one that a reader of lines reads. */
function streamOf(object: object): Readable | null {
  if (object instanceof Readable) return object;
  const input: unknown = Reflect.get(object, 'input');
  return input instanceof Readable && input !== process.stdin ? input : null;
}

function holdsSomething({ readableFlowing, destroyed, readableLength }: Readable): boolean {
  return readableFlowing === false && !destroyed && readableLength > 0;
}

function linesHeard(reader: object): readonly object[] {
  const listeners: unknown = Reflect.get(reader, 'listeners');
  if (!isFunction(listeners)) return [];
  const found: unknown = Reflect.apply(listeners, reader, ['line']);
  return Array.isArray(found) ? found.filter(isFunction) : [];
}
