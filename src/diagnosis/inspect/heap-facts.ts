import { scriptOf, target } from './closures.ts';
import type { Conversation } from './conversation.ts';
import type { HeapGraph } from './heap-graph.ts';
import { saidBy } from './heap-ids.ts';
import type { IdentifiedTimer } from './listed-timers.ts';

/** A timer that has not fired. */
export interface PendingTimer {
  readonly delayMs: number;
  /** Negative where it was overdue when the look began. */
  readonly dueInMs: number;
  readonly repeats: boolean;
  /** Whether it keeps the thread alive. */
  readonly isReferenced: boolean;
  readonly callback: string;
  readonly script: string;
  /** From 1; null where the callback is no code of a script. */
  readonly line: number | null;
}

/** Whether it is a script of the program's or of its packages', not Node's; a function without one has `''`. */
export function isProgramScript(script: string): boolean {
  return script !== '' && !script.startsWith('node:');
}

/** What a heap says beside its suspended functions. */
export interface HeapFacts {
  readonly timers: readonly PendingTimer[];
  /** Messages that wait in a port of this thread, one entry a port. */
  readonly unread: readonly UnreadPort[];
}

export interface UnreadPort {
  readonly messages: number;
  /** Heap id of the handle of the Worker at its other end; null where it is none's. */
  readonly workerId: string | null;
  /** Whether a listener is there that takes them when the loop runs. */
  readonly hasListener: boolean;
}

/** What else is known of the thread and its process. */
export interface HeapSurroundings {
  /** On the thread's clock, which begins with the thread, before its heap was read: that takes a while. */
  readonly nowMs: number;
  readonly timers: readonly IdentifiedTimer[];
  /** For how long the look had kept it from its work by then. */
  readonly heldMs: number;
}

export function heapFacts(graph: HeapGraph, { nowMs, timers, heldMs }: HeapSurroundings): HeapFacts {
  const callbackIds = new Set(timers.map(({ callbackId }) => callbackId));
  const callbacks = new Map<string, number>();
  const ports: number[] = [];
  const nodesOwnPorts = new Set<number>();
  const workers = new Map<number, string>();
  for (let node = 0; node < graph.nodeCount; node++) {
    const type = graph.type(node);
    if (type === 'closure') {
      const id = graph.heapId(node);
      if (callbackIds.has(id)) callbacks.set(id, node);
      continue;
    }
    if (type !== 'object' && type !== 'native' && type !== 'synthetic') continue;
    const name = graph.name(node);
    if (name === 'Node / MessagePort') ports.push(node);
    else if (name === 'Worker') {
      const own = target(graph, node, '<symbol kPort>');
      if (own !== null) nodesOwnPorts.add(own);
      const toThread = target(graph, node, '<symbol kPublicPort>');
      const handle = target(graph, node, '<symbol kHandle>');
      if (toThread !== null && handle !== null) workers.set(toThread, graph.heapId(handle));
    }
  }
  const unread = ports.flatMap((port) => unreadAt(graph, port, nodesOwnPorts, workers));
  return {
    timers: timers.map((timer) => placed(graph, timer, callbacks, dueInMs(timer, nowMs, heldMs))),
    unread,
  };
}

/** What came due while the look held its thread up was not late: by that much, it is due now. */
export function dueInMs(
  { startedMs, delayMs }: Pick<IdentifiedTimer, 'startedMs' | 'delayMs'>,
  nowMs: number,
  heldMs: number,
): number {
  const due = startedMs + delayMs - nowMs;
  return due < 0 ? Math.min(0, due + heldMs) : due;
}

function placed(
  graph: HeapGraph,
  { callbackId, startedMs: _startedMs, ...timer }: IdentifiedTimer,
  callbacks: ReadonlyMap<string, number>,
  due: number,
): PendingTimer {
  const callback = callbacks.get(callbackId);
  const declared = callback === undefined ? null : graph.declaredAt(callback);
  return {
    ...timer,
    dueInMs: due,
    callback: callback === undefined ? '' : graph.name(callback),
    script: callback === undefined ? '' : scriptOf(graph, callback),
    line: declared === null ? null : declared.line + 1,
  };
}

/** One that has fired or was cleared is linked to no other: its `_idleNext` is `null`. */
export function isListed(graph: HeapGraph, node: number): boolean {
  const next = target(graph, node, '_idleNext');
  return next !== null && graph.type(next) === 'object';
}

function unreadAt(
  graph: HeapGraph,
  port: number,
  nodesOwn: ReadonlySet<number>,
  workers: ReadonlyMap<number, string>,
): readonly UnreadPort[] {
  const data = target(graph, port, 'data');
  const queue = data === null ? null : target(graph, data, 'incoming_messages');
  const object = target(graph, port, 'native_to_javascript');
  if (queue === null || (object !== null && nodesOwn.has(object))) return [];
  let messages = 0;
  for (const { to } of graph.edgesFrom(queue)) if (graph.name(to) === 'Node / Message') messages++;
  if (messages === 0) return [];
  const workerId = object === null ? null : (workers.get(object) ?? null);
  return [{ messages, workerId, hasListener: object !== null && hasListener(graph, object) }];
}

const workersAsked = 5;

/** The last message of a thread that has ended says no more than that; `threadIds`: of the process's threads. */
export function* withoutShutdownMessages(
  unread: readonly UnreadPort[],
  threadIds: ReadonlySet<number>,
): Conversation<readonly UnreadPort[]> {
  const left: UnreadPort[] = [];
  let asked = 0;
  for (const port of unread) {
    const { workerId } = port;
    const threadId = workerId === null || asked++ >= workersAsked ? null : yield* threadIdOf(workerId);
    const messages = port.messages - (threadId === null || threadIds.has(threadId) ? 0 : 1);
    if (messages > 0) left.push({ ...port, messages });
  }
  return left;
}

function* threadIdOf(workerId: string): Conversation<number | null> {
  try {
    const threadId = yield* saidBy(workerId, 'function () { return this.threadId; }');
    return typeof threadId === 'number' ? threadId : null;
  } catch {
    // Its thread's end has been noticed since the snapshot.
    return null;
  }
}

function hasListener(graph: HeapGraph, port: number): boolean {
  const events = target(graph, port, '<symbol kEvents>');
  if (events === null) return false;
  const table = target(graph, events, 'table');
  if (table === null) return false;
  // One list of listeners an event, which is kept when it is empty.
  for (const { to } of graph.edgesFrom(table)) {
    const first = target(graph, to, 'next');
    if (first !== null && graph.name(first) === 'Listener' && !isNodesOwn(graph, first)) return true;
  }
  return false;
}

/** In Node's own code, but they hand each message on to the program: a Worker's events, and `onmessage`. */
const handOn: ReadonlySet<string> = new Set(['node:internal/worker', 'node:internal/event_target']);

/** Node's own listeners start a worker, pass its output on and count its references. */
function isNodesOwn(graph: HeapGraph, listener: number): boolean {
  const callback = target(graph, listener, 'callback');
  const script = callback === null ? '' : scriptOf(graph, callback);
  return script.startsWith('node:') && !handOn.has(script);
}
