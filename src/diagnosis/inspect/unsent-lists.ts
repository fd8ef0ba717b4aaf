import type { HeapGraph } from './heap-graph.ts';
import { endOfBraces, openBraces, opensFunction } from './source-text.ts';
import { classAround, elementsOf, listsOf, nameBefore, ownClosures, Source } from './stuck-queues.ts';

/** A list of the program's own that a function which a timer calls empties and sends, and that was not empty. */
export interface UnsentList {
  readonly name: string;
  readonly waiting: number;
  /** Where the function empties it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A place where all that a list holds is taken from it. */
interface Emptying {
  readonly list: string;
  /** The class whose objects have the list; null where it is a variable. */
  readonly ofClass: string | null;
  readonly at: number;
}

/** What is taken is used: a call alone only shortens a list. */
const empties =
  /[=(.[]\s*(this\s*\.\s*#?)?\b([\w$]+)\s*\.\s*splice\s*\(\s*0\s*(?:,\s*[^()]*)?\)|(?:^|[;{}\n])\s*(this\s*\.\s*#?)?\b([\w$]+)\s*(?:=\s*\[\s*\]|\.\s*length\s*=\s*0)/g;

export function unsentLists(
  graph: HeapGraph,
  sourceOf: (file: string) => string,
  sends: (code: string, file: string) => boolean,
): readonly UnsentList[] {
  const files = new Map<string, Source>();
  const closures = ownClosures(graph, (file) => {
    const known = files.get(file) ?? new Source(sourceOf(file));
    files.set(file, known);
    return known;
  });
  const found: UnsentList[] = [];
  for (const [file, source] of files) {
    const ofFile = closures.filter((closure) => closure.file === file);
    for (const { list, ofClass, at } of emptyingsIn(source.code, (body) => sends(body, file))) {
      const lists = ofFile.flatMap(({ node }) => listsOf(graph, node, { list, ofClass }));
      const waiting = [...new Set(lists)].flatMap((node) => elementsOf(graph, node)).length;
      if (waiting > 0 && !found.some((one) => one.file === file && one.name === list))
        found.push({ name: list, waiting, file, ...source.placeOf(at) });
    }
  }
  return found;
}

function* emptyingsIn(code: string, sends: (body: string) => boolean): Iterable<Emptying> {
  for (const { 0: text, 1: self, 2: taken, 3: selfEmptied, 4: emptied, index } of code.matchAll(empties)) {
    const list = taken ?? emptied ?? '';
    const body = openBraces(code.slice(0, index)).findLast((opener) => opensFunction(code.slice(0, opener)));
    if (body === undefined) continue;
    const [head, whole] = [code.slice(0, body), code.slice(body, endOfBraces(code, body))];
    const isRead = new RegExp(`(?<![\\w$])${escaped(list)}(?![\\w$])`, 'g');
    // Who only empties a list does not send what was in it.
    if ((whole.match(isRead)?.length ?? 0) < 2 && emptied !== undefined) continue;
    if (!isCalledByTimer(head, code) || !sends(whole)) continue;
    const isOfObject = (self ?? selfEmptied) !== undefined;
    const ofClass = isOfObject ? classAround(head) : null;
    if (!isOfObject || ofClass !== null) yield { list, ofClass, at: index + text.indexOf(list) };
  }
}

/** The function whose body begins behind the head is given to a timer, or called by what is. */
function isCalledByTimer(head: string, code: string): boolean {
  if (/\bset(?:Interval|Timeout)\s*\(\s*(?:async\s*)?(?:function\s*)?\(\s*\)\s*(?:=>\s*)?$/.test(head))
    return true;
  const name = nameBefore(head);
  return (
    name !== null &&
    new RegExp(
      `\\bset(?:Interval|Timeout)\\s*\\(\\s*(?:async\\s*)?(?:\\(\\s*\\)\\s*=>\\s*\\{?\\s*)?(?:void\\s+|await\\s+|return\\s+)?(?:[\\w$]+\\s*\\.\\s*)?#?${escaped(name)}(?![\\w$])`,
    ).test(code)
  );
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$');
}
