import { EventEmitter } from 'node:events';
import { contextHere } from './async-contexts.cjs';
import { isOfItsLife } from './event-names.cjs';
import { leftUndone, type Undone } from './left-undone.cjs';
import { type Emitter, type EventListener, listenersFor } from './listeners.cjs';
import { whereWritten } from './own-inspector.cjs';
import { endOfBracket, followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { heardSinceRemoval, missedSinceRemoval } from './removed-listeners.cjs';
import { now } from './sink.cjs';
import { onStopsForgotten, type StoppedFrame } from './stops.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** An event of one emitter, by its name. */
interface Event {
  readonly name: string;
  /** Of its emitter. */
  readonly object: WeakRef<object>;
  readonly emit: WeakRef<object>;
  /** The listener that was called for one event only, and that was the last. */
  heardOnce: EventListener | null;
  /** Where and when it was emitted to nobody. */
  unheard: { readonly place: string; readonly at: number } | null;
  undone: Undone | null;
  /** The name under which something listens that may have been meant. */
  meant: string | null;
}

const eventsOf = new WeakMap<object, Map<string, Event>>();
const known: Event[] = [];
const eventsKept = 100;

const calls = /(?<![\w$.#])((?:[\w$#]+\s*\??\.\s*){0,4})(emit|publish|trigger|fire|dispatch)\s*\(/g;
const plainName = /^(?:'[^'\\]*'|"[^"\\]*"|`[^`\\$]*`|[\w$#]+(?:\s*\.\s*[\w$#]+){0,3})$/;

/** Events that the program emits where nothing listens, before a listener is added or after the one for which it listened. */
export function followEmits(): void {
  onStopsForgotten(() => known.splice(0).forEach(forget));
  onOwnScript(/\b(?:emit|publish|trigger|fire|dispatch)\s*\(/, (script) => {
    for (const found of script.code.matchAll(calls)) {
      const [text, path = '', method = ''] = found;
      const opens = found.index + text.length - 1;
      const name = firstOf(script, opens);
      // A method's head looks like a call.
      if (!plainName.test(name) || /^\s*\{/.test(script.code.slice(endOfBracket(script.code, opens) + 1)))
        continue;
      const receiver = path.replace(/\s*\??\.\s*$/, '');
      const seen = new Set<Event>();
      followPlace(script, found.index + path.length, {
        reached: ([frame]) => {
          const event = frame === undefined ? null : emitted(frame, receiver, method, name);
          if (event !== null) seen.add(event);
        },
        over: () => seen.forEach(forget),
      });
    }
  });
}

/** The first argument of a call, as it is written. */
function firstOf({ code, text }: OwnScript, opens: number): string {
  const closes = endOfBracket(code, opens);
  for (let at = opens + 1; at < closes; at++) {
    if ('([{'.includes(code.charAt(at))) at = endOfBracket(code, at);
    else if (code.charAt(at) === ',') return text.slice(opens + 1, at).trim();
  }
  return text.slice(opens + 1, closes).trim();
}

function emitted(frame: StoppedFrame, receiver: string, method: string, expression: string): Event | null {
  const emit = frame.valueOf(`${receiver}${receiver === '' ? '' : '.'}${method}`);
  const object = receiver === '' ? emit : frame.valueOf(receiver);
  const name = frame.valueOf(expression);
  if (!isObject(object) || !isFunction(emit) || typeof name !== 'string') return null;
  const event = eventOf({ object, emit }, name);
  if (event === null) return null;
  const listeners = listenersFor({ object, emit }, name);
  if (listeners.length > 0) heard(event, listeners);
  else missed(event, frame.place);
  return event;
}

function eventOf({ object, emit }: Emitter, name: string): Event | null {
  const ofObject = eventsOf.get(object) ?? new Map<string, Event>();
  eventsOf.set(object, ofObject);
  const found = ofObject.get(name);
  if (found !== undefined || known.length >= eventsKept) return found ?? null;
  const event = {
    name,
    object: new WeakRef(object),
    emit: new WeakRef(emit),
    heardOnce: null,
    unheard: null,
    undone: null,
    meant: null,
  };
  ofObject.set(name, event);
  known.push(event);
  return event;
}

function heard(event: Event, listeners: readonly EventListener[]): void {
  forget(event);
  for (const other of known)
    if (other.meant === event.name && other.object.deref() === event.object.deref()) forget(other);
  heardSinceRemoval(event.object.deref(), event.name);
  const [only] = listeners;
  const trigger = contextHere()?.trigger ?? null;
  if (trigger !== null && only !== undefined && listeners.length === 1)
    trigger.listener ??= new WeakRef(only.callback);
  const isLast = listeners.every(({ isForOne }) => isForOne);
  event.heardOnce = isLast && only !== undefined ? only : null;
}

function missed(event: Event, place: string): void {
  const { name, heardOnce } = event;
  if (event.unheard !== null) return;
  event.unheard = { place, at: now() };
  const object = event.object.deref();
  const removed = object === undefined ? null : missedSinceRemoval(object, name, place);
  if (removed !== null) {
    event.undone = removed;
    return;
  }
  const callback = heardOnce?.callback;
  // Whoever waits for any sign of life misses nothing in the next one.
  if (callback === undefined || isOfItsLife(name) || Number(Reflect.get(callback, 'length')) === 0) return;
  const frames = [place, ...placeOf(callback)];
  event.undone = leftUndone({ kind: 'once', name, callback, frames, isOneOff: true });
}

/** Asked at every beat and at the end: what was emitted to nobody may have got a listener since. */
export function lookForLateListeners(): void {
  for (const event of known) {
    const { name, unheard, undone, heardOnce } = event;
    const object = event.object.deref();
    const emit = event.emit.deref();
    if (unheard === null || undone !== null || heardOnce !== null) continue;
    if (object === undefined || emit === undefined) continue;
    const [listener] = listenersFor({ object, emit }, name);
    if (listener === undefined) {
      if (object instanceof EventEmitter) lookForOtherName(event, object, unheard);
      continue;
    }
    const { callback, isForOne } = listener;
    const frames = [unheard.place, ...placeOf(callback)];
    const isOneOff = isForOne || isOfItsLife(name);
    event.undone = leftUndone({ kind: 'early', name, callback, frames, isOneOff, at: unheard.at });
  }
}

/** The only one like it, and never emitted. */
function lookForOtherName(
  event: Event,
  object: EventEmitter,
  { place, at }: NonNullable<Event['unheard']>,
): void {
  if (event.meant !== null || isOfItsLife(event.name)) return;
  const like = object
    .eventNames()
    .filter((name) => typeof name === 'string' && plain(name) === plain(event.name) && name !== event.name);
  const [name] = like;
  if (typeof name !== 'string' || like.length > 1 || eventsOf.get(object)?.has(name) === true) return;
  const [callback] = object.listeners(name);
  if (callback === undefined) return;
  event.meant = name;
  const frames = [place, ...placeOf(callback)];
  event.undone = leftUndone({ kind: 'misnamed', name: event.name, callback, frames, isOneOff: true, at });
}

/** Without case and signs. */
function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\d]/gu, '').toLowerCase();
}

function placeOf(callback: object): readonly string[] {
  const place = whereWritten(callback);
  return place === null ? [] : [place];
}

function forget(event: Event): void {
  event.undone?.done();
  event.undone = null;
  event.unheard = null;
  event.heardOnce = null;
  event.meant = null;
}
