import { contextHere } from './async-contexts.cjs';
import { isOfItsLife } from './event-names.cjs';
import { leftUndone, type Undone } from './left-undone.cjs';
import { type Emitter, type EventListener, listenersFor, namesHeard } from './listeners.cjs';
import { listeningElsewhere } from './other-emitters.cjs';
import { whereWritten } from './own-inspector.cjs';
import { endOfBracket, firstOf, followPlace, onOwnScript, plainName } from './own-scripts.cjs';
import { plainText } from './plain-text.cjs';
import { heardSinceRemoval, missedSinceRemoval } from './removed-listeners.cjs';
import { endOf, hasSentIn } from './sent-in.cjs';
import { now } from './sink.cjs';
import { calledByProgram, framesHere } from './stack.cjs';
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
  unheard: { readonly place: string; readonly at: number; times: number } | null;
  undone: Undone | null;
  /** The name under which something listens that may have been meant. */
  meant: string | null;
}

const eventsOf = new WeakMap<object, Map<string, Event>>();
const known: Event[] = [];
const heardNames = new Set<string>();
const eventsKept = 100;
let dispatchesLeft = 500;

const calls = /(?<![\w$.#])((?:[\w$#]+\s*\??\.\s*){0,4})(emit|publish|trigger|fire|dispatch)\s*\(/g;

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

function emitted(frame: StoppedFrame, receiver: string, method: string, expression: string): Event | null {
  const emit = frame.valueOf(`${receiver}${receiver === '' ? '' : '.'}${method}`);
  const object = receiver === '' ? emit : frame.valueOf(receiver);
  const name = frame.valueOf(expression);
  if (!isObject(object) || !isFunction(emit) || typeof name !== 'string') return null;
  return cameOf({ object, emit }, name, frame.place);
}

function cameOf(emitter: Emitter, name: string, place: string): Event | null {
  const event = eventOf(emitter, name);
  if (event === null) return null;
  const listeners = listenersFor(emitter, name);
  if (listeners.length > 0) heard(event, listeners);
  else missed(event, place);
  return event;
}

/** An event that the program made itself; those that Node makes are trusted. */
export function dispatchedByProgram(target: object, event: object): void {
  const name: unknown = Reflect.get(event, 'type');
  const emit: unknown = Reflect.get(target, 'dispatchEvent');
  if (Reflect.get(event, 'isTrusted') === true || typeof name !== 'string' || !isFunction(emit)) return;
  if (dispatchesLeft === 0 || isFunction(Reflect.get(target, `on${name}`)) || !calledByProgram()) return;
  dispatchesLeft--;
  cameOf({ object: target, emit }, name, framesHere()[0] ?? '');
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
  if (heardNames.size < eventsKept) heardNames.add(event.name);
  for (const other of known) {
    const isMeant = other.meant === event.name && other.object.deref() === event.object.deref();
    if (isMeant || (other.name === event.name && other.undone?.kind === 'elsewhere')) forget(other);
  }
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
  if (event.unheard !== null) {
    if (++event.unheard.times > 2 || event.undone?.kind !== 'elsewhere') return;
    // Looked at anew: the second time says more.
    event.undone.done();
    event.undone = null;
    return;
  }
  event.unheard = { place, at: now(), times: 1 };
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
      lookForOtherName(event, object, unheard);
      if (event.undone === null) lookElsewhere(event, object, unheard);
      continue;
    }
    const { callback, isForOne } = listener;
    const frames = [unheard.place, ...placeOf(callback)];
    const isOneOff = isForOne || isOfItsLife(name);
    event.undone = leftUndone({ kind: 'early', name, callback, frames, isOneOff, at: unheard.at });
  }
}

/** The only one like it, and never emitted. */
function lookForOtherName(event: Event, object: object, { place, at }: NonNullable<Event['unheard']>): void {
  if (event.meant !== null || isOfItsLife(event.name)) return;
  const like = namesHeard(object).filter(
    (name) => plainText(name) === plainText(event.name) && name !== event.name,
  );
  const [name] = like;
  const emit = event.emit.deref();
  if (emit === undefined || name === undefined || like.length > 1 || eventsOf.get(object)?.has(name) === true)
    return;
  const [callback] = listenersFor({ object, emit }, name).map((listener) => listener.callback);
  if (callback === undefined) return;
  event.meant = name;
  const frames = [place, ...placeOf(callback)];
  event.undone = leftUndone({ kind: 'misnamed', name: event.name, callback, frames, isOneOff: true, at });
}

/** What listens to it listens to another emitter, which was never seen to emit it; nobody else was ever heard to. */
function lookElsewhere(
  event: Event,
  object: object,
  { place, at, times }: NonNullable<Event['unheard']>,
): void {
  const { name } = event;
  if (isOfItsLife(name) || known.some((other) => other !== event && other.name === name)) return;
  if (heardNames.has(name)) return;
  const found = listeningElsewhere(name, object);
  if (found === null) return;
  const [written] = placeOf(found);
  const frames = written === undefined ? [place] : [place, written];
  event.undone = leftUndone({
    kind: 'elsewhere',
    name,
    callback: found,
    frames,
    // Of many alike, each of which emits once, one may be of interest to nobody.
    isOneOff: times > 1,
    at,
    isToSend: () => written !== undefined && !hasSentIn([written, endOf(written)]),
  });
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
