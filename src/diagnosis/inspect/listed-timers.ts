import { type Conversation, field, listField, objectGroup, textField } from './conversation.ts';
import { heapIdsOf } from './heap-ids.ts';

/** A timer that has not fired, as its thread's lists have it: only a heap tells where its callback is written. */
export interface ListedTimer {
  readonly delayMs: number;
  /** On the thread's clock. */
  readonly startedMs: number;
  readonly repeats: boolean;
  /** Whether it keeps the thread alive. */
  readonly isReferenced: boolean;
}

/** The timers of a thread, the one that is due first at first. */
export interface ListedTimers {
  readonly timers: readonly ListedTimer[];
  /** How many more there are. */
  readonly left: number;
  readonly seenId: string;
}

/** A timer by the id that a snapshot has for its callback. */
export interface IdentifiedTimer extends ListedTimer {
  readonly callbackId: string;
}

/** Each costs a question. */
const timersAsked = 200;

/**
 * Read from Node's own lists, which its functions have in their scope: numbers in a snapshot would make that half as long
 * again. Null where they are not found there.
 */
export function* listTimers(): Conversation<ListedTimers | null> {
  const lists = yield* variableOf(
    '(process.getBuiltinModule?.("node:timers") ?? globalThis).setTimeout',
    'timerListMap',
  );
  if (lists === null) return null;
  const response = yield {
    method: 'Runtime.callFunctionOn',
    params: {
      objectId: lists,
      functionDeclaration: `function () { return (${timersIn.toString()})(this, ${timersAsked}); }`,
      objectGroup,
      silent: true,
    },
  };
  const seenId = textField(field(response, 'result'), 'objectId');
  const listed = yield {
    method: 'Runtime.callFunctionOn',
    params: {
      objectId: seenId,
      functionDeclaration: 'function () { return JSON.stringify({ timers: this.timers, left: this.left }); }',
      returnByValue: true,
    },
  };
  return { ...JSON.parse(textField(field(listed, 'result'), 'value')), seenId };
}

/** `HeapProfiler` is enabled, and has taken a snapshot since the timers were listed. */
export function* identifyTimers({ timers, seenId }: ListedTimers): Conversation<readonly IdentifiedTimer[]> {
  const ids = yield* heapIdsOf(seenId, 'this.callbacks');
  return timers.flatMap((timer, index) => {
    const callbackId = ids[index];
    return callbackId === undefined ? [] : [{ ...timer, callbackId }];
  });
}

/** A variable of the module that the function is of; null where it has none of that name. */
function* variableOf(expression: string, name: string): Conversation<string | null> {
  const found = yield { method: 'Runtime.evaluate', params: { expression, objectGroup, silent: true } };
  const properties = yield* propertiesOf(textField(field(found, 'result'), 'objectId'));
  const scopes = listField(properties, 'internalProperties').find(
    (each) => textField(each, 'name') === '[[Scopes]]',
  );
  if (scopes === undefined) return null;
  const all = yield* propertiesOf(textField(field(scopes, 'value'), 'objectId'));
  for (const scope of listField(all, 'result')) {
    const value = field(scope, 'value');
    if (!textField(value, 'description').startsWith('Closure')) continue;
    const variables = yield* propertiesOf(textField(value, 'objectId'));
    const variable = listField(variables, 'result').find((each) => textField(each, 'name') === name);
    if (variable !== undefined) return textField(field(variable, 'value'), 'objectId');
  }
  return null;
}

function* propertiesOf(objectId: string): Conversation<unknown> {
  return yield { method: 'Runtime.getProperties', params: { objectId, ownProperties: true } };
}

interface TimersSeen {
  readonly timers: readonly ListedTimer[];
  readonly callbacks: readonly unknown[];
  readonly left: number;
}

/** Runs inside the thread that is looked at, sent there as text: it may use nothing from outside itself. */
export function timersIn(lists: object, most: number): TimersSeen {
  const get = (value: unknown, key: PropertyKey): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  const isReferenced = (timer: object): boolean => {
    const symbol = Object.getOwnPropertySymbols(timer).find(({ description }) => description === 'refed');
    return symbol !== undefined && Reflect.get(timer, symbol) === true;
  };
  const found: { readonly timer: ListedTimer; readonly callback: unknown }[] = [];
  for (const list of Object.values(lists)) {
    for (let at = get(list, '_idleNext'); at !== list; at = get(at, '_idleNext')) {
      if (typeof at !== 'object' || at === null) break;
      const callback = get(at, '_onTimeout');
      const delayMs = get(at, '_idleTimeout');
      const startedMs = get(at, '_idleStart');
      if (typeof callback !== 'function' || typeof delayMs !== 'number' || typeof startedMs !== 'number')
        continue;
      // Sockets and servers have bound functions of Node's.
      if (/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(callback))) continue;
      const repeats = typeof get(at, '_repeat') === 'number';
      found.push({ timer: { delayMs, startedMs, repeats, isReferenced: isReferenced(at) }, callback });
    }
  }
  const dueAt = ({ timer }: { readonly timer: ListedTimer }) => timer.startedMs + timer.delayMs;
  const kept = found.sort((a, b) => dueAt(a) - dueAt(b)).slice(0, most);
  return {
    timers: kept.map(({ timer }) => timer),
    callbacks: kept.map(({ callback }) => callback),
    left: found.length - kept.length,
  };
}
