// One file, however long: one conversation, from the snapshot to the awaits, and what each of its steps needs.
import { type AwaitSurroundings, awaitSurroundings } from '../source/await-surroundings.ts';
import { functionAt } from '../source/source-text.ts';
import { type Conversation, field, listField, numberField, objectGroup, textField } from './conversation.ts';
import { isProgramScript } from './heap-facts.ts';
import { type HeapGraph, HeapSnapshotReader } from './heap-graph.ts';
import { objectBy } from './heap-ids.ts';
import { SpentStreams } from './spent-streams.ts';
import { type HeapHolder, type Holder, type SuspendedFunction, suspendedFunctions } from './suspended.ts';

/** An `await` that is pending, or a callback given to `then` or `catch`, with those that wait for its function. */
export interface PendingAwait {
  readonly kind: SuspendedFunction['kind'];
  /** Innermost first; the first is the await itself. */
  readonly chain: readonly AwaitPlace[];
  /** The awaited expression as it is written: `lock.acquire()`; empty where the source is not known. */
  readonly expression: string;
  /** Who could settle it; empty where nothing that was seen could. */
  readonly holders: readonly Holder[];
  /** What it waited for is settled: it goes on as soon as its thread runs promise callbacks. */
  readonly isReady: boolean;
  /** It has gone on, and is at work: it ends the program, say. */
  readonly isRunning: boolean;
  /** How many functions wait at this place in the same way. */
  readonly count: number;
  /** The innermost function, or for a callback the promise, as the inspector knows it: to ask later whether it has gone on. */
  readonly objectId: string;
  /** Heap ids of its holders. */
  readonly holderIds: readonly string[];
}

export interface AwaitPlace extends AwaitSurroundings {
  readonly function: string;
  /** A path where the script is a file, else V8's name for it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

const sourcesAsked = 500;
const groupsAsked = 60;
/** The most telling ones, however slow the machine is. */
const groupsAlwaysAsked = 5;
/** Each is found by a walk through the heap: at most this long in all, or a third of what a large snapshot takes. */
const walksMs = 5000;
const walksMsPerNode = 1 / 1000;

export interface AwaitsSeen {
  readonly awaits: readonly PendingAwait[];
  /** Places at which something waits and that were not asked about, since that would have taken too long. */
  readonly left: number;
  /** Of the files that were asked for, those that the thread has loaded. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Takes a heap snapshot, which stops the thread until it is written, and reads it while it comes. */
export function* takeHeapGraph(): Conversation<HeapGraph> {
  const reader = new HeapSnapshotReader();
  yield { method: 'HeapProfiler.enable' };
  yield {
    method: 'HeapProfiler.takeHeapSnapshot',
    readsHeap: true,
    // Its progress tells a long snapshot from a thread that has ended.
    params: { reportProgress: true },
    hear: (event, params) => {
      if (event === 'HeapProfiler.addHeapSnapshotChunk') reader.add(textField(params, 'chunk'));
    },
  };
  // V8 gives the snapshot's memory back after that has been answered, which takes a while too.
  yield { method: 'HeapProfiler.enable', readsHeap: true };
  return reader.finish();
}

/** Written within a thread that can't take a snapshot by itself, since its loop does not run: it takes memory there. */
export function* takeHeapGraphWithin(): Conversation<HeapGraph> {
  const reader = new HeapSnapshotReader();
  const stream = yield {
    method: 'Runtime.evaluate',
    readsHeap: true,
    params: { expression: snapshotExpression, objectGroup, silent: true },
  };
  const objectId = textField(field(stream, 'result'), 'objectId');
  for (;;) {
    const piece = yield {
      method: 'Runtime.callFunctionOn',
      readsHeap: true,
      params: { objectId, functionDeclaration: readPiece, returnByValue: true, silent: true },
    };
    const text = textField(field(piece, 'result'), 'value');
    if (text === '') break;
    reader.add(text);
  }
  yield { method: 'HeapProfiler.enable' };
  return reader.finish();
}

const snapshotExpression = `(() => {
  const stream = process.getBuiltinModule('node:v8').getHeapSnapshot({ exposeInternals: true });
  stream.setEncoding('utf8');
  return stream;
})()`;

const readPiece = `function () {
  let text = '';
  for (let chunk = this.read(); chunk !== null; chunk = this.read()) {
    text += chunk;
    if (text.length > 4e6) break;
  }
  return text;
}`;

/**
 * The pending awaits of the thread's own code, each innermost one with its chain. Node's internals are left out.
 * Ends with `HeapProfiler.disable` and `Debugger.disable`; what it asked about is kept until `release`. `files`: those
 * whose source is wanted.
 */
export function* lookAtAwaits(
  graph: HeapGraph,
  files: ReadonlySet<string> = new Set(),
): Conversation<AwaitsSeen> {
  const groups = [...groupAlike(suspendedFunctions(graph).filter(isInnermostOwn))].sort(mostTellingFirst);
  const scripts = new Map<string, string>();
  const asksDebugger = groups.length > 0 || files.size > 0;
  if (asksDebugger)
    yield {
      method: 'Debugger.enable',
      // It walks the heap for functions whose positions are not known yet.
      readsHeap: true,
      hear: (event, params) => {
        if (event === 'Debugger.scriptParsed')
          scripts.set(textField(params, 'scriptId'), textField(params, 'url'));
      },
    };
  const places = new Places(graph, scripts);
  const spent = new SpentStreams(graph);
  const awaits: PendingAwait[] = [];
  const until = performance.now() + Math.max(walksMs, graph.nodeCount * walksMsPerNode);
  let asked = 0;
  for (const { first, count } of groups.slice(0, groupsAsked)) {
    if (asked >= groupsAlwaysAsked && performance.now() > until) break;
    asked++;
    const chain: AwaitPlace[] = [];
    let expression = '';
    let objectId = '';
    let isRunning = false;
    for (const one of lineOf(first).filter(isOwn)) {
      const place = yield* places.of(one);
      if (place === null) continue;
      if (chain.length === 0) {
        expression = first.kind === 'await' ? yield* places.expressionAt(place) : callText(first);
        objectId = place.objectId;
        isRunning = place.isRunning;
      }
      chain.push(place.at);
    }
    if (chain.length === 0) continue;
    const holders = yield* spent.told(holdersOf(first));
    awaits.push({
      chain,
      expression,
      kind: first.kind,
      holders: distinct(holders),
      holderIds: holders.map(({ node }) => graph.heapId(node)),
      isReady: settlerOf(first).isReady,
      isRunning,
      count,
      objectId,
    });
  }
  const sources = yield* places.sourcesOf(files);
  if (asksDebugger) yield { method: 'Debugger.disable' };
  // V8 forgets the numbers of all objects.
  yield { method: 'HeapProfiler.disable', readsHeap: true };
  return { awaits, left: groups.length - asked, sources };
}

/** What nobody seems to settle, then what waits for a request. */
function mostTellingFirst(a: Group, b: Group): number {
  const rank = ({ first }: Group) => {
    const holders = holdersOf(first);
    if (holders.every(({ kind }) => kind === 'program')) return 0;
    return holders.some(({ kind }) => kind === 'request') ? 1 : 2;
  };
  return rank(a) - rank(b);
}

function isOwn({ script }: SuspendedFunction): boolean {
  return isProgramScript(script);
}

/**
 * One that waits for no other own function: Node's, such as that of `fetch`, are followed to what they wait for. Of those
 * that wait for each other in a circle, one stands for all.
 */
function isInnermostOwn(one: SuspendedFunction): boolean {
  if (!isOwn(one)) return false;
  const own = calleesOf(one).filter(isOwn);
  return own.length === 0 || (own.includes(one) && own.every(({ node }) => one.node <= node));
}

/** In the end itself, where it waits in a circle. */
function calleesOf(one: SuspendedFunction): readonly SuspendedFunction[] {
  const callees: SuspendedFunction[] = [];
  let current = one.waitsFor;
  while (current !== null && !callees.includes(current)) {
    callees.push(current);
    current = current.waitsFor;
  }
  return callees;
}

function holdersOf(one: SuspendedFunction): readonly HeapHolder[] {
  return settlerOf(one).holders;
}

function distinct(holders: readonly HeapHolder[]): readonly Holder[] {
  return [...new Map(holders.map(({ kind, text }) => [text, { kind, text }])).values()];
}

/** The function at the end of what it waits for, which is Node's own where it awaits `fetch`. */
function settlerOf(one: SuspendedFunction): SuspendedFunction {
  return calleesOf(one).at(-1) ?? one;
}

/** The function and those that wait for it, the nearest of each step. */
function lineOf(first: SuspendedFunction): readonly SuspendedFunction[] {
  const line: SuspendedFunction[] = [];
  let current: SuspendedFunction | undefined = first;
  while (current !== undefined && !line.includes(current) && line.length < 30) {
    line.push(current);
    current = current.awaitedBy.find(isOwn) ?? current.awaitedBy[0];
  }
  return line;
}

interface Group {
  readonly first: SuspendedFunction;
  readonly count: number;
}

/** Thousands may wait at one place: one of them is asked. */
function groupAlike(all: readonly SuspendedFunction[]): readonly Group[] {
  const groups = new Map<string, { first: SuspendedFunction; count: number }>();
  for (const one of all) {
    const key = [
      ...lineOf(one).map((each) => `${each.script} ${each.function} ${each.kind}`),
      ...holdersOf(one).map(({ text }) => text),
      String(settlerOf(one).isReady),
    ].join('\n');
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: one, count: 1 });
    else known.count++;
  }
  return [...groups.values()];
}

interface Place {
  readonly at: AwaitPlace;
  readonly scriptId: string;
  readonly objectId: string;
  readonly isRunning: boolean;
}

class Places {
  readonly #graph: HeapGraph;
  readonly #scripts: ReadonlyMap<string, string>;
  readonly #known = new Map<number, Place | null>();
  readonly #sources = new Map<string, string>();

  constructor(graph: HeapGraph, scripts: ReadonlyMap<string, string>) {
    this.#graph = graph;
    this.#scripts = scripts;
  }

  *of(suspended: SuspendedFunction): Conversation<Place | null> {
    const known = this.#known.get(suspended.node);
    if (known !== undefined) return known;
    const place = yield* this.#ask(suspended);
    this.#known.set(suspended.node, place);
    return place;
  }

  *#ask(one: SuspendedFunction): Conversation<Place | null> {
    if (one.kind !== 'await') return yield* this.#askPromise(one);
    const { node, function: name } = one;
    try {
      const objectId = textField(yield* objectBy(this.#graph.heapId(node)), 'objectId');
      const { scriptId, functionText, isRunning, ...position } = yield* generatorState(objectId);
      const url = this.#scripts.get(scriptId) ?? '';
      if (url === '') return null;
      const source = yield* this.#sourceOf(scriptId);
      const surroundings = awaitSurroundings(source, functionText, position);
      return {
        at: { function: name, file: fileOf(url), ...position, ...surroundings },
        scriptId,
        objectId,
        isRunning,
      };
    } catch {
      // It has gone on and been collected since the snapshot.
      return null;
    }
  }

  /** A callback's place is where it is written; whether it still waits, its promise knows. */
  *#askPromise({ node, promise, script, function: name }: SuspendedFunction): Conversation<Place | null> {
    const declared = this.#graph.declaredAt(node);
    const scriptId = [...this.#scripts].find(([, url]) => fileOf(url) === fileOf(script))?.[0];
    if (declared === null || promise === null || scriptId === undefined) return null;
    try {
      const objectId = textField(yield* objectBy(this.#graph.heapId(promise)), 'objectId');
      const position = { line: declared.line + 1, column: declared.column + 1 };
      const after = functionAt(yield* this.#sourceOf(scriptId), position);
      return {
        at: {
          function: name,
          file: fileOf(script),
          ...position,
          after,
          inEndlessLoop: false,
          afterLoop: null,
        },
        scriptId,
        objectId,
        isRunning: false,
      };
    } catch {
      return null;
    }
  }

  *sourcesOf(files: ReadonlySet<string>): Conversation<ReadonlyMap<string, string>> {
    const sources = new Map<string, string>();
    for (const [scriptId, url] of this.#scripts) {
      const file = fileOf(url);
      if (files.has(file) && sources.size < sourcesAsked) sources.set(file, yield* this.#sourceOf(scriptId));
    }
    return sources;
  }

  *#sourceOf(scriptId: string): Conversation<string> {
    const known = this.#sources.get(scriptId);
    if (known !== undefined) return known;
    const response = yield { method: 'Debugger.getScriptSource', params: { scriptId } };
    const source = textField(response, 'scriptSource');
    this.#sources.set(scriptId, source);
    return source;
  }

  *expressionAt({ at, scriptId }: Place): Conversation<string> {
    const lines = (yield* this.#sourceOf(scriptId)).split('\n');
    const text = [(lines[at.line - 1] ?? '').slice(at.column - 1), ...lines.slice(at.line, at.line + 5)].join(
      '\n',
    );
    return awaitedExpression(text) || valueOfLoop(lines[at.line - 1] ?? '', at.column - 1);
  }
}

interface GeneratorState {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
  readonly functionText: string;
  readonly isRunning: boolean;
}

function* generatorState(objectId: string): Conversation<GeneratorState> {
  const properties = yield { method: 'Runtime.getProperties', params: { objectId, ownProperties: true } };
  const internal = (name: string) =>
    field(
      listField(properties, 'internalProperties').find((each) => textField(each, 'name') === name),
      'value',
    );
  const location = field(internal('[[GeneratorLocation]]'), 'value');
  return {
    scriptId: textField(location, 'scriptId'),
    line: numberField(location, 'lineNumber') + 1,
    column: numberField(location, 'columnNumber') + 1,
    functionText: textField(internal('[[GeneratorFunction]]'), 'description'),
    isRunning: textField(internal('[[GeneratorState]]'), 'value') === 'running',
  };
}

/** Whether the function still waits at the same place. */
export function* stillWaits({ kind, chain: [at], objectId }: PendingAwait): Conversation<boolean> {
  if (kind !== 'await') return yield* isPending(objectId);
  const { line, column } = yield* generatorState(objectId);
  return line === at?.line && column === at?.column;
}

function* isPending(promiseId: string): Conversation<boolean> {
  const properties = yield {
    method: 'Runtime.getProperties',
    params: { objectId: promiseId, ownProperties: true },
  };
  const state = listField(properties, 'internalProperties').find(
    (each) => textField(each, 'name') === '[[PromiseState]]',
  );
  return textField(field(state, 'value'), 'value') === 'pending';
}

function callText({ kind, function: name }: SuspendedFunction): string {
  return `${kind}(${name === '' ? '…' : name})`;
}

/** Lets go of what was asked about. */
export function* release(): Conversation<void> {
  yield { method: 'Runtime.releaseObjectGroup', params: { objectGroup } };
}

export function fileOf(url: string): string {
  return url.startsWith('file:') ? decodeURIComponent(new URL(url).pathname) : url;
}

const openers = '([{';
const closers = ')]}';
const longestExpression = 120;

/** What stands behind `await` up to the end of its expression, in one line. */
export function awaitedExpression(text: string): string {
  const rest = /^(?:for\s+)?await\s*([\s\S]*)$/.exec(text)?.[1];
  if (rest === undefined) return '';
  let depth = 0;
  let end = rest.length;
  for (let at = 0; at < rest.length; at++) {
    const sign = rest.charAt(at);
    if (openers.includes(sign)) depth++;
    else if (closers.includes(sign) && --depth < 0) {
      end = at;
      break;
    } else if (depth === 0 && (sign === ';' || sign === ',' || endsHere(rest, at))) {
      end = at;
      break;
    }
  }
  const line = rest.slice(0, end).replaceAll(/\s+/g, ' ').trim();
  return line.length > longestExpression ? `${line.slice(0, longestExpression - 1)}…` : line;
}

/** `for await (const one of source)` waits inside its head: for the next value of what stands behind `of`. */
export function valueOfLoop(line: string, column: number): string {
  const head = [...line.matchAll(/\bfor\s+await\s*\(/g)].findLast(({ index }) => index <= column);
  if (head === undefined) return '';
  const source = /\bof\b([\s\S]*)$/.exec(line.slice(head.index + head[0].length))?.[1];
  const expression = source === undefined ? '' : awaitedExpression(`await ${source.trim()}`);
  return expression === '' ? '' : `the next value of ${expression}`;
}

/** A line's end ends the expression unless the next line goes on with a call or a property. */
function endsHere(rest: string, at: number): boolean {
  return rest.charAt(at) === '\n' && !/^\s*[.?(]/.test(rest.slice(at + 1));
}
