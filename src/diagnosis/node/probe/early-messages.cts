import { leftUndone, type Undone } from './left-undone.cjs';
import { listenersOn } from './listeners.cjs';
import { onceLoaded } from './loaded-modules.cjs';
import { whereWritten } from './own-inspector.cjs';
import { now } from './sink.cjs';
import { attempt, isFunction, isObject, replaceFunction } from './wrap.cjs';

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
const greeting =
  /(?<![a-z])(?:hello|welcome|connected|established|ready|ack|ping|pong|heartbeat|session|auth\w*)(?![a-z])/i;
const longestGreeting = 200;

/** Messages that a server sends as soon as a connection stands, before the program listens: a socket keeps none for later. */
export function followEarlyMessages(): void {
  onceLoaded(/[\\/]ws[\\/]lib[\\/]websocket\.js$/, (_file, exported) => {
    const prototype: unknown = isObject(exported) ? Reflect.get(exported, 'prototype') : null;
    const emit: unknown = isObject(prototype) ? Reflect.get(prototype, 'emit') : null;
    if (!isObject(prototype) || !isFunction(emit)) return;
    const isInherited = !Object.hasOwn(prototype, 'emit');
    replaceFunction(prototype, 'emit', emit, function (this: object, ...args: unknown[]) {
      if (args[0] === 'message' && known.get(this) !== 'heard') attempt(() => came(this, args[1]));
      // What the program makes of EventEmitter's later reaches its sockets, too.
      const above: unknown = isInherited ? Reflect.getPrototypeOf(prototype) : null;
      const inherited: unknown = isObject(above) ? Reflect.get(above, 'emit') : null;
      return Reflect.apply(isFunction(inherited) ? inherited : emit, this, args);
    });
  });
}

function came(socket: object, data: unknown): void {
  const before = known.get(socket);
  if (listenersOn(socket, 'message').length > 0) {
    if (before !== undefined && before !== 'heard') before.undone?.done();
    known.set(socket, 'heard');
  } else if (before === undefined && unread.length < socketsKept && !greeting.test(beginning(data))) {
    const found = { socket: new WeakRef(socket), at: now(), undone: null };
    known.set(socket, found);
    unread.push(found);
  }
}

/** ws 7 gives text as a string. */
function beginning(data: unknown): string {
  if (typeof data === 'string') return data.slice(0, longestGreeting);
  return data instanceof Uint8Array ? Buffer.from(data.subarray(0, longestGreeting)).toString() : '';
}

/** Asked at every beat and at the end: somebody who is to send may listen by now. */
export function lookForLateReaders(): void {
  for (const one of unread) {
    const socket = one.socket.deref();
    if (socket === undefined || one.undone !== null || known.get(socket) === 'heard') continue;
    const [listener] = listenersOn(socket, 'message');
    if (listener !== undefined) attempt(() => readsLate(one, listener.callback));
  }
}

function readsLate(one: Unread, callback: object): void {
  const place = whereWritten(callback);
  const frames = place === null ? [] : [place];
  one.undone = leftUndone({ kind: 'unread', name: 'message', callback, frames, isOneOff: true, at: one.at });
}
