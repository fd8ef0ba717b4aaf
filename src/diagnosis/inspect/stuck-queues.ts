import { endOfBraces, endOfFunction, escapedName, openBody, openHeads } from '../source/source-text.ts';
import type { AwaitsSeen } from './awaits.ts';
import { scopesOf, target } from './closures.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { Closure, OwnCode, Source } from './own-code.ts';

/**
 * A list of jobs of the program's own from which nobody will take any more: the function that takes from it takes the
 * next job when the last one has called back, and no such callback is left in the heap.
 */
export interface StuckQueue {
  /** The list's name. */
  readonly name: string;
  readonly waiting: number;
  /** The function that takes from it, and where it does. */
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A function of the program's own that takes the first job of a list. */
interface Taker {
  readonly file: string;
  readonly list: string;
  /** The class whose objects have the list; null where it is a variable. */
  readonly ofClass: string | null;
  readonly name: string;
  /** Of its body, and of the call that takes. */
  readonly from: number;
  readonly to: number;
  readonly takesAt: number;
}

type AwaitsFound = Pick<AwaitsSeen, 'awaits' | 'left'>;

/** What only shortens a list does not take a job. */
const takes = /[=(]\s*(this\s*\.\s*#?)?\b([\w$]+)\s*\.\s*shift\s*\(\s*\)/g;
/** A note that a job is under way. */
const begins = /=\s*true\b|\+\+|\+=\s*1\b/;

/** `hasSent` says whether a request has come from a place between two lines of a file. */
export function stuckQueues(
  graph: HeapGraph,
  seen: AwaitsFound,
  { files, closures }: OwnCode,
  hasSent: (file: string, fromLine: number, toLine: number) => boolean,
): readonly StuckQueue[] {
  const found: StuckQueue[] = [];
  for (const [file, source] of files) {
    for (const taker of takersIn(file, source.code)) {
      if (!isQueue(taker, source.code)) continue;
      const stuck = waitingFor(graph, taker, source, closures, seen);
      if (stuck.length === 0 || !hasSentBefore(graph, taker, source, stuck, closures, hasSent)) continue;
      const { line, column } = source.placeOf(taker.takesAt);
      found.push({ name: taker.list, waiting: stuck.length, function: taker.name, file, line, column });
    }
  }
  return found;
}

function* takersIn(file: string, code: string): Iterable<Taker> {
  for (const { 0: text, 1: self, 2: list = '', index } of code.matchAll(takes)) {
    const body = openBody(code.slice(0, index));
    if (body === null) continue;
    const name = nameBefore(code.slice(0, body));
    if (name === null) continue;
    const ofClass = self === undefined ? null : classAround(code.slice(0, body));
    if (self !== undefined && ofClass === null) continue;
    const takesAt = index + text.indexOf(list);
    yield { file, list, ofClass, name, from: body, to: endOfBraces(code, body) - 1, takesAt };
  }
}

/** Whether it takes no job while one is under way, and the next one after that; what it puts back are no jobs. */
function isQueue({ list, name, from, to }: Taker, code: string): boolean {
  const body = code.slice(from, to);
  if (!begins.test(body) || putsInto(list).test(body)) return false;
  const callsItself =
    new RegExp(`(?<![\\w$])${escapedName(name)}\\s*\\(`).test(body) && /\bif\s*\(|\bwhile\s*\(/.test(body);
  return callsItself || (/\b(?:while|for)\s*\(/.test(body) && /\bawait\b/.test(body));
}

function putsInto(list: string): RegExp {
  return new RegExp(`(?<![\\w$])${escapedName(list)}\\s*\\.\\s*(?:push|unshift)\\s*\\(`);
}

/** The name of the class whose body is open at the end. */
function classAround(before: string): string | null {
  return (
    openHeads(before)
      .flatMap((head) => /\bclass\s+([\w$]+)[^{};]*$/.exec(head)?.[1] ?? [])
      .at(-1) ?? null
  );
}

/** Of the function whose body begins here; null where it has none. */
export function nameBefore(head: string): string | null {
  const declared =
    /(?:\bfunction\s*\*?\s*([\w$]+)\s*|\b([\w$]+)\s*=\s*(?:async\s*)?(?:function\s*\*?\s*[\w$]*\s*)?|(?:^|[;{},\n])\s*(?:async\s+)?#?([\w$]+)\s*)\([^()]*\)\s*(?:=>\s*)?$/.exec(
      head,
    );
  const name = declared?.[1] ?? declared?.[2] ?? declared?.[3] ?? null;
  return name === null || /^(?:if|for|while|switch|catch|constructor)$/.test(name) ? null : name;
}

/** What is in the list, where nothing is left that takes from it; nothing where something may be. */
function waitingFor(
  graph: HeapGraph,
  taker: Taker,
  source: Source,
  closures: readonly Closure[],
  seen: AwaitsFound,
): readonly number[] {
  const { code } = source;
  const ofFile = closures.filter(({ file }) => file === taker.file);
  const isTaker = ({ at }: Closure) => at <= taker.from && !/[{};]/.test(code.slice(at, taker.from));
  const own = ofFile.filter(isTaker);
  // One that took a job before calls back through a function within the taker, or goes on in the taker itself.
  if (own.length === 0 || ofFile.some(({ at }) => at > taker.from && at < taker.to)) return [];
  if (own.some(({ node }) => isGivenAway(graph, node, taker))) return [];
  if (own.some(({ node }) => isAtWork(graph, node)) && !waitsForNobody(taker, source, seen)) return [];
  if (closures.some((one) => mayCall(one, taker, code))) return [];
  const { list, ofClass } = taker;
  const lists =
    ofClass === null
      ? own.flatMap(({ node }) => listsOf(graph, node, list))
      : listsOfClass(graph, { list, ofClass });
  return [...new Set(lists)].flatMap((list) => elementsOf(graph, list));
}

/** Whether an async function, or a generator, waits in it. */
function isAtWork(graph: HeapGraph, closure: number): boolean {
  for (const { from } of graph.edgesTo(closure)) if (/Generator/.test(graph.name(from))) return true;
  return false;
}

/** Whether all that is awaited in it are promises that nothing could settle. */
function waitsForNobody(taker: Taker, source: Source, { awaits, left }: AwaitsFound): boolean {
  const [from, to] = [taker.from, taker.to].map((offset) => source.placeOf(offset).line);
  const within = awaits.filter(({ chain }) =>
    chain.some(({ file, line }) => file === taker.file && line >= (from ?? 0) && line <= (to ?? 0)),
  );
  return (
    left === 0 &&
    within.length > 0 &&
    within.every(({ holders, isReady }) => holders.length === 0 && !isReady)
  );
}

/** Whether anything but its own scope or class holds it, and may call it: a timer, a listener, a promise, a module. */
function isGivenAway(graph: HeapGraph, closure: number, { name }: Taker): boolean {
  const scopes = scopesOf(graph, closure);
  for (const { from, type, name: edge } of graph.edgesTo(closure)) {
    if (type === 'context' && edge === name && scopes.includes(from)) continue;
    // A private method is a variable without a name.
    if (type === 'hidden' && scopes.includes(from)) continue;
    if (type === 'property' && (edge === 'constructor' || isMethod(graph, from, edge, name))) continue;
    if (edge === 'function' && /Generator/.test(graph.name(from))) continue;
    // Where an object keeps its properties, which are edges of its own, too.
    if (type === 'hidden' && /PropertyArray|Dictionary/.test(graph.name(from))) continue;
    return true;
  }
  return false;
}

function isMethod(graph: HeapGraph, prototype: number, edge: string, name: string): boolean {
  return edge === name && target(graph, prototype, 'constructor') !== null;
}

/** Whether another function names the taker, and does not merely put a job into the list before. */
function mayCall({ file, at }: Closure, taker: Taker, code: string): boolean {
  if (file !== taker.file) return false;
  const end = endOfFunction(code, at);
  if (at <= taker.from && end >= taker.to) return false;
  const text = code.slice(at, end);
  return (
    new RegExp(`(?<![\\w$])${escapedName(taker.name)}(?![\\w$])`).test(text) &&
    !putsInto(taker.list).test(text)
  );
}

/** The variable of this name that a function sees. */
export function listsOf(graph: HeapGraph, closure: number, list: string): readonly number[] {
  const found = scopesOf(graph, closure).map((scope) => target(graph, scope, list));
  return found.filter((node) => node !== null).slice(0, 1);
}

/** Those of all objects of a class, which are looked for in the whole heap. */
export function listsOfClass(
  graph: HeapGraph,
  { list, ofClass }: { readonly list: string; readonly ofClass: string },
): readonly number[] {
  return objectsOf(graph, ofClass)
    .map((object) => target(graph, object, list) ?? target(graph, object, `#${list}`))
    .filter((node) => node !== null);
}

function objectsOf(graph: HeapGraph, ofClass: string): readonly number[] {
  const objects: number[] = [];
  for (let node = 0; node < graph.nodeCount; node++)
    if (graph.type(node) === 'object' && graph.name(node) === ofClass) objects.push(node);
  return objects;
}

export function elementsOf(graph: HeapGraph, list: number): readonly number[] {
  if (graph.name(list) !== 'Array') return [];
  const elements: number[] = [];
  for (const { to, type } of graph.edgesFrom(list)) if (type === 'element') elements.push(to);
  return elements;
}

/** Whether a request has come of the taker, or of the code of a job that waits. */
function hasSentBefore(
  graph: HeapGraph,
  taker: Taker,
  source: Source,
  waiting: readonly number[],
  closures: readonly Closure[],
  hasSent: (file: string, fromLine: number, toLine: number) => boolean,
): boolean {
  const lineOf = (offset: number) => source.placeOf(offset).line;
  if (hasSent(taker.file, lineOf(taker.from), lineOf(taker.to))) return true;
  return closures.some(({ node, file, at }) => {
    if (file !== taker.file || !waiting.includes(node) || graph.type(node) !== 'closure') return false;
    return hasSent(file, lineOf(at), lineOf(endOfFunction(source.code, at)));
  });
}
