import { inspect } from 'node:util';
import workerThreads, { type MessagePort } from 'node:worker_threads';
import type { EventOf, MessageEnd } from '../protocol.ts';
import { listensToChannel } from './channel-listeners.cjs';
import { followDeliveries, listenerRemoved, rememberListener, reportTaken } from './deliveries.cjs';
import { isInFlood } from './message-rate.cjs';
import { shapeOf } from './message-shape.cjs';
import { addedForOne } from './read-once.cjs';
import { reportTimersGone } from './reported-timers.cjs';
import { walkMessage } from './shared-memory.cjs';
import { emit, now } from './sink.cjs';
import { calledByProgram, stackHere } from './stack.cjs';
import { somethingCame } from './watched-callbacks.cjs';
import { threadIdOf } from './worker-errors.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapClass, wrapMethod, wrapSetter } from './wrap.cjs';

const { parentPort } = workerThreads;

/** Posts to one end are looked at at most this often; of those between, a flood is not reported. */
const quietMs = 50;

/** By this module the program sends to a worker of its cluster; what that sends for itself is a command. */
const clusterWorker = 'node:internal/cluster/worker';

/** What Node itself posts between a worker and its parent. */
const nodeOwn = new Set([
  'upAndRunning',
  'loadScript',
  'stdioPayload',
  'stdioWantsMoreData',
  'couldNotSerializeError',
  'errorMessage',
]);

const portIds = new WeakMap<object, string>();
const postedTo = new WeakMap<object, Posted>();
const polled = new WeakSet<object>();
let serial = 0;
let inside = 0;

interface Posted {
  number: number;
  lookedAt: number;
  stack: number | null;
  own: boolean;
}

/** Ports that exist inside Node's own code are none of the program's. */
export function insideNode<Result>(run: () => Result): Result {
  inside++;
  try {
    return run();
  } finally {
    inside--;
  }
}

export function followMessages(threadName: string): void {
  const { MessagePort, BroadcastChannel, Worker } = workerThreads;
  nameChannels(threadName);
  wrapCall(MessagePort.prototype, 'postMessage', (target, self, args) => {
    const to = inside > 0 || isNodeOwn(args[0]) ? null : endOf(self);
    return posting(to, self, args, () => Reflect.apply(target, self, args));
  });
  wrapCall(Worker.prototype, 'postMessage', (target, self, args) => {
    const tid: unknown = isObject(self) ? Reflect.get(self, 'threadId') : -1;
    const to: MessageEnd = { kind: 'worker', tid: typeof tid === 'number' ? tid : -1 };
    return posting(to, self, args, () => insideNode(() => Reflect.apply(target, self, args)));
  });
  wrapCall(BroadcastChannel.prototype, 'postMessage', (target, self, args) =>
    posting(channelOf(self), self, args, () => Reflect.apply(target, self, args)),
  );
  // A process with a parent that listens can send from its first statement on.
  followSends(process, process.ppid);
  followReaders(MessagePort.prototype, endOf);
  followReaders(BroadcastChannel.prototype, channelOf);
  wrapCall(workerThreads, 'receiveMessageOnPort', (target, self, args) => {
    const message: unknown = Reflect.apply(target, self, args);
    attempt(() => polls(args[0], message !== undefined));
    return message;
  });
  followDeliveries(endOf);
}

/** Ends of channels that the program itself has closed. */
const released = new WeakSet<object>();

/** What goes to another process over the channel that was opened when it was forked. */
export function followSends(sender: object, pid: number): void {
  wrapMethod(sender, 'disconnect', () => {
    if (calledByProgram()) released.add(sender);
  });
  wrapMethod(sender, 'send', ([message]) => {
    if (isNodeCommand(message)) return;
    const posted = postedBy(sender);
    const isClosed = Reflect.get(sender, 'connected') === false;
    if (isClosed && !isKnownToBeGone(sender)) return;
    // What is sent then is handed to nobody: the error goes to a callback, or to a listener of `error`.
    const lost = isClosed ? 'closed' : null;
    if (lost === null) posted.number++;
    if (!isSpared(posted)) reportPost(sender, posted, { kind: 'process', pid }, lost, message);
    if (lost === null) somethingCame();
  });
}

/**
 * Whether the program has been told that the other end of a closed channel has ended. Whoever has closed it, or is still
 * to hear of the end, is not in the wrong.
 */
function isKnownToBeGone(sender: object): boolean {
  if (released.has(sender) || Reflect.get(sender, 'killed') === true) return false;
  const hasEnded = ['exitCode', 'signalCode'].some((key) => Reflect.get(sender, key) !== null);
  return sender === process || hasEnded;
}

/** Cluster, and handles on their way, use the same channel. */
function isNodeCommand(message: unknown): boolean {
  const command: unknown = isObject(message) ? Reflect.get(message, 'cmd') : null;
  return typeof command === 'string' && command.startsWith('NODE_');
}

/** Gives both ends of each new channel a name by which the other end is known. */
function nameChannels(threadName: string): void {
  wrapClass([workerThreads, globalThis], 'MessageChannel', (target, args, newTarget) => {
    const channel: object = Reflect.construct(target, args, newTarget);
    attempt(() => {
      const number = ++serial;
      const { port1, port2 } = Object(channel);
      if (isObject(port1)) portIds.set(port1, `${threadName}.${number}.1`);
      if (isObject(port2)) portIds.set(port2, `${threadName}.${number}.2`);
    });
    return channel;
  });
}

function followReaders(prototype: object, end: (self: unknown) => MessageEnd | null): void {
  for (const name of ['on', 'once', 'addListener', 'addEventListener']) {
    if (!isFunction(Reflect.get(prototype, name))) continue;
    wrapMethod(prototype, name, (args, self) => {
      // A listener added to a port by addEventListener is served only once the port was started.
      if (args[0] === 'message' && isObject(self) && inside === 0) {
        rememberListener(self, args[1]);
        addedTo(self, end, args[1]);
        if (name === 'once' || isOnce(args[2])) addedForOne(args[1]);
      }
      if (args[0] === 'message' && !(name === 'addEventListener' && isPort(self))) reads(self, end, true);
      if (args[0] === 'message' && name === 'addEventListener' && isPort(self)) waiting.add(self);
    });
  }
  wrapMethod(prototype, 'start', (_args, self) => {
    if (isObject(self) && waiting.has(self)) reads(self, end, true);
  });
  for (const name of ['off', 'removeListener', 'removeEventListener', 'removeAllListeners']) {
    if (!isFunction(Reflect.get(prototype, name))) continue;
    wrapMethod(prototype, name, (args, self) => {
      if (args[0] === 'message' || args.length === 0) attempt(() => recount(self, end));
      const from = args[0] === 'message' && isPort(self) ? end(self) : null;
      if (from !== null) listenerRemoved(self, args[1], from);
    });
  }
  wrapSetter(prototype, 'onmessage', (self, value) => {
    if (isObject(self)) rememberListener(self, value);
    addedTo(self, end, value);
    reads(self, end, isFunction(value));
  });
}

function isOnce(options: unknown): boolean {
  return isObject(options) && Reflect.get(options, 'once') === true;
}

const waiting = new WeakSet<object>();

/** After a listener went, the rest are counted when the removal is done. */
function recount(self: unknown, end: (self: unknown) => MessageEnd | null): void {
  process.nextTick(() =>
    attempt(() => {
      const count: unknown = isObject(self) ? Reflect.get(self, 'listenerCount') : null;
      if (isFunction(count)) reads(self, end, Number(Reflect.apply(count, self, ['message'])) > 0);
    }),
  );
}

function reads(self: unknown, end: (self: unknown) => MessageEnd | null, reading: boolean): void {
  if (inside === 0) reportReader(end(self), reading);
}

export function reportReader(from: MessageEnd | null, reading: boolean): void {
  if (from !== null) emit({ e: 'reads', t: now(), from, reading });
}

/** Whoever asks for messages reads them without a listener, and without its loop. */
function polls(port: unknown, found: boolean): void {
  if (!isObject(port)) return;
  if (!polled.has(port)) reportReader(endOf(port), true);
  polled.add(port);
  if (found) reportTaken(port, endOf(port));
}

function posting<Result>(to: MessageEnd | null, self: unknown, args: unknown[], post: () => Result): Result {
  if (to === null || !isObject(self)) return post();
  attempt(() => handOver(args[0], args[1]));
  const posted = postedBy(self);
  const spared = isSpared(posted);
  const lost = spared ? null : lostBefore(to, self);
  if (lost === null) {
    posted.number++;
    attempt(somethingCame);
  }
  // Reported before it leaves: a worker may be terminated on the very word that it posts.
  if (!spared) attempt(() => reportPost(self, posted, to, lost, args[0]));
  let isPosted = false;
  try {
    const result = post();
    isPosted = true;
    return result;
  } finally {
    // An error caught and thrown again would be reported as thrown here.
    if (!isPosted) {
      if (lost === null) posted.number--;
      attempt(() => reportPost(self, posted, to, 'not-cloneable', null));
    }
  }
}

function lostBefore(to: MessageEnd, self: unknown): EventOf<'post'>['lost'] {
  if (to.kind === 'worker') return to.tid < 0 ? 'ended' : null;
  return to.kind !== 'channel' && isClosed(self) ? 'closed' : null;
}

function postedBy(sender: object): Posted {
  const known = postedTo.get(sender);
  if (known !== undefined) return known;
  const posted = { number: 0, lookedAt: Number.NEGATIVE_INFINITY, stack: null, own: false };
  postedTo.set(sender, posted);
  return posted;
}

function isSpared({ lookedAt }: Posted): boolean {
  const at = now();
  return isInFlood(at) && at - lookedAt < quietMs;
}

function reportPost(
  sender: unknown,
  posted: Posted,
  to: MessageEnd,
  lost: EventOf<'post'>['lost'],
  message: unknown,
): void {
  const at = now();
  // What was not posted is told with its own place.
  if (at - posted.lookedAt >= quietMs || lost === 'not-cloneable') {
    posted.lookedAt = at;
    posted.own = calledByProgram(clusterWorker);
    posted.stack = stackHere();
  }
  // Its thread may be ended on this very word.
  reportTimersGone();
  const shape = posted.own ? shapeOf(message) : null;
  const like = shape === null ? {} : { shape };
  const was = lost === 'ended' ? threadIdOf(sender) : null;
  const ended = was === null ? {} : { ended: was };
  emit({
    e: 'post',
    t: at,
    to,
    stack: posted.stack,
    own: posted.own,
    lost,
    n: posted.number,
    ...like,
    ...ended,
  });
}

/** The names of the ports in a value, each known from now on. */
export function namePorts(value: unknown, prefix: string): readonly string[] {
  return walkMessage(value, isPort).ports.map((port, index) => {
    const known = portIds.get(port);
    if (known !== undefined) return known;
    const name = `${prefix}.${index}`;
    portIds.set(port, name);
    return name;
  });
}

/** Memory and ports that go to another thread. */
export function handOver(value: unknown, transfer?: unknown): void {
  const { ports } = walkMessage([value, transfer], isPort);
  for (const port of ports) {
    const id = portIds.get(port);
    if (id !== undefined) emit({ e: 'moved', t: now(), id });
  }
}

function endOf(self: unknown): MessageEnd | null {
  if (!isPort(self)) return null;
  if (self === parentPort) return { kind: 'parent' };
  return { kind: 'port', id: portIds.get(self) ?? '' };
}

function channelOf(self: unknown): MessageEnd | null {
  const name: unknown = isObject(self) ? Reflect.get(self, 'name') : null;
  return typeof name === 'string' ? { kind: 'channel', name } : null;
}

function addedTo(self: unknown, end: (self: unknown) => MessageEnd | null, listener: unknown): void {
  const from = end === channelOf ? channelOf(self) : null;
  if (from?.kind === 'channel') listensToChannel(from.name, listener);
}

function isPort(value: unknown): value is MessagePort {
  return value instanceof workerThreads.MessagePort;
}

/** The only way to see it without a listener, which would keep the loop alive. */
function isClosed(port: unknown): boolean {
  return /^MessagePort[^{]*\{\s*active: false/.test(
    inspect(port, { depth: 0, breakLength: Number.POSITIVE_INFINITY }),
  );
}

function isNodeOwn(message: unknown): boolean {
  if (!isObject(message)) return false;
  const type: unknown = Reflect.get(message, 'type');
  return typeof type === 'string' && nodeOwn.has(type);
}
