import { scriptOf } from './closures.ts';
import { type Conversation, textField } from './conversation.ts';
import { isProgramScript } from './heap-facts.ts';
import type { HeapGraph } from './heap-graph.ts';
import { objectBy } from './heap-ids.ts';
import { isReactionJob } from './suspended.ts';

/** A callback of the program's own that can run, and that its thread has not come to. */
export interface ReadyCallback {
  /** `file:line:column (name)`, as in a stack. */
  readonly place: string;
  readonly code: string;
}

const callbacksAsked = 8;

/** Callbacks of `then` and `setImmediate` that wait for the thread's loop. `HeapProfiler` is enabled. */
export function* readyCallbacks(graph: HeapGraph): Conversation<readonly ReadyCallback[]> {
  const ready: ReadyCallback[] = [];
  for (const closure of readyClosures(graph).slice(0, callbacksAsked)) {
    const place = placeOf(graph, closure);
    if (place === null) continue;
    try {
      const object = yield* objectBy(graph.heapId(closure));
      ready.push({ place, code: textField(object, 'description') });
    } catch {
      // It has run and been collected since the snapshot.
    }
  }
  return ready;
}

function readyClosures(graph: HeapGraph): readonly number[] {
  const found = new Set<number>();
  for (let node = 0; node < graph.nodeCount; node++) {
    if (isReactionJob(graph, node)) {
      for (const { to } of graph.edgesFrom(node)) if (graph.type(to) === 'closure') found.add(to);
    } else if (graph.type(node) === 'object' && graph.name(node) === 'Immediate') {
      for (const { to, name } of graph.edgesFrom(node))
        if (name === '_onImmediate' && graph.type(to) === 'closure') found.add(to);
    }
  }
  return [...found];
}

function placeOf(graph: HeapGraph, closure: number): string | null {
  const script = scriptOf(graph, closure);
  const declared = graph.declaredAt(closure);
  if (!isProgramScript(script) || declared === null) return null;
  const file = script.startsWith('file:') ? decodeURIComponent(new URL(script).pathname) : script;
  const name = graph.name(closure);
  return `${file}:${declared.line + 1}:${declared.column + 1}${name === '' ? '' : ` (${name})`}`;
}
