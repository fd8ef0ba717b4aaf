import { endOfFunction, escapedName } from '../source/source-text.ts';
import { scopesOf, target } from './closures.ts';
import { isListed } from './heap-facts.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { Closure, OwnCode } from './own-code.ts';

const timersLooked = 200;
/** Callbacks that call what they were given, which calls another one. */
const deepest = 3;

/**
 * Functions of the program's own that timers which are still to fire call by variables of a function, as a debounce calls
 * the one that it was given.
 */
export function calledByTimers(graph: HeapGraph, { files, closures }: OwnCode): readonly Closure[] {
  const byNode = new Map(closures.map((closure) => [closure.node, closure]));
  const found = new Set<Closure>();
  let callers = callbacksDue(graph).flatMap((node) => byNode.get(node) ?? []);
  for (let depth = 0; depth < deepest && callers.length > 0; depth++) {
    const called = callers.flatMap((caller) =>
      variablesIn(graph, caller, files.get(caller.file)?.code ?? '').flatMap(
        (node) => byNode.get(node) ?? [],
      ),
    );
    callers = called.filter((one) => !found.has(one));
    for (const one of callers) found.add(one);
  }
  return [...found];
}

function callbacksDue(graph: HeapGraph): readonly number[] {
  const callbacks: number[] = [];
  for (let node = 0; node < graph.nodeCount && callbacks.length < timersLooked; node++) {
    if (graph.name(node) !== 'Timeout' || graph.type(node) !== 'object' || !isListed(graph, node)) continue;
    const callback = target(graph, node, '_onTimeout');
    if (callback !== null) callbacks.push(callback);
  }
  return callbacks;
}

/** Functions among the variables that it sees, by whose names it calls something. */
function variablesIn(graph: HeapGraph, { node, at }: Closure, code: string): readonly number[] {
  const text = code.slice(at, endOfFunction(code, at));
  const found = new Map<string, number>();
  for (const scope of scopesOf(graph, node)) {
    for (const { to, type, name } of graph.edgesFrom(scope)) {
      if (type !== 'context' || found.has(name) || graph.type(to) !== 'closure') continue;
      if (isCalled(name, text)) found.set(name, to);
    }
  }
  return [...found.values()];
}

function isCalled(name: string, text: string): boolean {
  return new RegExp(
    `(?<![\\w$.])${escapedName(name)}\\s*(?:\\?\\.\\s*)?(?:\\.\\s*(?:call|apply)\\s*)?\\(`,
  ).test(text);
}
