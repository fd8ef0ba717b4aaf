import { escapedName } from '../source/source-text.ts';
import { calledByTimers } from './called-by-timers.ts';
import { type Emptying, emptyings } from './emptied-lists.ts';
import { exitHandlersIn, isHandledIn } from './exit-handlers.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { Closure, OwnCode } from './own-code.ts';
import { elementsOf, listsOf, listsOfClass } from './stuck-queues.ts';

/** A list of the program's own that a function which a timer calls empties and sends, and that was not empty. */
export interface UnsentList {
  readonly name: string;
  readonly waiting: number;
  /** Where the function empties it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function unsentLists(
  graph: HeapGraph,
  { files, closures }: OwnCode,
  sends: (code: string, file: string) => boolean,
): readonly UnsentList[] {
  const found: UnsentList[] = [];
  const due = calledByTimers(graph, { files, closures });
  const exitHandlers = exitHandlersIn(files.values());
  for (const [file, source] of files) {
    const ofTimers = due.filter((closure) => closure.file === file);
    const isDue = (body: number) => ofTimers.some((closure) => begins(closure, body, source.code));
    const sendsHere = (call: string) => sends(call, file);
    for (const emptying of emptyings(source, sendsHere, ofTimers.length > 0 ? isDue : null)) {
      const { list, at } = emptying;
      if (found.some((one) => one.file === file && one.name === list)) continue;
      if (isHandledIn(emptying, exitHandlers, source)) continue;
      const ofFile = closures.filter((closure) => closure.file === file);
      const lists = listsAt(graph, emptying, ofFile, source.code);
      const waiting = [...new Set(lists)].flatMap((node) => elementsOf(graph, node)).length;
      if (waiting > 0) found.push({ name: list, waiting, file, ...source.placeOf(at) });
    }
  }
  return found;
}

/** Whether it is the function whose body begins there. */
function begins({ at }: Closure, body: number, code: string): boolean {
  return at <= body && !/[{};]/.test(code.slice(at, body));
}

/** By the function that empties it: elsewhere the same name may be another variable's. */
function listsAt(
  graph: HeapGraph,
  { list, ofClass, body }: Emptying,
  ofFile: readonly Closure[],
  code: string,
): readonly number[] {
  if (ofClass !== null) return listsOfClass(graph, { list, ofClass });
  const own = ofFile.filter((closure) => begins(closure, body, code));
  // Of a timer that was cleared, no function is left.
  const seeing = own.length > 0 || !isDeclaredOnce(list, code) ? own : ofFile;
  return seeing.flatMap(({ node }) => listsOf(graph, node, list));
}

/** Whether the name means one variable in all of a file. */
function isDeclaredOnce(name: string, code: string): boolean {
  const escaped = escapedName(name);
  const declared = new RegExp(`\\b(?:let|const|var)\\s+(?:[^=;(){}]*,\\s*)?${escaped}(?![\\w$])`, 'g');
  const asParameter = new RegExp(
    `\\((?:[^()]*[^()\\w$])?${escaped}(?:[^()\\w$][^()]*)?\\)\\s*(?:=>|\\{)|(?<![\\w$.])${escaped}\\s*=>`,
  );
  return code.match(declared)?.length === 1 && !asParameter.test(code);
}
