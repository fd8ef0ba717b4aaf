import { clientNames, sendingWords } from '../../source/sending-words.ts';
import { isSilenced } from '../../source/silent-catch.ts';
import {
  inspectWith,
  memberOf,
  placeOfFunction,
  type Remote,
  remoteOf,
  targetOf,
  variablesOf,
} from './own-inspector.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';
import { isOfPackage } from './stack.cjs';
import { type Store, storeOf } from './stores.cjs';

/**
 * Whether a callback's code leads to a request: `surely` where it calls a client, itself or through its own functions,
 * `likely` where a function of the program's that is named so is called, `maybe` where only a name says so.
 */
export type Leads = 'surely' | 'likely' | 'maybe' | 'no';

/** Of node:fs, under the names that it is imported by. */
const files =
  /^(?:read|write|append|copy|rename|unlink|truncate|mkdir|rm|stat|access|open|create)(?:File|dir|Dir|ReadStream|WriteStream)?(?:Sync)?$/;

export interface Purpose {
  readonly leads: Leads;
  /** Whether something is decided before the call: the code may rightly come to its end without it. */
  readonly conditional: boolean;
  /** Of the call by which it leads there, as a frame; null where that is not known. */
  readonly calls: string | null;
  /** Whether it only writes into a stream: the request may come of another of the stream's chunks. */
  readonly viaStream?: boolean;
  /** Where what it calls keeps what others send later. */
  readonly store?: Store;
}

const nothing: Purpose = { leads: 'no', conditional: false, calls: null };
const sourceOf = Function.prototype.toString;
const longestText = 6000;
const deepest = 4;
const functionsLooked = 40;

/** Clients that are called by their own names. */
const clients = new RegExp(`^(?:${clientNames})$`);
const clientCalls =
  /^https?\.(?:request|get)$|\.chat\.(?:post|update|schedule|delete|me)\w*$|\.apiCall$|\.(?:files|views|conversations|reactions)\.\w+$/;
const reporting = new RegExp(`${sendingWords.perhaps}|report|ping`, 'i');
/** What these send goes over no request. */
const otherMeans =
  /Socket|Worker|Port|Process|Channel|Stream|Server|Response|Reply|Console|Emitter|Message$|Map$|Set$|Array|Promise|Timeout|Math|JSON|Date/;
const keywords =
  /^(?:if|for|while|switch|catch|function|return|await|typeof|new|super|import|require|constructor|async|of|in|do|void|delete|yield)$/;
/** Calls of the language and of Node that lead to no request. */
const inert =
  /^(?:console|process|Math|JSON|Object|Array|Date|String|Number|Boolean|Promise|Buffer|Atomics|fs|path|util|assert|performance|clearTimeout|clearInterval|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone|parseInt|parseFloat|resolve|reject|done|next)$/;

/** `place` is the frame of who set it: methods of `this`, which V8 does not show, are looked up in that file. */
export function purposeOfCallback(callback: object, place = ''): Purpose {
  return inspectWith(
    () => {
      const remote = remoteOf(callback);
      return remote === null ? nothing : new Reading(place).of(remote, textOf(callback), 0);
    },
    byText(textOf(callback)),
  );
}

/** Places of the program's own code from which requests have come: what is called there leads to requests. */
const places = new Set<string>();
const placesKept = 200;
const placesOfOne = 3;

export function placesLearned(): readonly string[] {
  return [...places];
}

/** Code around those, which called it. */
const callers = new Set<string>();

export function callersLearned(): readonly string[] {
  return [...callers];
}

export function learnFrom(frames: readonly string[]): void {
  if (callers.size < placesKept) for (const frame of frames) if (!isOfPackage(frame)) callers.add(frame);
  if (places.size >= placesKept) return;
  for (const frame of frames.slice(0, placesOfOne)) if (!isOfPackage(frame)) places.add(frame);
}

function textOf(callback: object): string {
  return typeof callback === 'function' ? sourceOf.call(callback) : '';
}

interface Call {
  readonly path: readonly string[];
  readonly at: number;
}

/** One callback, followed through the functions that it calls. */
class Reading {
  #left = functionsLooked;
  readonly #place: string;
  #file: string | null = null;
  #learned: ReadonlySet<string> | null = null;

  constructor(place: string) {
    this.#place = place;
  }

  of(remote: Remote | null, source: string, depth: number): Purpose {
    const code = withoutStrings(source.slice(0, longestText));
    const bound = remote === null ? null : targetOf(remote);
    if (bound !== null && depth < deepest) return this.of(bound, bound.description ?? '', depth + 1);
    if (--this.#left < 0 || code.includes('[native code]')) return nothing;
    let variables: ReadonlyMap<string, Remote> | null = null;
    let best = nothing;
    for (const call of callsIn(code)) {
      variables ??= remote === null ? new Map() : variablesOf(remote);
      const isSilent = isSilenced(code, call.at);
      const found = this.#ofCall(call, isSilent, variables, depth);
      if (rank(found.leads) <= rank(best.leads)) continue;
      const before = code.slice(0, call.at);
      // What the callback only defines, others call; a function that is called to send is to do what it defines.
      const isNested = depth === 0 && endsInFunction(before);
      best = {
        ...found,
        conditional: found.conditional || isNested || isConditional(before),
        calls: depth === 0 && remote !== null ? placeOfCall(remote, call, before) : null,
      };
      if (best.leads === 'surely') break;
    }
    return best;
  }

  /** Whether it calls something that may be a client: neither of the language or Node, nor another way to send. */
  #mayLead(source: string, variables: ReadonlyMap<string, Remote>): boolean {
    return callsIn(source).some(({ path: [head = ''] }) => {
      const known = variables.get(head);
      return !inert.test(head) && !files.test(head) && !otherMeans.test(known?.className ?? '');
    });
  }

  /** The text of a method or function in the file of the one who set the timer; empty where there is none. */
  #definition(name: string, isMethod: boolean): string {
    const escaped = name.replace(/[#$]/g, '\\$&');
    const found = isMethod
      ? new RegExp(
          `^[ \\t]*(?:static\\s+)?(?:async\\s+)?\\*?${escaped}\\s*(?:=\\s*(?:async\\s*)?)?\\([^;]*?\\{`,
          'm',
        ).exec(this.#source)
      : new RegExp(`\\bfunction\\s*\\*?\\s*${escaped}\\s*\\(|\\b(?:const|let|var)\\s+${escaped}\\s*=`).exec(
          this.#source,
        );
    return found === null ? '' : bodyFrom(this.#source, found.index);
  }

  get #source(): string {
    this.#file ??= withoutStrings(readSource(placeOf(this.#place).file));
    return this.#file;
  }

  /** Whether a request has come of a call by this name in the same file before. */
  #isLearned(name: string): boolean {
    this.#learned ??= namesCalledAt(this.#place);
    return this.#learned.has(name);
  }

  #ofCall({ path }: Call, isSilent: boolean, variables: ReadonlyMap<string, Remote>, depth: number): Purpose {
    const [head = '', ...rest] = path;
    const name = path.at(-1) ?? '';
    const known = variables.get(head) ?? null;
    if (isResolver(known)) return nothing;
    if (clients.test(head) || clientCalls.test(path.join('.')))
      return { leads: 'surely', conditional: false, calls: null };
    if (inert.test(head)) return nothing;
    const called = known === null ? null : resolved(known, rest);
    // `callback.apply(…)` calls the callback itself.
    if (/^(?:call|apply)$/.test(name) && rest.length > 0 && called?.description?.includes('[native code]'))
      return this.#ofCall({ path: path.slice(0, -1), at: 0 }, isSilent, variables, depth);
    const mayReport = reporting.test(name) || this.#isLearned(name);
    if (called?.type === 'function' && depth < deepest) {
      const found = this.#ofFunction(called, name, isSilent, mayReport, depth);
      const store = found.leads === 'no' ? null : this.#storeOf(called, known, rest);
      return store === null ? found : { ...found, store };
    }
    const isMethod = head === 'this' && rest.length === 1;
    if (called === null && known === null && (isMethod || rest.length === 0) && depth < deepest) {
      const inner = this.of(null, this.#definition(name, isMethod), depth + 1);
      if (inner.leads === 'surely') return inner;
    }
    if (known !== null && rest.length > 0 && otherMeans.test(known.className ?? '')) return nothing;
    return mayReport ? { leads: 'maybe', conditional: false, calls: null } : nothing;
  }

  /** A call of a function whose text is known. */
  #ofFunction(called: Remote, name: string, isSilent: boolean, mayReport: boolean, depth: number): Purpose {
    const source = withoutStrings(called.description ?? '');
    const inner = this.of(called, source, depth + 1);
    // A generator that nobody asks runs none of it.
    if (isGenerator(source) && inner.leads !== 'no') return { ...inner, conditional: false, calls: null };
    // The same call has sent before; what it throws instead is heard of by nobody.
    if (isSilent && this.#isLearned(name) && refusesByThrowing(source))
      return { leads: 'likely', conditional: false, calls: null };
    if (inner.leads === 'surely' || !mayReport) return inner;
    if (inner.leads === 'likely' && !inner.conditional) return inner;
    const inside = variablesOf(called);
    if (this.#mayLead(source, inside))
      return {
        leads: 'likely',
        conditional: isConditional(source),
        calls: null,
        viaStream: writesIntoStream(source, inside),
      };
    // What its listeners decide is not seen.
    return emits(source) ? { leads: 'likely', conditional: true, calls: null } : inner;
  }

  /** Where a function that is called on an object keeps what it is given. */
  #storeOf(called: Remote, known: Remote | null, rest: readonly string[]): Store | null {
    const calls = callsIn(withoutStrings(called.description ?? ''))
      .map(({ path }) => path)
      .filter(([head = '']) => !inert.test(head));
    const self = known === null || rest.length === 0 ? null : resolved(known, rest.slice(0, -1));
    return storeOf(calls, self, variablesOf(called));
  }
}

/** Of a promise, under whatever name: Node's own functions have one. */
function isResolver(known: Remote | null): boolean {
  return known?.type === 'function' && known.description === 'function () { [native code] }';
}

function placeOfCall(remote: Remote, { path }: Call, before: string): string | null {
  const place = placeOfFunction(remote);
  if (place === null) return null;
  const lines = before.split('\n').length - 1;
  const column = lines === 0 ? place.column + before.length : (/[^\n]*$/.exec(before)?.[0].length ?? 0) + 1;
  return `${place.file}:${place.line + lines}:${column} (${path.join('.')})`;
}

/** Up to the brace that closes the first one. */
function bodyFrom(text: string, start: number): string {
  let depth = 0;
  for (let index = start; index < Math.min(text.length, start + longestText); index++) {
    const character = text[index];
    if (character === '{') depth++;
    else if (character === '}' && --depth <= 0) return text.slice(start, index + 1);
  }
  return text.slice(start, start + longestText);
}

/** What is called at the learned places of the file that a frame is in. */
function namesCalledAt(frame: string): ReadonlySet<string> {
  const { file } = placeOf(frame);
  const lines = readSource(file).split('\n');
  const names = new Set<string>();
  for (const learned of places) {
    const place = placeOf(learned);
    if (place.file !== file) continue;
    const text = lines[place.line - 1]?.slice(place.column - 1) ?? '';
    const name = /^(?:await\s+)?[\w$.]*?([\w$]+)\s*\(/.exec(text)?.[1];
    if (name !== undefined && !keywords.test(name)) names.add(name);
  }
  return names;
}

/** It has conditions, and throws where they are not met, instead of doing nothing. */
function refusesByThrowing(source: string): boolean {
  return /\bthrow\b/.test(source) && !/\breturn\s*(?:[;}]|null\b|undefined\b|false\b)/.test(source);
}

function emits(source: string): boolean {
  return callsIn(source).some(({ path }) => path.length > 1 && path.at(-1) === 'emit');
}

/** A stream takes a chunk when it has come to an end with those before, in the context of these. */
function writesIntoStream(source: string, variables: ReadonlyMap<string, Remote>): boolean {
  return callsIn(source).some(({ path: [head = '', ...rest] }) => {
    const known = rest.at(-1) === 'write' ? (variables.get(head) ?? null) : null;
    return known !== null && memberOf(resolved(known, rest.slice(0, -1)) ?? known, '_writableState') !== null;
  });
}

function isGenerator(source: string): boolean {
  return /^(?:async\s+)?(?:function\s*)?\*/.test(source);
}

function resolved(head: Remote, rest: readonly string[]): Remote | null {
  let value: Remote | null = head;
  for (const name of rest) {
    if (value === null || otherMeans.test(value.className ?? '')) return null;
    value = memberOf(value, name);
  }
  return value;
}

function rank(leads: Leads): number {
  return ['no', 'maybe', 'likely', 'surely'].indexOf(leads);
}

/** Without an inspector, the text is all there is. */
function byText(source: string): Purpose {
  const code = withoutStrings(source.slice(0, longestText));
  let best = nothing;
  for (const { path, at } of callsIn(code)) {
    const [head = ''] = path;
    const conditional = isConditional(code.slice(0, at));
    if (clients.test(head) || clientCalls.test(path.join('.')))
      return { leads: 'surely', conditional, calls: null };
    if (best === nothing && !inert.test(head) && reporting.test(path.at(-1) ?? '')) {
      best = { leads: 'maybe', conditional, calls: null };
    }
  }
  return best;
}

const callPattern =
  /(?<![\w$.]|\bfunction\s{1,4}\*?\s{0,4})(?:[A-Za-z_$][\w$]*)(?:\s*\??\.\s*[A-Za-z_$#][\w$]*)*(?=\s*(?:\?\.)?\()/g;

function callsIn(code: string): readonly Call[] {
  return [...code.matchAll(callPattern)]
    .map((match) => ({ path: match[0].split(/\s*\??\.\s*/), at: match.index }))
    .filter(({ path: [head = ''] }) => !keywords.test(head));
}

/** Of a function: what comes before its body. */
const header = /^[\w$\s*#]*\((?:[^()]|\([^()]*\))*\)\s*(?:=>\s*\{?|\{)|^[^{]*?(?:=>\s*\{?|\{)/;

function isConditional(before: string): boolean {
  const body = before.replace(header, '');
  return /\b(?:if|switch|case|for|while|catch)\b|\?(?![.])|&&|\|\|/.test(body);
}

/** Whether a function begins in it that has not come to its end: it runs only if somebody calls it. */
function endsInFunction(before: string): boolean {
  const code = before.replace(header, '');
  for (const { index } of code.matchAll(/=>|\bfunction\b/g)) if (isOpenFrom(code, index + 2)) return true;
  return false;
}

function isOpenFrom(code: string, start: number): boolean {
  let depth = 0;
  let hasBlock = false;
  for (let index = start; index < code.length; index++) {
    const character = code[index] ?? '';
    if ('([{'.includes(character)) {
      hasBlock ||= character === '{' && depth === 0;
      depth++;
    } else if (')]}'.includes(character)) {
      depth--;
      if (depth < 0 || (depth === 0 && hasBlock && character === '}')) return false;
    } else if (depth === 0 && (character === ';' || character === ',')) return false;
  }
  return true;
}
