// One file, however long: one search through a heap, whose steps share what they have found.
import { scriptOf, target } from './closures.ts';
import { isListed, isProgramScript } from './heap-facts.ts';
import type { Edge, HeapGraph } from './heap-graph.ts';

/**
 * An async function that waits at an `await`, or a callback that was given to `then`, seen in a heap. What no live object leads to is not in a heap: an await of
 * a promise that nobody keeps, in a function whose own promise nobody keeps, has been collected and can't be found.
 */
export interface SuspendedFunction {
  readonly node: number;
  readonly kind: 'await' | 'then' | 'catch';
  /** What it waits for; null where that is settled. */
  readonly promise: number | null;
  readonly function: string;
  /** URL of its script as V8 knows it. */
  readonly script: string;
  /** Those that await its result, nearest first. */
  readonly awaitedBy: readonly SuspendedFunction[];
  /** The suspended function whose result it waits for; null where it waits for a promise of another kind. */
  readonly waitsFor: SuspendedFunction | null;
  /** Who could settle what it waits for; empty where another suspended function is to. */
  readonly holders: readonly HeapHolder[];
  /** What it waited for is settled: it goes on as soon as its thread runs promise callbacks. */
  readonly isReady: boolean;
}

export type HolderKind = 'timer' | 'request' | 'io' | 'thread' | 'events' | 'program';

/** What keeps alive what can settle a promise. */
export interface Holder {
  readonly kind: HolderKind;
  /** `Lock.waiters`, `Timeout`, `ClientRequest`. */
  readonly text: string;
}

export interface HeapHolder extends Holder {
  readonly node: number;
}

/** Whether it is a promise callback that can run, and that its thread has not come to. */
export function isReactionJob(graph: HeapGraph, node: number): boolean {
  return (
    /^system \/ Promise(?:Fulfill|Reject)ReactionJobTask$/.test(graph.name(node)) &&
    graph.type(node) !== 'string'
  );
}

/** Every function of the heap that waits for a promise. */
export function suspendedFunctions(graph: HeapGraph): readonly SuspendedFunction[] {
  return new Search(graph).run();
}

interface Callback {
  readonly node: number;
  readonly kind: 'then' | 'catch';
  readonly script: string;
  /** What `then` or `catch` returned. */
  readonly derived: number;
}

interface Found {
  readonly node: number;
  readonly kind: SuspendedFunction['kind'];
  /** What it waits for; null where that is settled. */
  readonly promise: number | null;
  readonly place: { readonly function: string; readonly script: string };
  /** Null for an `await`. */
  readonly derived: number | null;
}

interface Description extends SuspendedFunction {
  awaitedBy: readonly SuspendedFunction[];
  waitsFor: SuspendedFunction | null;
}

/** The class by which the doctor's probe keeps a pending promise. */
const keptByProbe = 'PromiseKeptByProbe';

const probeScript = /[\\/]diagnosis[\\/]node[\\/]probe[\\/]\w+\.cjs$/;

const followedSteps = 12;
const heldSteps = 14;
const holdersKept = 6;

class Search {
  readonly #graph: HeapGraph;
  readonly #found = new Map<number, Found>();
  readonly #awaitedBy = new Map<number, number[]>();
  readonly #waitsFor = new Map<number, number>();
  readonly #described = new Map<number, Description>();
  readonly #scripts = new Map<number, string>();

  constructor(graph: HeapGraph) {
    this.#graph = graph;
  }

  run(): readonly SuspendedFunction[] {
    for (let node = 0; node < this.#graph.nodeCount; node++) {
      if (this.#isReaction(node)) this.#addWaiting(node);
      else if (isReactionJob(this.#graph, node)) this.#addBehind(node, null);
    }
    for (const { node } of this.#found.values()) {
      const callers = this.#callersOf(node);
      this.#awaitedBy.set(node, callers);
      for (const caller of callers) this.#waitsFor.set(caller, node);
    }
    return [...this.#found.values()].map(({ node }) => this.#describe(node));
  }

  #isReaction(node: number): boolean {
    return this.#graph.name(node) === 'system / PromiseReaction' && this.#graph.type(node) !== 'string';
  }

  #addWaiting(reaction: number): void {
    const promise = this.#promiseOf(reaction);
    if (promise === null) return;
    this.#addBehind(reaction, promise);
    const callback = this.#callbackOf(reaction);
    if (callback === null || this.#found.has(callback.node)) return;
    const place = { function: this.#graph.name(callback.node), script: callback.script };
    const { node, kind, derived } = callback;
    this.#found.set(node, { node, kind, promise, place, derived });
  }

  /** The program's own function that was given to `then`, or else to `catch`, and the promise that this returned. */
  #callbackOf(reaction: number): Callback | null {
    const fields = [...this.#graph.edgesFrom(reaction)].filter(({ type }) => type === 'hidden');
    const derived = fields.find(({ to }) => this.#isPromise(to));
    if (derived === undefined) return null;
    // V8 keeps the handler for a fulfilled promise just before that, and before it the one for a rejected promise.
    for (const [kind, back] of [
      ['then', 1],
      ['catch', 2],
    ] as const) {
      const handler = fields.find(({ name }) => Number(name) === Number(derived.name) - back)?.to;
      if (handler === undefined || this.#graph.type(handler) !== 'closure') continue;
      const script = scriptOf(this.#graph, handler);
      if (this.#graph.declaredAt(handler) !== null && isProgramScript(script))
        return { node: handler, kind, script, derived: derived.to };
    }
    return null;
  }

  #addBehind(reaction: number, promise: number | null): void {
    for (const { to } of this.#graph.edgesFrom(reaction)) {
      const node = this.#generatorBehind(to);
      if (node !== null && !this.#found.has(node))
        this.#found.set(node, { node, kind: 'await', promise, place: this.#placeOf(node), derived: null });
    }
  }

  /** The promise that a reaction belongs to: reactions of one promise form a list. */
  #promiseOf(reaction: number): number | null {
    let current = reaction;
    const seen = new Set<number>();
    for (;;) {
      if (seen.has(current)) return null;
      seen.add(current);
      let previous: number | null = null;
      for (const { from, name } of this.#graph.edgesTo(current)) {
        if (name === 'reactions_or_result') return from;
        if (this.#isReaction(from)) previous = from;
      }
      if (previous === null) return null;
      current = previous;
    }
  }

  /** The function that a promise's reaction resumes: its handlers are made by V8, around the function's state. */
  #generatorBehind(handler: number): number | null {
    if (!this.#isBuiltinClosure(handler)) return null;
    const context = this.#target(handler, 'context');
    if (context === null) return null;
    const state = this.#target(context, 'extension');
    return state !== null && this.#target(state, 'parameters_and_registers') !== null ? state : null;
  }

  #isBuiltinClosure(node: number): boolean {
    return (
      this.#graph.type(node) === 'closure' &&
      this.#graph.name(node) === '' &&
      this.#graph.declaredAt(node) === null
    );
  }

  #target(node: number, name: string): number | null {
    for (const edge of this.#graph.edgesFrom(node))
      if (edge.name === name && edge.type === 'internal') return edge.to;
    return null;
  }

  #placeOf(node: number): { readonly function: string; readonly script: string } {
    const closure = this.#target(node, 'function');
    return closure === null
      ? { function: '', script: '' }
      : { function: this.#graph.name(closure), script: scriptOf(this.#graph, closure) };
  }

  /** Promises that a suspended function settles when it ends. */
  #ownPromises(node: number): readonly number[] {
    const derived = this.#found.get(node)?.derived ?? null;
    if (derived !== null) return [derived];
    const own: number[] = [];
    for (const { to, type } of this.#graph.edgesFrom(node)) {
      if (type !== 'hidden') continue;
      if (this.#isPromise(to)) own.push(to);
      else if (this.#graph.name(to) === 'system / AsyncGeneratorRequest') own.push(...this.#promisesIn(to));
    }
    for (const { from, type } of this.#graph.edgesTo(node)) {
      if (type === 'hidden' && this.#graph.name(from) === 'system / SourceTextModule')
        own.push(...this.#promisesIn(from));
    }
    return own;
  }

  #promisesIn(node: number): readonly number[] {
    return [...this.#graph.edgesFrom(node)].filter(({ to }) => this.#isPromise(to)).map(({ to }) => to);
  }

  #isPromise(node: number): boolean {
    return this.#target(node, 'reactions_or_result') !== null || this.#graph.name(node) === 'Promise';
  }

  /** Suspended functions that wait for this one, through `then`, `Promise.all` and the like. */
  #callersOf(node: number): number[] {
    const callers = this.#dependentsOf(node, this.#ownPromises(node));
    return callers.length > 0 ? callers : this.#dependentsOf(node, this.#promisesItResolves(node));
  }

  /** Promises whose resolve functions it has among its variables: `new Promise((resolve) => queue.push(async () => …))`. */
  #promisesItResolves(node: number): readonly number[] {
    const variables: number[] = [];
    let context = this.#target(node, 'context');
    for (let level = 0; context !== null && level < 3 && !this.#isOfModule(context); level++) {
      for (const { to, type } of this.#graph.edgesFrom(context)) if (type === 'context') variables.push(to);
      context = this.#target(context, 'previous');
    }
    return variables
      .filter((variable) => this.#isBuiltinClosure(variable))
      .flatMap((variable) => this.#promisesSettledBy(variable));
  }

  #dependentsOf(node: number, promisesOf: readonly number[]): number[] {
    const callers: number[] = [];
    const seen = new Set<number>();
    let front = promisesOf;
    for (let step = 0; step < followedSteps && front.length > 0; step++) {
      const next: number[] = [];
      for (const promise of front) {
        if (seen.has(promise)) continue;
        seen.add(promise);
        const { functions, promises } = this.#dependents(promise);
        for (const one of functions) if (one !== node && !callers.includes(one)) callers.push(one);
        next.push(...promises);
      }
      front = next;
    }
    return callers;
  }

  #dependents(promise: number): {
    readonly functions: readonly number[];
    readonly promises: readonly number[];
  } {
    const functions: number[] = [];
    const promises: number[] = [];
    let reaction = this.#target(promise, 'reactions_or_result');
    const seen = new Set<number>();
    while (reaction !== null && this.#isReaction(reaction) && !seen.has(reaction)) {
      seen.add(reaction);
      let next: number | null = null;
      const callback = this.#callbackOf(reaction);
      if (callback !== null) functions.push(callback.node);
      for (const { to } of this.#graph.edgesFrom(reaction)) {
        if (to === callback?.derived) continue;
        if (this.#isReaction(to)) next = to;
        else if (this.#isPromise(to)) promises.push(to);
        else if (this.#graph.name(to) === 'system / PromiseCapability')
          promises.push(...this.#promisesIn(to));
        else {
          const generator = this.#generatorBehind(to);
          if (generator !== null) functions.push(generator);
          else if (this.#isBuiltinClosure(to)) promises.push(...this.#promisesSettledBy(to));
        }
      }
      reaction = next;
    }
    return { functions, promises };
  }

  /** What a function made by V8 settles: a resolve function its promise, an element of `Promise.all` the whole. */
  #promisesSettledBy(closure: number): readonly number[] {
    const context = this.#target(closure, 'context');
    if (context === null) return [];
    return [...this.#graph.edgesFrom(context)].flatMap(({ to, name }) => {
      if (name === 'previous' || name === 'native_context' || name === 'scope_info') return [];
      if (this.#isPromise(to)) return [to];
      return this.#graph.name(to) === 'system / PromiseCapability' ? this.#promisesIn(to) : [];
    });
  }

  #describe(node: number): SuspendedFunction {
    const known = this.#described.get(node);
    if (known !== undefined) return known;
    const found = this.#found.get(node);
    const callee = this.#waitsFor.get(node);
    const described: Description = {
      node,
      kind: found?.kind ?? 'await',
      promise: found?.promise ?? null,
      function: found?.place.function ?? '',
      script: found?.place.script ?? '',
      awaitedBy: [],
      waitsFor: null,
      holders:
        found === undefined || found.promise === null || callee !== undefined
          ? []
          : this.#holdersOf(node, found.promise),
      isReady: found?.promise === null,
    };
    this.#described.set(node, described);
    described.awaitedBy = (this.#awaitedBy.get(node) ?? []).map((caller) => this.#describe(caller));
    described.waitsFor = callee === undefined ? null : this.#describe(callee);
    return described;
  }

  /** Who could settle the promise: climbs from its resolve functions to what keeps them. */
  #holdersOf(node: number, promise: number): readonly HeapHolder[] {
    const seen = new Set<number>([node, promise]);
    const registers = this.#target(node, 'parameters_and_registers');
    if (registers !== null) seen.add(registers);
    const holders: HeapHolder[] = [];
    let front: Climb[] = this.#meansToSettle(promise, seen).map((at) => ({ at, through: '', stored: false }));
    for (let step = 0; step < heldSteps && front.length > 0 && holders.length < holdersKept; step++) {
      const next: Climb[] = [];
      for (const climb of front) {
        if (seen.has(climb.at)) continue;
        seen.add(climb.at);
        for (const edge of this.#graph.edgesTo(climb.at)) {
          if (seen.has(edge.from) || isBookkeeping(edge) || this.#isKept(edge.from) || this.#isOfProbe(edge))
            continue;
          const holder = this.#holderAt(edge, climb);
          if (holder === null)
            next.push({ at: edge.from, through: throughOf(edge, climb), stored: isStored(edge, climb) });
          else if (!holders.some((known) => isSame(known, holder))) holders.push(holder);
        }
      }
      front = next.slice(0, 2000);
    }
    return holders.sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind));
  }

  /** The resolve functions of a promise, and of those that it follows. */
  #meansToSettle(promise: number, seen: Set<number>): readonly number[] {
    const settlers: number[] = [];
    const promises = [promise];
    for (const current of promises) {
      seen.add(current);
      for (const { from, type } of this.#graph.edgesTo(current)) {
        const name = this.#graph.name(from);
        if (name === 'system / PromiseReaction') {
          const origin = this.#promiseOf(from);
          if (origin !== null && !promises.includes(origin) && promises.length < 50) promises.push(origin);
        } else if (
          name === 'system / PromiseCapability' ||
          // A slot of a function that V8 made; one of the program's own variables has its name.
          (type === 'hidden' && name === 'system / Context')
        ) {
          for (const { from: closure, name: edge } of this.#graph.edgesTo(from))
            if (edge === 'context' && this.#graph.type(closure) === 'closure')
              settlers.push(...this.#settlersBehind(closure, promises));
        } else if ((type === 'internal' || type === 'property') && !this.#isKept(from)) settlers.push(from);
      }
    }
    return settlers;
  }

  /** A resolve function that is itself a promise's reaction passes that promise on. */
  #settlersBehind(closure: number, promises: number[]): readonly number[] {
    let passesOn = false;
    for (const { from } of this.#graph.edgesTo(closure)) {
      if (!this.#isReaction(from)) continue;
      passesOn = true;
      const origin = this.#promiseOf(from);
      if (origin !== null && !promises.includes(origin) && promises.length < 50) promises.push(origin);
    }
    return passesOn ? [] : [closure];
  }

  /** What the probe has at hand settles nothing. */
  #isOfProbe({ from, type }: Edge): boolean {
    return type === 'context' && probeScript.test(this.#scriptOfContext(from));
  }

  #isKept(node: number): boolean {
    return this.#graph.name(node) === keptByProbe;
  }

  /** The variables of a module, which every function in it holds, whether it uses them or not. */
  #isOfModule(context: number): boolean {
    let closures = 0;
    for (const { name } of this.#graph.edgesTo(context))
      if (name === 'context' && ++closures > 12) return true;
    const extension = this.#target(context, 'extension');
    return extension !== null && this.#graph.name(extension) === 'system / SourceTextModule';
  }

  /** Node's own variables are on the way to an owner, none themselves; nor is one that no function uses. */
  #isOfNode(context: number): boolean {
    const script = this.#scriptOfContext(context);
    return script === '' || script.startsWith('node:');
  }

  /** Of the first function that has its variables at hand; empty where none has a script. */
  #scriptOfContext(context: number): string {
    const known = this.#scripts.get(context) ?? this.#findScript(context);
    this.#scripts.set(context, known);
    return known;
  }

  #findScript(context: number): string {
    for (const { from, name } of this.#graph.edgesTo(context)) {
      if (name !== 'context' || this.#graph.type(from) !== 'closure') continue;
      const script = scriptOf(this.#graph, from);
      if (script !== '') return script;
    }
    return '';
  }

  /** Whether a package set a timer that has the object at hand: it goes on by itself, as a retry does. */
  #hasTimerOfPackage(object: number): boolean {
    for (const variable of this.#graph.edgesTo(object)) {
      if (variable.type !== 'context') continue;
      for (const { from: closure, name } of this.#graph.edgesTo(variable.from)) {
        if (name !== 'context' || !scriptOf(this.#graph, closure).includes('/node_modules/')) continue;
        for (const timer of this.#graph.edgesTo(closure))
          if (timer.name === '_onTimeout' && this.#isTimerToCome(timer.from)) return true;
      }
    }
    return false;
  }

  /** One that has fired or was cleared settles nothing by itself. */
  #isTimerToCome(object: number): boolean {
    return this.#graph.name(object) === 'Timeout' && isListed(this.#graph, object);
  }

  /** The program may have a class that is called Client or Server. */
  #isOfProgramsClass(object: number): boolean {
    const prototype = target(this.#graph, object, '__proto__');
    const itsClass = prototype === null ? null : target(this.#graph, prototype, 'constructor');
    const script = itsClass === null ? '' : scriptOf(this.#graph, itsClass);
    return script !== '' && !script.startsWith('node:') && !/[\\/]node_modules[\\/]/.test(script);
  }

  #holderAt({ from, name, type }: Edge, { through, stored }: Climb): HeapHolder | null {
    if (type === 'context' && (stored || this.#isOfModule(from)) && !this.#isOfNode(from))
      return { kind: 'program', text: name, node: from };
    const owner = this.#graph.name(from);
    if (owner === 'Timeout' && !this.#isTimerToCome(from)) return null;
    const kind = this.#graph.type(from) === 'object' ? kindOf(owner) : null;
    if (kind !== null && !this.#isOfProgramsClass(from)) return { kind, text: owner, node: from };
    if (this.#graph.type(from) !== 'object' || plainOwners.test(owner) || owner.startsWith('system /'))
      return null;
    const key = type === 'property' ? name : through;
    if (this.#hasTimerOfPackage(from)) return { kind: 'timer', text: owner, node: from };
    return { kind: 'program', text: key === '' ? owner : `${owner}.${key}`, node: from };
  }
}

/** Requests are told apart, since each is known by itself. */
function isSame(known: HeapHolder, holder: HeapHolder): boolean {
  return known.text === holder.text && (holder.kind !== 'request' || known.node === holder.node);
}

interface Climb {
  readonly at: number;
  /** Whether a list or another object keeps it: the variable that names that is where the climb ends. */
  readonly stored: boolean;
  /** The last property that was climbed through. */
  readonly through: string;
}

function isStored({ type }: Edge, { stored }: Climb): boolean {
  return stored || type === 'property' || type === 'element';
}

function throughOf({ type, name }: Edge, { through }: Climb): string {
  if (type === 'property' && name !== 'table') return name;
  return type === 'context' ? name : through;
}

/** Edges that every object of its kind has, and that lead to no owner. */
function isBookkeeping({ name, type }: Edge): boolean {
  return (
    type === 'weak' ||
    ['map', 'prototype', '__proto__', 'constructor', 'native_context', 'feedback_cell', 'extension'].includes(
      name,
    )
  );
}

const plainOwners = /^(Object|Array|Map|Set|Promise|Generator|Function|\(.*\)|)$/;

/** Classes of Node and of its clients that settle promises by themselves. */
const kinds: readonly (readonly [HolderKind, RegExp])[] = [
  ['timer', /^(Timeout|Immediate|FastTimer|TimersList)$/],
  [
    'request',
    /^(ClientRequest|RedirectableRequest|IncomingMessage|Request|(Request|Stream|Pipeline|Connect|Upgrade)Handler|Client|ClientHttp2Session|ClientHttp2Stream|Fetch)$/,
  ],
  [
    'io',
    /^(Socket|TLSSocket|Server|TCP|Pipe|TLSWrap|FSReqCallback|FSReqPromise|GetAddrInfoReqWrap|.*ReqWrap|.*ConnectWrap|ReadStream|WriteStream|FileHandle|ChildProcess|Process|Interface|Readable.*Stream|.+Job)$/,
  ],
  ['thread', /^(MessagePort|Worker|BroadcastChannel)$/],
  ['events', /^(process|Listener|EventEmitter|EventTarget|AbortSignal)$/],
];

/** What settles by itself before what only might. */
const kindOrder: readonly HolderKind[] = ['timer', 'request', 'io', 'thread', 'program', 'events'];

function kindOf(name: string): HolderKind | null {
  return kinds.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}
