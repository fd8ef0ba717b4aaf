// One file, however long: one pass over a snapshot, whose parts share where they are in it.
/**
 * A heap snapshot as a graph, read while it comes: only the numbers and the names of what is not text are kept, so that
 * a heap of hundreds of MB does not have to be one string.
 */
export interface HeapGraph {
  readonly nodeCount: number;
  /** The id by which `HeapProfiler.getObjectByHeapObjectId` finds the node. */
  heapId(node: number): string;
  type(node: number): string;
  name(node: number): string;
  edgesFrom(node: number): Iterable<Edge>;
  /** Edges that keep the node alive: weak ones are left out. */
  edgesTo(node: number): Iterable<Edge>;
  /** Where a function or a function's object was declared, from 0; null for what is no code of a script. */
  declaredAt(node: number): { readonly line: number; readonly column: number } | null;
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly type: string;
  /** A property's name, or an index in digits. */
  readonly name: string;
}

type Mode = 'seek' | 'numbers' | 'strings' | 'done';

const sections = ['nodes', 'edges', 'locations', 'strings'] as const;
type Section = (typeof sections)[number];

const quote = 34;
const backslash = 92;
const closing = 93;
const zero = 48;
const nine = 57;

export class HeapSnapshotReader {
  #mode: Mode = 'seek';
  #pending = '';
  #section: Section | null = null;
  #layout: Layout | null = null;
  #graph: GraphBuilder | null = null;
  #number = -1;
  #rest = '';
  #inString = false;
  #escaped = false;

  /** The next piece of the snapshot's JSON. */
  add(chunk: string): void {
    let from = 0;
    while (from < chunk.length && this.#mode !== 'done') {
      if (this.#mode === 'seek') from = this.#seek(chunk, from);
      else if (this.#mode === 'numbers') from = this.#readNumbers(chunk, from);
      else from = this.#readStrings(chunk, from);
    }
  }

  /** @throws Error where the snapshot was cut off. */
  finish(): HeapGraph {
    if (this.#graph === null || this.#mode !== 'done') throw new Error('the heap snapshot is not complete');
    return this.#graph.finish();
  }

  #seek(chunk: string, from: number): number {
    const before = this.#pending.length;
    const text = this.#pending + chunk.slice(from);
    const next = sections.find((name) => text.includes(`"${name}":[`));
    if (next === undefined || !this.#isDue(next)) {
      // Before the first section everything is the header; later only a split key must not be lost.
      this.#pending = this.#layout === null ? text : text.slice(-20);
      return chunk.length;
    }
    const key = `"${next}":[`;
    const at = text.indexOf(key);
    if (this.#layout === null) {
      this.#layout = readLayout(text.slice(0, at));
      this.#graph = new GraphBuilder(this.#layout);
    }
    this.#section = next;
    this.#mode = next === 'strings' ? 'strings' : 'numbers';
    this.#pending = '';
    return from + at + key.length - before;
  }

  /** The header names the sections too, but not followed by a list. */
  #isDue(next: Section): boolean {
    return this.#section === null
      ? next === 'nodes'
      : sections.indexOf(next) > sections.indexOf(this.#section);
  }

  #readNumbers(chunk: string, from: number): number {
    const graph = this.#graph;
    const section = this.#section;
    if (graph === null || section === null) return chunk.length;
    let number = this.#number;
    for (let at = from; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at);
      if (code >= zero && code <= nine) number = (number === -1 ? 0 : number * 10) + code - zero;
      else {
        if (number !== -1) graph.take(section, number);
        number = -1;
        if (code === closing) {
          this.#number = -1;
          this.#mode = 'seek';
          return at + 1;
        }
      }
    }
    this.#number = number;
    return chunk.length;
  }

  #readStrings(chunk: string, from: number): number {
    let start = from;
    for (let at = from; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at);
      if (!this.#inString) {
        if (code === closing) {
          this.#mode = 'done';
          return chunk.length;
        }
        if (code !== quote) continue;
        this.#inString = true;
        this.#rest = '';
        start = at + 1;
      } else if (this.#escaped) this.#escaped = false;
      else if (code === backslash) this.#escaped = true;
      else if (code === quote) {
        this.#graph?.takeString(this.#rest + chunk.slice(start, at));
        this.#rest = '';
        this.#inString = false;
      }
    }
    if (this.#inString) this.#rest += chunk.slice(start);
    return chunk.length;
  }
}

interface Layout {
  readonly nodeFields: readonly string[];
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  readonly nodeCount: number;
  readonly edgeCount: number;
}

function readLayout(head: string): Layout {
  const text = head.slice(head.indexOf('{'), head.lastIndexOf('}') + 1);
  const { snapshot }: { snapshot: Snapshot } = JSON.parse(`${text}}`);
  const { meta, node_count: nodeCount, edge_count: edgeCount } = snapshot;
  const [nodeTypes] = meta.node_types;
  const [edgeTypes] = meta.edge_types;
  if (!Array.isArray(nodeTypes) || !Array.isArray(edgeTypes))
    throw new Error('the heap snapshot has an unknown format');
  return { nodeFields: meta.node_fields, nodeTypes, edgeTypes, nodeCount, edgeCount };
}

interface Snapshot {
  readonly meta: {
    readonly node_fields: readonly string[];
    readonly node_types: readonly (readonly string[] | string)[];
    readonly edge_types: readonly (readonly string[] | string)[];
  };
  readonly node_count: number;
  readonly edge_count: number;
}

const longestNumber = 20;
const edgeFields = 3;
const locationFields = 4;

class GraphBuilder {
  readonly #layout: Layout;
  readonly #nodeTypes: Uint8Array;
  readonly #nodeNames: Uint32Array;
  readonly #heapIds: Uint32Array;
  readonly #firstEdges: Uint32Array;
  readonly #edgeTypes: Uint8Array;
  readonly #edgeNames: Uint32Array;
  readonly #edgeTargets: Uint32Array;
  readonly #locations = new Map<number, { line: number; column: number }>();
  readonly #strings: string[] = [];
  readonly #fieldTargets: readonly (Uint8Array | Uint32Array | null)[];
  readonly #indexed: readonly boolean[];
  readonly #text: readonly boolean[];
  #wanted: Uint8Array | null = null;
  #at = 0;
  #section: Section = 'nodes';
  #location = { node: 0, line: 0 };

  constructor(layout: Layout) {
    const { nodeCount, edgeCount, nodeFields, nodeTypes, edgeTypes } = layout;
    this.#layout = layout;
    this.#nodeTypes = new Uint8Array(nodeCount);
    this.#nodeNames = new Uint32Array(nodeCount);
    this.#heapIds = new Uint32Array(nodeCount);
    this.#firstEdges = new Uint32Array(nodeCount + 1);
    this.#edgeTypes = new Uint8Array(edgeCount);
    this.#edgeNames = new Uint32Array(edgeCount);
    this.#edgeTargets = new Uint32Array(edgeCount);
    const targets: Readonly<Record<string, Uint8Array | Uint32Array>> = {
      type: this.#nodeTypes,
      name: this.#nodeNames,
      id: this.#heapIds,
      edge_count: this.#firstEdges,
    };
    this.#fieldTargets = nodeFields.map((name) => targets[name] ?? null);
    this.#indexed = edgeTypes.map((type) => type === 'element' || type === 'hidden');
    this.#text = nodeTypes.map((type) => type.includes('string'));
  }

  take(section: Section, number: number): void {
    if (section !== this.#section) {
      this.#section = section;
      this.#at = 0;
    }
    const at = this.#at++;
    if (section === 'nodes') this.#takeNode(at, number);
    else if (section === 'edges') this.#takeEdge(at, number);
    else this.#takeLocation(at, number);
  }

  #takeNode(at: number, number: number): void {
    const width = this.#layout.nodeFields.length;
    const target = this.#fieldTargets[at % width];
    if (target !== null && target !== undefined) target[Math.floor(at / width)] = number;
  }

  #takeEdge(at: number, number: number): void {
    const edge = Math.floor(at / edgeFields);
    const which = at % edgeFields;
    if (which === 0) this.#edgeTypes[edge] = number;
    else if (which === 1) this.#edgeNames[edge] = number;
    else this.#edgeTargets[edge] = number / this.#layout.nodeFields.length;
  }

  #takeLocation(at: number, number: number): void {
    const which = at % locationFields;
    if (which === 0) this.#location.node = number / this.#layout.nodeFields.length;
    else if (which === 2) this.#location.line = number;
    else if (which === 3)
      this.#locations.set(this.#location.node, { line: this.#location.line, column: number });
  }

  /** Strings come last, when it is known which are names. */
  takeString(raw: string): void {
    this.#wanted ??= this.#namesInUse();
    const index = this.#strings.length;
    // Numbers are texts too, and short.
    const wanted = this.#wanted[index] === 1 || raw.length <= longestNumber;
    this.#strings.push(!wanted ? '' : raw.includes('\\') ? unescaped(raw) : raw);
  }

  #namesInUse(): Uint8Array {
    let highest = 0;
    for (const name of this.#nodeNames) if (name > highest) highest = name;
    for (const name of this.#edgeNames) if (name > highest) highest = name;
    const used = new Uint8Array(highest + 1);
    for (let node = 0; node < this.#nodeTypes.length; node++) {
      if (this.#text[this.#nodeTypes[node] ?? 0] !== true) used[this.#nodeNames[node] ?? 0] = 1;
    }
    for (let edge = 0; edge < this.#edgeTypes.length; edge++) {
      if (this.#indexed[this.#edgeTypes[edge] ?? 0] !== true) used[this.#edgeNames[edge] ?? 0] = 1;
    }
    return used;
  }

  finish(): HeapGraph {
    let first = 0;
    for (let node = 0; node < this.#firstEdges.length; node++) {
      const count = this.#firstEdges[node] ?? 0;
      this.#firstEdges[node] = first;
      first += count;
    }
    return this.#view();
  }

  #view(): HeapGraph {
    const { nodeCount, nodeTypes, edgeTypes } = this.#layout;
    const edgeAt = (edge: number, from: number): Edge => {
      const type = edgeTypes[this.#edgeTypes[edge] ?? 0] ?? '';
      const name = this.#edgeNames[edge] ?? 0;
      const to = this.#edgeTargets[edge] ?? 0;
      return {
        from,
        to,
        type,
        name: this.#indexed[this.#edgeTypes[edge] ?? 0] === true ? String(name) : (this.#strings[name] ?? ''),
      };
    };
    const first = (node: number) => this.#firstEdges[node] ?? 0;
    let incoming: Incoming | null = null;
    const weak = edgeTypes.indexOf('weak');
    const isWeak = (edge: number) => this.#edgeTypes[edge] === weak;
    const targets = this.#edgeTargets;
    return {
      nodeCount,
      heapId: (node) => String(this.#heapIds[node] ?? 0),
      type: (node) => nodeTypes[this.#nodeTypes[node] ?? 0] ?? '',
      name: (node) => this.#strings[this.#nodeNames[node] ?? 0] ?? '',
      declaredAt: (node) => this.#locations.get(node) ?? null,
      *edgesFrom(node) {
        for (let edge = first(node); edge < first(node + 1); edge++) yield edgeAt(edge, node);
      },
      *edgesTo(node) {
        incoming ??= collectIncoming(nodeCount, first, targets, isWeak);
        const { starts, edges, sources } = incoming;
        for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at++)
          yield edgeAt(edges[at] ?? 0, sources[at] ?? 0);
      },
    };
  }
}

interface Incoming {
  readonly starts: Uint32Array;
  readonly edges: Uint32Array;
  readonly sources: Uint32Array;
}

function collectIncoming(
  nodeCount: number,
  first: (node: number) => number,
  targets: Uint32Array,
  isWeak: (edge: number) => boolean,
): Incoming {
  const starts = new Uint32Array(nodeCount + 1);
  targets.forEach((to, edge) => {
    if (!isWeak(edge)) starts[to + 1] = (starts[to + 1] ?? 0) + 1;
  });
  for (let node = 0; node < nodeCount; node++)
    starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const fill = starts.slice();
  const edges = new Uint32Array(starts[nodeCount] ?? 0);
  const sources = new Uint32Array(edges.length);
  for (let node = 0; node < nodeCount; node++) {
    for (let edge = first(node); edge < first(node + 1); edge++) {
      if (isWeak(edge)) continue;
      const to = targets[edge] ?? 0;
      const slot = fill[to] ?? 0;
      fill[to] = slot + 1;
      edges[slot] = edge;
      sources[slot] = node;
    }
  }
  return { starts, edges, sources };
}

function unescaped(raw: string): string {
  try {
    const value: unknown = JSON.parse(`"${raw}"`);
    return typeof value === 'string' ? value : raw;
  } catch {
    return raw;
  }
}
