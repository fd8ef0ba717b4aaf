import { leftUndone, type Undone } from './left-undone.cjs';
import { type EventListener, listenersFor } from './listeners.cjs';
import { onceLoaded } from './loaded-modules.cjs';
import { inspectWith, placeOfFunction, remoteOf } from './own-inspector.cjs';
import { now } from './sink.cjs';
import { attempt, isFunction, isObject, wrapMethod } from './wrap.cjs';

/** A WebSocket that was given a message while nobody listened to it. */
interface Unread {
  readonly socket: WeakRef<object>;
  readonly at: number;
  undone: Undone | null;
}

const unread: Unread[] = [];
const known = new WeakMap<object, Unread | 'heard'>();
const socketsKept = 50;
/** With these a server only says that it is there. */
const greeting = /\b(?:hello|welcome|connected|ready|ack|ping|pong|heartbeat|session|auth\w*)\b/i;
const longestGreeting = 200;

/** Messages that a server sends as soon as a connection stands, before the program listens: a socket keeps none for later. */
export function followEarlyMessages(): void {
  onceLoaded(/[\\/]ws[\\/]lib[\\/]websocket\.js$/, (_file, exported) => {
    const prototype: unknown = isObject(exported) ? Reflect.get(exported, 'prototype') : null;
    if (!isObject(prototype)) return;
    wrapMethod(prototype, 'emit', ([event, data], socket) => {
      if (event === 'message' && isObject(socket)) came(socket, data);
    });
  });
}

function came(socket: object, data: unknown): void {
  const before = known.get(socket);
  if (before === 'heard') return;
  if (messageListeners(socket).length > 0) {
    before?.undone?.done();
    known.set(socket, 'heard');
  } else if (before === undefined && unread.length < socketsKept && !greeting.test(beginning(data))) {
    const found = { socket: new WeakRef(socket), at: now(), undone: null };
    known.set(socket, found);
    unread.push(found);
  }
}

function beginning(data: unknown): string {
  return data instanceof Uint8Array ? Buffer.from(data.subarray(0, longestGreeting)).toString() : '';
}

function messageListeners(socket: object): readonly EventListener[] {
  const emit: unknown = Reflect.get(socket, 'emit');
  return isFunction(emit) ? listenersFor({ object: socket, emit }, 'message') : [];
}

/** Asked at every beat and at the end: somebody who is to send may listen by now. */
export function lookForLateReaders(): void {
  for (const one of unread) {
    const socket = one.socket.deref();
    if (socket === undefined || one.undone !== null || known.get(socket) === 'heard') continue;
    const [listener] = messageListeners(socket);
    if (listener !== undefined) attempt(() => readsLate(one, listener.callback));
  }
}

function readsLate(one: Unread, callback: object): void {
  const place = inspectWith(() => {
    const remote = remoteOf(callback);
    return remote === null ? null : placeOfFunction(remote);
  }, null);
  const frames = place === null ? [] : [`${place.file}:${place.line}:${place.column}`];
  one.undone = leftUndone({ kind: 'unread', name: 'message', callback, frames, isOneOff: true, at: one.at });
}
