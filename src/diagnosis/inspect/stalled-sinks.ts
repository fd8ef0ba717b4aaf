import { clientNames } from '../source/sending-words.ts';
import { endOfBraces, endOfFunction, openBraces } from '../source/source-text.ts';
import { scriptOf, target } from './closures.ts';
import type { Conversation } from './conversation.ts';
import type { HeapGraph } from './heap-graph.ts';
import { saidBy } from './heap-ids.ts';
import type { Closure, OwnCode, Source } from './own-code.ts';

/** A Writable of the program's own that sends, and that has not called back for a chunk: those behind it wait. */
export interface StalledSink {
  /** Of its class. */
  readonly name: string;
  readonly waiting: number;
  /** A Transform, of whose function no request comes: others send what it gives on. */
  readonly isBetween?: true;
  /** Where the function is written that takes what is written to it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Each costs a walk through the heap. */
const sinksAsked = 10;
const prototypesLooked = 3;
const callsClient = (code: string) =>
  new RegExp(`(?<![\\w$.])(?:${clientNames})\\s*[.(]|\\bhttps?\\.request\\(`).test(code);
/** By these names streams, and what packages make of them, call it. */
const takers = ['_write', '_writev', '_transform', 'log', 'logv', 'write', 'transform'];

/** `hasSent` says whether a request has come from a place between two lines of a file. `HeapProfiler` is enabled. */
export function* stalledSinks(
  graph: HeapGraph,
  { files, closures }: OwnCode,
  hasSent: (file: string, fromLine: number, toLine: number) => boolean,
): Conversation<readonly StalledSink[]> {
  const byNode = new Map(closures.map((closure) => [closure.node, closure]));
  const found: StalledSink[] = [];
  let asked = 0;
  for (const stream of writablesIn(graph)) {
    const taker = takerOf(graph, stream, byNode);
    const source = taker === null ? undefined : files.get(taker.file);
    if (taker === null || source === undefined) continue;
    const [from, to] = linesAround(taker, source);
    // What a Transform gives on, others send.
    const isBetween = target(graph, stream, '_transform') === taker.node && callsClient(source.code);
    if (!isBetween && !hasSent(taker.file, from, to)) continue;
    if (++asked > sinksAsked) break;
    const waiting = yield* waitingIn(graph.heapId(stream));
    if (waiting > 0)
      found.push({
        name: graph.name(stream),
        waiting,
        file: taker.file,
        ...source.placeOf(taker.at),
        ...(isBetween ? { isBetween } : {}),
      });
  }
  return found;
}

function* writablesIn(graph: HeapGraph): Iterable<number> {
  for (let node = 0; node < graph.nodeCount; node++) {
    if (graph.name(node) !== 'WritableState' || graph.type(node) !== 'object') continue;
    for (const { from, name, type } of graph.edgesTo(node))
      if (type === 'property' && name === '_writableState') yield from;
  }
}

/** The program's own function that takes what is written: the stream's own, or its class's. */
function takerOf(graph: HeapGraph, stream: number, own: ReadonlyMap<number, Closure>): Closure | null {
  let holder: number | null = stream;
  for (let steps = 0; holder !== null && steps < prototypesLooked; steps++) {
    for (const name of takers) {
      const node = target(graph, holder, name);
      if (node === null || graph.type(node) !== 'closure') continue;
      const closure = own.get(node);
      if (closure !== undefined) return closure;
      // A package's, which may call the program's by another name.
      if (!scriptOf(graph, node).startsWith('node:') && !takers.slice(0, 3).includes(name)) return null;
    }
    holder = target(graph, holder, '__proto__');
  }
  return null;
}

/** Of the class that the function is in, or of itself. */
function linesAround({ at }: Closure, source: Source): readonly [from: number, to: number] {
  const { code } = source;
  const body = openBraces(code.slice(0, at)).findLast((opener) =>
    /\bclass\b[^{};]*$/.test(code.slice(0, opener)),
  );
  const from = body ?? at;
  const to = body === undefined ? endOfFunction(code, at) : endOfBraces(code, body);
  return [source.placeOf(from).line, source.placeOf(to).line];
}

/** How many chunks wait behind one that is being written; none in a stream that has come to its end. */
function* waitingIn(heapId: string): Conversation<number> {
  const value = yield* saidBy(heapId, bufferedBehind.toString());
  return typeof value === 'number' ? value : 0;
}

/** Runs inside the thread that is looked at, sent there as text. */
function bufferedBehind(this: { readonly _writableState?: Readonly<Record<string, unknown>> }): number {
  const state = this._writableState;
  if (state === undefined || state.writing !== true || state.destroyed === true || state.errored) return 0;
  return typeof state.bufferedRequestCount === 'number' ? state.bufferedRequestCount : 0;
}
