import { inspectWith, memberOf, type Remote, remoteOf, variablesOf } from './own-inspector.cjs';
import { withoutStrings } from './timers.cjs';

/**
 * Whether a callback's code leads to a request: `surely` where it calls a client, itself or through its own functions,
 * `likely` where a function of the program's that is named so is called, `maybe` where only a name says so.
 */
export type Leads = 'surely' | 'likely' | 'maybe' | 'no';

export interface Purpose {
  readonly leads: Leads;
  /** Whether something is decided before the call: the code may rightly come to its end without it. */
  readonly conditional: boolean;
}

const nothing: Purpose = { leads: 'no', conditional: false };
const sourceOf = Function.prototype.toString;
const longestText = 6000;
const deepest = 4;
const functionsLooked = 40;

/** Clients that are called by their own names. */
const clients = /^(?:fetch|axios|got|ky|needle|superagent|undici|phin|wretch|ofetch|\$fetch)$/;
const clientCalls =
  /^https?\.(?:request|get)$|\.chat\.(?:post|update|schedule|delete|me)\w*$|\.apiCall$|\.(?:files|views|conversations|reactions)\.\w+$/;
const telling =
  /fetch|notif|request|send|post|slack|publish|expir|deliver|webhook|remind|alert|announce|report|ping|push/i;
/** What these send goes over no request. */
const otherMeans =
  /Socket|Worker|Port|Process|Channel|Stream|Server|Response|Reply|Console|Emitter|Message$|Map$|Set$|Array|Promise|Timeout|Math|JSON|Date|Object$/;
const keywords =
  /^(?:if|for|while|switch|catch|function|return|await|typeof|new|super|import|require|constructor|async|of|in|do|void|delete|yield)$/;
/** Calls of the language and of Node that lead to no request. */
const inert =
  /^(?:console|process|Math|JSON|Object|Array|Date|String|Number|Boolean|Promise|Buffer|Atomics|fs|path|util|assert|performance|clearTimeout|clearInterval|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone|parseInt|parseFloat|resolve|reject|done|next)$/;

export function purposeOfCallback(callback: object): Purpose {
  return inspectWith(
    () => {
      const remote = remoteOf(callback);
      return remote === null ? nothing : new Reading().of(remote, textOf(callback), 0);
    },
    byText(textOf(callback)),
  );
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

  of(remote: Remote, source: string, depth: number): Purpose {
    const code = withoutStrings(source.slice(0, longestText));
    if (--this.#left < 0 || code.includes('[native code]')) return nothing;
    let variables: ReadonlyMap<string, Remote> | null = null;
    let best = nothing;
    for (const call of callsIn(code)) {
      variables ??= variablesOf(remote);
      const found = this.#ofCall(call, variables, depth);
      if (rank(found.leads) <= rank(best.leads)) continue;
      best = { leads: found.leads, conditional: found.conditional || isConditional(code.slice(0, call.at)) };
      if (best.leads === 'surely') break;
    }
    return best;
  }

  #ofCall({ path }: Call, variables: ReadonlyMap<string, Remote>, depth: number): Purpose {
    const [head = '', ...rest] = path;
    const name = path.at(-1) ?? '';
    if (clients.test(head) || clientCalls.test(path.join('.')))
      return { leads: 'surely', conditional: false };
    if (inert.test(head)) return nothing;
    const known = variables.get(head) ?? null;
    const called = known === null ? null : resolved(known, rest);
    if (called?.type === 'function' && depth < deepest) {
      const source = withoutStrings(called.description ?? '');
      const inner = this.of(called, source, depth + 1);
      if (inner.leads === 'surely' || !telling.test(name)) return inner;
      return isMoreThanLanguage(source) ? { leads: 'likely', conditional: isConditional(source) } : inner;
    }
    if (known !== null && rest.length > 0 && otherMeans.test(known.className ?? '')) return nothing;
    return telling.test(name) ? { leads: 'maybe', conditional: false } : nothing;
  }
}

/** It calls something else than what the language and Node bring along. */
function isMoreThanLanguage(source: string): boolean {
  return callsIn(source).some(({ path: [head = ''] }) => !inert.test(head));
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
    if (clients.test(head) || clientCalls.test(path.join('.'))) return { leads: 'surely', conditional };
    if (best === nothing && !inert.test(head) && telling.test(path.at(-1) ?? '')) {
      best = { leads: 'maybe', conditional };
    }
  }
  return best;
}

const callPattern = /(?<![\w$.])(?:[A-Za-z_$][\w$]*)(?:\s*\??\.\s*[A-Za-z_$#][\w$]*)*(?=\s*(?:\?\.)?\()/g;

function callsIn(code: string): readonly Call[] {
  return [...code.matchAll(callPattern)]
    .map((match) => ({ path: match[0].split(/\s*\??\.\s*/), at: match.index }))
    .filter(({ path: [head = ''] }) => !keywords.test(head));
}

function isConditional(before: string): boolean {
  const body = before.replace(/^[^{]*?(?:=>\s*\{?|\{)/, '');
  return /\b(?:if|switch|case|for|while|return|throw|catch)\b|\?(?![.])|&&|\|\|/.test(body);
}
