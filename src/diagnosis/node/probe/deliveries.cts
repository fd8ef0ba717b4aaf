import { ChildProcess } from 'node:child_process';
import workerThreads from 'node:worker_threads';
import type { EventOf, MessageEnd } from '../protocol.ts';
import { type Context, runIn } from './async-contexts.cjs';
import { childEnded } from './child-endings.cjs';
import { hearersInCluster, misplacedOnCluster } from './cluster-listeners.cjs';
import { isInFlood } from './message-rate.cjs';
import { listenerCalled } from './on-demand.cjs';
import { whereWritten } from './own-inspector.cjs';
import { choosesByContent, passesOn } from './passes-on.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { takesOne } from './read-once.cjs';
import { heardSinceRemoval, isGivenUp, isToSend, missedSinceRemoval } from './removed-listeners.cjs';
import { emit, now } from './sink.cjs';
import { placeOf, readSource } from './source-text.cjs';
import { calledByProgram, framesHere, userFramesHere } from './stack.cjs';
import { cameToNothing, cameToSomething, type Taken as TakenMessage } from './unanswered.cjs';
import { beginWatch } from './watched-callbacks.cjs';
import { reportWorkerError } from './worker-errors.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapMethod } from './wrap.cjs';

/** In a flood, the messages from one sender are reported at most this often. */
const quietMs = 20;

/** How Node delivers what came over a port (lib/internal/per_context/messageport.js). */
const dispatch = Symbol.for('nodejs.internal.kHybridDispatch');

interface Taken {
  number: number;
  reportedAt: number;
}

const takenFrom = new WeakMap<object, Taken>();

/** Reports each message before its listener gets it: what is posted and not taken waits. */
export function followDeliveries(endOf: (port: unknown) => MessageEnd | null): void {
  const { MessagePort, Worker } = workerThreads;
  followFlows(MessagePort.prototype, dispatch, ([, type], port) => {
    const from = type === 'message' || type === 'messageerror' ? endOf(port) : null;
    // Of a port without a name, nobody knows who posts to it; a worker's is reported below.
    if (from === null || (from.kind === 'port' && from.id === '')) return null;
    return type === 'message' ? messageFrom(port, from) : unreadable(port, from);
  });
  followFlows(Worker.prototype, 'emit', ([event, error], worker) => {
    if (event === 'error') reportWorkerError(worker, error);
    if (event !== 'message' && event !== 'messageerror') return null;
    const from: MessageEnd = { kind: 'worker', tid: idOf(worker, 'threadId') };
    return event === 'message' ? heardFrom(worker, from, hasListener(worker)) : unreadable(worker, from);
  });
  for (const name of ['off', 'removeListener'])
    wrapMethod(Worker.prototype, name, ([event, callback], worker) => {
      if (event === 'message')
        listenerRemoved(worker, callback, { kind: 'worker', tid: idOf(worker, 'threadId') });
    });
  followFlows(ChildProcess.prototype, 'emit', ([event, code, signal], child) => {
    if (event === 'exit') childEnded(child, code, signal);
    if (event !== 'message') return null;
    return heardFrom(child, { kind: 'process', pid: idOf(child, 'pid') }, isHeard(child));
  });
  followFlows(process, 'emit', ([event]) => {
    if (event === 'message' && process.send !== undefined)
      return heardFrom(process, { kind: 'process', pid: process.ppid }, isHeard(process));
    return typeof event === 'string' && /^SIG[A-Z0-9]+$/.test(event) ? { event } : null;
  });
}

/** What is about to be delivered; where it is a message, its number from the end it came from. */
interface Delivery {
  readonly event: string;
  readonly message?: TakenMessage;
}

function messageFrom(source: unknown, from: MessageEnd): Delivery {
  const n = reportTaken(source, from);
  return { event: 'message', message: { from, n } };
}

/** An emitter drops what nobody listens to; a port keeps it. */
function heardFrom(emitter: unknown, from: MessageEnd, isHeard: boolean): Delivery | null {
  if (isHeard) {
    heardSinceRemoval(emitter, 'message');
    return messageFrom(emitter, from);
  }
  reportDropped(emitter, from);
  if (isObject(emitter)) missedSinceRemoval(emitter, 'message', '');
  return null;
}

/** It is out of its stream all the same. */
function unreadable(source: unknown, from: MessageEnd): null {
  const n = reportTaken(source, from);
  if (!hasListener(source, 'messageerror')) emit({ e: 'unreadable', t: now(), from, n });
  return null;
}

function hasListener(emitter: unknown, event = 'message'): boolean {
  return listenerCount(emitter, event) > 0;
}

/** One that can't be counted is believed to be there. */
function listenerCount(emitter: unknown, event: string): number {
  const count: unknown = isObject(emitter) ? Reflect.get(emitter, 'listenerCount') : null;
  return isFunction(count) ? Number(Reflect.apply(count, emitter, [event])) : Number.POSITIVE_INFINITY;
}

function isHeard(processOrChild: unknown): boolean {
  return (hearersInCluster(processOrChild)?.length ?? listenerCount(processOrChild, 'message')) > 0;
}

/** What a listener does goes back to the message or signal that it is called for; `begins` names the event. */
function followFlows(
  holder: object,
  method: PropertyKey,
  begins: (args: readonly unknown[], self: unknown) => Delivery | null,
): void {
  wrapCall(holder, method, (target, self, args) => {
    let context: Context | null = null;
    attempt(() => {
      const delivery = begins(args, self);
      if (delivery === null || !isObject(self)) return;
      const { event, message } = delivery;
      const listener = listenerOf(self, event);
      if (listener === null) return;
      const { callback, frames } = listener;
      if (message !== undefined) listenerCalled(callback);
      const isForOne = message !== undefined && takesOne(listener.source ?? self, callback);
      context = beginWatch(message === undefined ? 'signal' : 'message', callback, frames, {
        requested: () => {
          if (isForOne) readOnce(message, listener, {});
        },
        cameToSomething: () => {
          if (message !== undefined) cameToSomething(callback);
        },
        cameToNothing: () => {
          if (message !== undefined) cameToNothing(callback, message);
        },
      });
    });
    return context === null
      ? Reflect.apply(target, self, args)
      : runIn(context, () => Reflect.apply(target, self, args));
  });
}

/** The last message that this listener takes. */
function readOnce(
  message: TakenMessage,
  listener: Listener,
  removed: Pick<EventOf<'read-once'>, 'removedAt'>,
): void {
  const passes = passesOn(listener.callback);
  const passed = passes ? ({ passesOn: true } as const) : {};
  const handed = passes && !choosesByContent(listener.callback) ? ({ handsOnAll: true } as const) : {};
  emit({
    e: 'read-once',
    t: now(),
    ...message,
    frames: placesOf(listener),
    ...passed,
    ...handed,
    ...removed,
  });
}

const removalsLooked = 50;
let removals = 0;
const removesItself = /\b(?:off|removeListener|removeEventListener|removeAllListeners)\s*\(/;

/** The program took away one that is to send and has had messages: those that come now may have nobody. */
export function listenerRemoved(source: unknown, callback: unknown, from: MessageEnd): void {
  if (!isObject(source) || !isFunction(callback) || callback.length === 0 || removals >= removalsLooked)
    return;
  const n = takenFrom.get(source)?.number ?? 0;
  if (n === 0 || !calledByProgram()) return;
  removals++;
  if (removesItself.test(Reflect.apply(Function.prototype.toString, callback, []))) return;
  const removedAt = framesHere();
  if (isGivenUp(removedAt) || !isToSend(callback)) return;
  readOnce({ from, n }, { callback, frames: places.get(callback) ?? [] }, { removedAt });
}

interface Listener {
  readonly callback: object;
  /** Where it was added, as far as that is known. */
  readonly frames: readonly string[];
  /** On what it listens, where that is not what the event came to. */
  readonly source?: object;
}

const portListeners = new WeakMap<object, Listener>();

/** A port says to nobody what it calls. */
export function rememberListener(port: object, callback: unknown): void {
  if (isFunction(callback)) portListeners.set(port, { callback, frames: userFramesHere() });
}

const places = new WeakMap<object, readonly string[]>();

/** Where the program adds this listener. */
export function rememberPlace(callback: unknown): void {
  if (isFunction(callback)) places.set(callback, userFramesHere());
}

function listenerOf(source: object, event: string): Listener | null {
  const known = portListeners.get(source);
  if (known !== undefined) return known;
  const hearers = event === 'message' ? hearersInCluster(source) : null;
  if (hearers !== null) {
    const [hearer] = hearers;
    return hearer === undefined ? null : { ...hearer, frames: places.get(hearer.callback) ?? [] };
  }
  const listeners: unknown = Reflect.get(source, 'listeners');
  const found: unknown = isFunction(listeners) ? Reflect.apply(listeners, source, [event]) : null;
  const callback: unknown = Array.isArray(found) ? found[0] : null;
  return isFunction(callback) ? { callback, frames: places.get(callback) ?? [] } : null;
}

/** Where it was added, or else where it is written. */
function placesOf({ callback, frames }: Listener): readonly string[] {
  if (frames.length > 0) return frames;
  const place = whereWritten(callback);
  return place === null ? [] : [place];
}

/** Whether a child that speaks to this process is heard by nobody, where somebody means to hear it. */
export function reportUnheard(child: unknown, pid: number): boolean {
  if (!isObject(child) || !isFunction(Reflect.get(child, 'send')) || isHeard(child)) return false;
  const found = misplacedListener(child);
  if (found !== null)
    emit({ e: 'unheard', t: now(), from: { kind: 'process', pid }, misplaced: found.misplaced });
  return found !== null;
}

interface Misplaced {
  readonly misplaced: readonly string[];
  readonly hears?: string;
}

/** One that is to send, and hears none of what comes from other processes. */
function misplacedListener(source: unknown): Misplaced | null {
  if (source !== process)
    return process.send === undefined ? misplaced(listenerOf(process, 'message')) : null;
  const onCluster = misplacedOnCluster();
  const found = misplaced(onCluster === null ? null : { callback: onCluster, frames: [] });
  return found === null ? misnamedListener() : { ...found, hears: 'cluster.on("message")' };
}

/** Under a name that the program made up, where nobody emits it. */
function misnamedListener(): Misplaced | null {
  for (const event of process.eventNames()) {
    if (typeof event !== 'string' || ofProcess.test(event)) continue;
    const listener = listenerOf(process, event);
    // Whoever looks at nothing of what it is given is there for another event.
    if (!isFunction(listener?.callback) || listener.callback.length === 0) continue;
    const found = misplaced(listener);
    if (found !== null && !isEmittedThere(event, found.misplaced))
      return { ...found, hears: `process.on("${event}")` };
  }
  return null;
}

function isEmittedThere(event: string, [frame = '']: readonly string[]): boolean {
  const source = readSource(placeOf(frame).file);
  return [...source.matchAll(/\bemit\s*\(\s*(['"`])(.*?)\1/g)].some(([, , name]) => name === event);
}

/** What Node emits by itself. */
const ofProcess =
  /^(?:SIG[A-Z0-9]+|beforeExit|exit|disconnect|error|internalMessage|message|multipleResolves|newListener|removeListener|rejectionHandled|uncaughtException(?:Monitor)?|unhandledRejection|warning|worker(?:Message)?)$/;

function misplaced(listener: Listener | null): Misplaced | null {
  if (listener === null || !/^(?:surely|likely)$/.test(purposeOfCallback(listener.callback).leads))
    return null;
  return { misplaced: placesOf(listener) };
}

/** One more message from there is in the program's hands; its number. */
export function reportTaken(source: unknown, from: MessageEnd | null): number {
  if (from === null || !isObject(source)) return 0;
  const taken = takenOf(source);
  const n = ++taken.number;
  const at = now();
  if (isInFlood(at) && at - taken.reportedAt < quietMs) return n;
  taken.reportedAt = at;
  emit({ e: 'taken', t: at, from, n });
  return n;
}

function reportDropped(source: unknown, from: MessageEnd): void {
  if (!isObject(source)) return;
  const taken = takenOf(source);
  const n = ++taken.number;
  const at = now();
  if (isInFlood(at)) return;
  emit({ e: 'dropped', t: at, from, n, ...(from.kind === 'process' ? misplacedListener(source) : {}) });
}

function takenOf(source: object): Taken {
  const known = takenFrom.get(source);
  if (known !== undefined) return known;
  const taken = { number: 0, reportedAt: Number.NEGATIVE_INFINITY };
  takenFrom.set(source, taken);
  return taken;
}

function idOf(holder: unknown, key: 'threadId' | 'pid'): number {
  const id: unknown = isObject(holder) ? Reflect.get(holder, key) : null;
  return typeof id === 'number' ? id : -1;
}
