import { fileOf } from './awaits.ts';
import { scriptOf } from './closures.ts';
import type { Conversation } from './conversation.ts';
import { isProgramScript } from './heap-facts.ts';
import type { HeapGraph } from './heap-graph.ts';
import { heapIdsOf } from './heap-ids.ts';
import type { Remembered } from './seeing.ts';

/** Where the program's code waits for a request. */
export interface RequestPlace {
  /** Heap ids of the request and of what its client keeps beside it: whoever waits for one waits for the request. */
  readonly ids: readonly string[];
  /** Listeners of the program's own on the request and its response, as frames (`file:1:2 (name)`). */
  readonly listeners: readonly string[];
}

const requestsAsked = 20;

/** By the requests' keys. `HeapProfiler` is enabled, and the graph is of a snapshot since then. */
export function* requestPlaces(
  { facts, seenId }: Remembered,
  graph: HeapGraph,
): Conversation<ReadonlyMap<number, RequestPlace>> {
  const keys = facts.requests.slice(0, requestsAsked).map(({ key }) => key);
  const found = new Map<number, { kin: readonly string[]; listeners: readonly string[] }>();
  for (const key of keys) {
    found.set(key, {
      kin: yield* heapIdsOf(seenId, `this.kin(${key})`),
      listeners: yield* heapIdsOf(seenId, `this.listeners(${key})`),
    });
  }
  const frames = framesById(graph, new Set([...found.values()].flatMap(({ listeners }) => listeners)));
  return new Map(
    [...found].map(([key, { kin, listeners }]) => [
      key,
      { ids: kin, listeners: listeners.flatMap((id) => frames.get(id) ?? []) },
    ]),
  );
}

function framesById(graph: HeapGraph, ids: ReadonlySet<string>): ReadonlyMap<string, string> {
  const frames = new Map<string, string>();
  for (let node = 0; ids.size > frames.size && node < graph.nodeCount; node++) {
    if (graph.type(node) !== 'closure' || !ids.has(graph.heapId(node))) continue;
    const script = scriptOf(graph, node);
    const declared = graph.declaredAt(node);
    if (declared === null || !isProgramScript(script)) continue;
    const name = graph.name(node);
    const place = `${fileOf(script)}:${declared.line + 1}:${declared.column + 1}`;
    frames.set(graph.heapId(node), name === '' ? place : `${place} (${name})`);
  }
  return frames;
}
