import { isForeign } from '../../model/frame.ts';
import { withoutTexts } from '../source/source-text.ts';
import { fileOf } from './awaits.ts';
import { scriptOf } from './closures.ts';
import type { HeapGraph } from './heap-graph.ts';

/** Functions of the program's own that are in a heap, and the files that they are written in. */
export interface OwnCode {
  readonly files: ReadonlyMap<string, Source>;
  readonly closures: readonly Closure[];
}

export interface Closure {
  readonly node: number;
  readonly file: string;
  readonly at: number;
}

export class Source {
  readonly text: string;
  /** Without texts and comments; as long. */
  readonly code: string;
  readonly #lines: number[] = [0];

  constructor(text: string) {
    this.text = text;
    this.code = withoutTexts(text);
    for (const { index } of text.matchAll(/\n/g)) this.#lines.push(index + 1);
  }

  offsetOf({ line, column }: { readonly line: number; readonly column: number }): number {
    return (this.#lines[line] ?? this.code.length) + column;
  }

  /** From 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number } {
    const line = this.#lines.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (this.#lines[line] ?? 0) + 1 };
  }
}

const closuresLooked = 20_000;

/** Files of the program's own functions. */
export function ownFiles(graph: HeapGraph): ReadonlySet<string> {
  return new Set(placedClosures(graph).map(({ file }) => file));
}

/** Reads each file once; made once for all that is looked for in one heap. */
export function ownCode(graph: HeapGraph, sourceOf: (file: string) => string): OwnCode {
  const files = new Map<string, Source>();
  const closures = placedClosures(graph).map(({ node, file, declared }) => {
    const source = files.get(file) ?? new Source(sourceOf(file));
    files.set(file, source);
    return { node, file, at: source.offsetOf(declared) };
  });
  return { files, closures };
}

interface PlacedClosure {
  readonly node: number;
  readonly file: string;
  readonly declared: { readonly line: number; readonly column: number };
}

function placedClosures(graph: HeapGraph): readonly PlacedClosure[] {
  const closures: PlacedClosure[] = [];
  for (let node = 0; node < graph.nodeCount && closures.length < closuresLooked; node++) {
    if (graph.type(node) !== 'closure') continue;
    const declared = graph.declaredAt(node);
    const script = declared === null ? '' : scriptOf(graph, node);
    if (declared === null || script === '' || isForeign(script)) continue;
    closures.push({ node, file: fileOf(script), declared });
  }
  return closures;
}
