import { target } from './closures.ts';
import type { Conversation } from './conversation.ts';
import type { HeapGraph } from './heap-graph.ts';
import { heapIdsOf } from './heap-ids.ts';
import { clientClasses } from './in-thread.ts';
import type { Remembered } from './seeing.ts';

/** Whether a heap holds a client, or a request of one, that the thread's own account has not come to. */
export function* holdsOtherClients({ seenId }: Remembered, graph: HeapGraph): Conversation<boolean> {
  const held = clientsIn(graph);
  if (held.length === 0) return false;
  const known = new Set(yield* heapIdsOf(seenId, `this.clients.slice(0, ${clientsAsked})`));
  return held.some((node) => !known.has(graph.heapId(node)));
}

/** Each costs a question. */
const clientsAsked = 100;

/** Objects of the classes of clients, and of classes that extend these. */
function clientsIn(graph: HeapGraph): readonly number[] {
  const prototypes: number[] = [];
  for (let node = 0; node < graph.nodeCount; node++) {
    if (graph.type(node) !== 'closure' || !clientClasses.test(graph.name(node))) continue;
    const prototype = target(graph, node, 'prototype');
    if (prototype !== null) prototypes.push(prototype);
  }
  const found = new Set<number>();
  const seen = new Set(prototypes);
  for (const prototype of prototypes) {
    for (const { from, name, type } of graph.edgesTo(prototype)) {
      if (name !== '__proto__' || type !== 'property' || seen.has(from)) continue;
      seen.add(from);
      if (target(graph, from, 'constructor') === null) found.add(from);
      else prototypes.push(from);
    }
  }
  return [...found];
}
