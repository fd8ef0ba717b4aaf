import { leftUndone, type Undone } from './left-undone.cjs';
import { listenersOn } from './listeners.cjs';
import { onceLoaded } from './loaded-modules.cjs';
import { whereWritten } from './own-inspector.cjs';
import { firstOf, followPlace, onOwnScript } from './own-scripts.cjs';
import { now } from './sink.cjs';
import { attempt, isFunction, isObject, replaceFunction } from './wrap.cjs';

/** A WebSocket that was given a message while nobody listened to it. */
interface Unread {
  readonly socket: WeakRef<object>;
  /** When the first came that does not only say that the server is there; null before. */
  saidAt: number | null;
  times: number;
  undone: Undone | null;
}

/** One whose listener is to send, and had been called. */
interface Reader {
  readonly socket: WeakRef<object>;
  readonly url: string;
  readonly callback: WeakRef<object>;
  /** Where the program added it. */
  readonly listenedAt: string | null;
}

const unread: Unread[] = [];
const readers: Reader[] = [];
const known = new WeakMap<object, Unread | 'heard'>();
const socketsKept = 50;
/** With these a server only says that it is there. */
const greeting =
  /(?<![a-z])(?:hello|welcome|connected|established|ready|ack|ping|pong|heartbeat|session|auth\w*)(?![a-z])/i;
const longestGreeting = 200;
/** The state of a WebSocket that is being closed; the next one is that of a closed one. */
const closing = 2;

/** Messages that a server sends as soon as a connection stands, before the program listens: a socket keeps none for later. */
export function followEarlyMessages(): void {
  followListeners();
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
    learnReader(socket);
    return;
  }
  const one = before ?? unreadOf(socket);
  if (one === null || one === 'heard') return;
  one.times++;
  if (!greeting.test(beginning(data))) one.saidAt ??= now();
}

/** Where the program first gave each of its sockets a listener, and where one for messages. */
const listenedAt = new WeakMap<object, { readonly first: string; messages: string | null }>();
const calls = /(?<![\w$.#])((?:[\w$#]+\s*\.\s*){1,3})(?:on|once|addEventListener)\s*\(/g;

function followListeners(): void {
  onOwnScript(/\bWebSocket\b/, (script) => {
    for (const found of script.code.matchAll(calls)) {
      const [text, path = ''] = found;
      const name = firstOf(script, found.index + text.length - 1);
      if (!/^.(?:message|open|close|error).$/.test(name)) continue;
      followPlace(script, found.index + path.length, {
        reached: ([frame]) => {
          const socket = frame?.valueOf(path.replace(/\s*\.\s*$/, ''));
          if (frame === undefined || !isObject(socket) || urlOf(socket) === '') return;
          const known = listenedAt.get(socket) ?? { first: frame.place, messages: null };
          if (/message/.test(name)) known.messages ??= frame.place;
          listenedAt.set(socket, known);
        },
      });
    }
  });
}

function unreadOf(socket: object): Unread | null {
  if (unread.length >= socketsKept) return null;
  const found = { socket: new WeakRef(socket), saidAt: null, times: 0, undone: null };
  known.set(socket, found);
  unread.push(found);
  return found;
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
    attempt(() => {
      if (listener === undefined) lookForReaderBefore(one, socket);
      else if (one.saidAt !== null) readsLate(one, listener.callback, one.saidAt);
    });
  }
}

function learnReader(socket: object): void {
  const url = urlOf(socket);
  const [listener] = listenersOn(socket, 'message');
  if (url === '' || listener === undefined || readers.length >= socketsKept) return;
  readers.push({
    socket: new WeakRef(socket),
    url,
    callback: new WeakRef(listener.callback),
    listenedAt: listenedAt.get(socket)?.messages ?? null,
  });
}

/** The same server was heard by a socket that is closed now: this one stands in its place, and nothing listens to it. */
function lookForReaderBefore(one: Unread, socket: object): void {
  const url = urlOf(socket);
  const before = readers.filter((reader) => reader.url === url);
  // One that is gone was closed before it was collected.
  const isReplaced = before.every((reader) => isClosed(reader.socket.deref()));
  const callback = before.at(-1)?.callback.deref();
  if (url === '' || !isReplaced || callback === undefined || (one.saidAt === null && one.times < 2)) return;
  const frames = [
    listenedAt.get(socket)?.first,
    before.at(-1)?.listenedAt ?? whereWritten(callback) ?? undefined,
  ].filter((place) => place !== undefined);
  one.undone = leftUndone({ kind: 'unlistened', name: 'message', callback, frames, isOneOff: true });
}

/** Of one that the program opened; empty for one that a server was given. */
function urlOf(socket: object): string {
  const url: unknown = Reflect.get(socket, '_url') ?? Reflect.get(socket, 'url');
  return typeof url === 'string' ? url : '';
}

function isClosed(socket: object | undefined): boolean {
  return socket === undefined || Number(Reflect.get(socket, 'readyState')) >= closing;
}

function readsLate(one: Unread, callback: object, at: number): void {
  const place = whereWritten(callback);
  const frames = place === null ? [] : [place];
  one.undone = leftUndone({ kind: 'unread', name: 'message', callback, frames, isOneOff: true, at });
}
