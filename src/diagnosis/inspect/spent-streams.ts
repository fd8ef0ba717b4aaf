import { target } from './closures.ts';
import type { Conversation } from './conversation.ts';
import type { HeapGraph } from './heap-graph.ts';
import { saidBy } from './heap-ids.ts';
import type { HeapHolder } from './suspended.ts';

/** Behind the name of such a stream. */
export const readToItsEnd = ', which had been read to its end before';
/** Each costs a walk through the heap. */
const mostAsked = 5;

/** Streams that have been read to their end: whoever listens to one only now hears neither its data nor its end. */
export class SpentStreams {
  readonly #graph: HeapGraph;
  readonly #known = new Map<number, boolean>();

  constructor(graph: HeapGraph) {
    this.#graph = graph;
  }

  /** Of those that could settle a promise, the spent ones are what the program has, and go on by nothing. */
  *told(holders: readonly HeapHolder[]): Conversation<readonly HeapHolder[]> {
    const streams = holders.filter((holder) => this.#mayBeSpent(holder));
    if (
      streams.length === 0 ||
      holders.some((holder) => holder.kind !== 'program' && !streams.includes(holder))
    )
      return holders;
    const told: HeapHolder[] = [];
    for (const holder of holders) {
      const isSpent = streams.includes(holder) && (yield* this.#isSpent(holder.node));
      told.push(isSpent ? { ...holder, kind: 'program', text: holder.text + readToItsEnd } : holder);
    }
    return told;
  }

  #mayBeSpent({ kind, node }: HeapHolder): boolean {
    return (kind === 'request' || kind === 'io') && target(this.#graph, node, '_readableState') !== null;
  }

  *#isSpent(node: number): Conversation<boolean> {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#known.size >= mostAsked) return false;
    this.#known.set(node, false);
    try {
      const isSpent = (yield* saidBy(this.#graph.heapId(node), isReadToItsEnd.toString())) === true;
      this.#known.set(node, isSpent);
      return isSpent;
    } catch {
      // It has been collected since the snapshot.
      return false;
    }
  }
}

interface Stream {
  readonly _readableState?: { readonly endEmitted?: unknown };
  readonly _events?: Readonly<Record<string, unknown>>;
}

/** Runs inside the thread that is looked at, sent there as text. Who listens for `close` may hear of that yet. */
function isReadToItsEnd(this: Stream): boolean {
  return this._readableState?.endEmitted === true && this._events?.close === undefined;
}
