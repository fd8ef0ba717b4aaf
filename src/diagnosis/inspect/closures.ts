import type { HeapGraph } from './heap-graph.ts';

/** Where a named edge of a node leads; null where it has none. */
export function target(graph: HeapGraph, node: number, name: string): number | null {
  for (const edge of graph.edgesFrom(node)) if (edge.name === name) return edge.to;
  return null;
}

/** URL of the script that a function is of, as V8 knows it; empty where it is of none. */
export function scriptOf(graph: HeapGraph, closure: number): string {
  const shared = target(graph, closure, 'shared');
  const script =
    shared === null
      ? null
      : (target(graph, shared, 'script') ?? target(graph, shared, 'script_or_debug_info'));
  return script === null ? '' : graph.name(script);
}

/** The scopes that a function sees, the nearest first. */
export function scopesOf(graph: HeapGraph, closure: number): readonly number[] {
  const scopes: number[] = [];
  for (
    let scope = target(graph, closure, 'context');
    scope !== null;
    scope = target(graph, scope, 'previous')
  )
    scopes.push(scope);
  return scopes;
}
