import { scriptOf, target } from './closures.ts';
import type { HeapGraph } from './heap-graph.ts';

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
  /** Whether a listener is there that takes them when the loop runs. */
  readonly hasListener: boolean;
}

/** What else is known of the thread and its process. */
export interface HeapSurroundings {
  /** On the thread's clock, which begins with the thread, before its heap was read: that takes a while. */
  readonly nowMs: number;
  /** Of the process's threads. */
  readonly threadIds: ReadonlySet<number>;
}

export function heapFacts(graph: HeapGraph, { nowMs, threadIds }: HeapSurroundings): HeapFacts {
  const timers: PendingTimer[] = [];
  const ports: number[] = [];
  const nodesOwnPorts = new Set<number>();
  const closedPorts = new Set<number>();
  for (let node = 0; node < graph.nodeCount; node++) {
    const type = graph.type(node);
    if (type !== 'object' && type !== 'native' && type !== 'synthetic') continue;
    const name = graph.name(node);
    if (name === 'Timeout') timers.push(...timerAt(graph, node, nowMs));
    else if (name === 'Node / MessagePort') ports.push(node);
    else if (name === 'Worker') {
      const own = target(graph, node, '<symbol kPort>');
      if (own !== null) nodesOwnPorts.add(own);
      const toThread = target(graph, node, '<symbol kPublicPort>');
      const handle = target(graph, node, '<symbol kHandle>');
      const threadId = numberAt(graph, handle === null ? null : target(graph, handle, 'threadId'));
      if (toThread !== null && threadId !== null && !threadIds.has(threadId)) closedPorts.add(toThread);
    }
  }
  const unread = ports.flatMap((port) => unreadAt(graph, port, nodesOwnPorts, closedPorts));
  return { timers, unread };
}

function timerAt(graph: HeapGraph, node: number, nowMs: number): readonly PendingTimer[] {
  const delayMs = numberAt(graph, target(graph, node, '_idleTimeout'));
  const startedMs = numberAt(graph, target(graph, node, '_idleStart'));
  const callback = target(graph, node, '_onTimeout');
  if (delayMs === null || delayMs < 0 || startedMs === null || callback === null) return [];
  if (graph.type(callback) !== 'closure' || !isListed(graph, node)) return [];
  const declared = graph.declaredAt(callback);
  return [
    {
      delayMs,
      dueInMs: startedMs + delayMs - nowMs,
      repeats: numberAt(graph, target(graph, node, '_repeat')) !== null,
      isReferenced: isTrue(graph, target(graph, node, '<symbol refed>')),
      callback: graph.name(callback),
      script: scriptOf(graph, callback),
      line: declared === null ? null : declared.line + 1,
    },
  ];
}

/** One that has fired or was cleared is linked to no other: its `_idleNext` is `null`. */
export function isListed(graph: HeapGraph, node: number): boolean {
  const next = target(graph, node, '_idleNext');
  return next !== null && graph.type(next) === 'object';
}

function numberAt(graph: HeapGraph, node: number | null): number | null {
  if (node === null || graph.type(node) !== 'number') return null;
  const value = target(graph, node, 'value');
  const number = value === null ? Number.NaN : Number(graph.name(value));
  return Number.isNaN(number) ? null : number;
}

/** Before V8 12 `true` and `false` have no name of their own; the text beside them says. */
function isTrue(graph: HeapGraph, node: number | null): boolean {
  if (node === null) return false;
  if (graph.name(node) === 'true') return true;
  for (const { to } of graph.edgesFrom(node)) if (graph.name(to) === 'true') return true;
  return false;
}

/** @param closed ports whose other end's thread has ended, whose last message says no more than that */
function unreadAt(
  graph: HeapGraph,
  port: number,
  nodesOwn: ReadonlySet<number>,
  closed: ReadonlySet<number>,
): readonly UnreadPort[] {
  const data = target(graph, port, 'data');
  const queue = data === null ? null : target(graph, data, 'incoming_messages');
  const object = target(graph, port, 'native_to_javascript');
  if (queue === null || (object !== null && nodesOwn.has(object))) return [];
  let messages = 0;
  for (const { to } of graph.edgesFrom(queue)) if (graph.name(to) === 'Node / Message') messages++;
  if (object !== null && closed.has(object)) messages--;
  return messages <= 0 ? [] : [{ messages, hasListener: object !== null && hasListener(graph, object) }];
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
