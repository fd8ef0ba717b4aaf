import type { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { isObject } from './wrap.cjs';

/** A value as V8's inspector shows it, which asks no getter of the program's. */
export interface Remote {
  readonly type?: string;
  readonly subtype?: string;
  readonly className?: string;
  readonly description?: string;
  readonly value?: unknown;
  readonly objectId?: string;
}

interface Property {
  readonly name: string;
  readonly value?: Remote;
}

interface Properties {
  /** Of a class's private fields. */
  readonly privateProperties: readonly Property[];
  readonly result: readonly Property[];
  readonly internalProperties: readonly Property[];
}

const group = 'timer-notify';
/** Where a value is handed over; no program has a property of this name. */
const handover = `timer-notify ${process.pid} handover`;

let session: Session | null = null;

/** Looks at values of this thread through the inspector that is part of it; no debugger is woken. */
export function inspectWith<Result>(look: () => Result, otherwise: Result): Result {
  try {
    if (session === null) {
      const inspector: typeof import('node:inspector') = require('node:inspector');
      session = new inspector.Session();
      session.connect();
    }
    return look();
  } catch {
    // No inspector in this build, or the permission model keeps it.
    return otherwise;
  } finally {
    post('Runtime.releaseObjectGroup', { objectGroup: group });
  }
}

function post(method: string, params: object): object {
  let answer: object = {};
  try {
    session?.post(method, params, (error, result) => {
      if (error === null && isObject(result)) answer = result;
    });
  } catch {
    // As above.
  }
  return answer;
}

export function remoteOf(value: object): Remote | null {
  Object.defineProperty(globalThis, handover, { value, configurable: true, enumerable: false });
  try {
    const answer = post('Runtime.evaluate', {
      expression: `globalThis[${JSON.stringify(handover)}]`,
      objectGroup: group,
      silent: true,
    });
    const result: unknown = Reflect.get(answer, 'result');
    return isObject(result) ? result : null;
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
}

/** The object itself. */
export function objectOf({ objectId }: Remote): object | null {
  let object: object | null = null;
  const take = (value: unknown) => {
    if (isObject(value)) object = value;
  };
  Object.defineProperty(globalThis, handover, { value: take, configurable: true, enumerable: false });
  try {
    post('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration: `function () { globalThis[${JSON.stringify(handover)}](this) }`,
      silent: true,
    });
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
  return object;
}

export function propertiesOf({ objectId }: Remote): Properties {
  if (objectId === undefined) return { result: [], internalProperties: [], privateProperties: [] };
  const answer = post('Runtime.getProperties', { objectId, ownProperties: true });
  return {
    result: propertyList(Reflect.get(answer, 'result')),
    internalProperties: propertyList(Reflect.get(answer, 'internalProperties')),
    privateProperties: propertyList(Reflect.get(answer, 'privateProperties')),
  };
}

function propertyList(value: unknown): readonly Property[] {
  return Array.isArray(value) ? value.filter(isProperty) : [];
}

function isProperty(value: unknown): value is Property {
  return isObject(value) && typeof Reflect.get(value, 'name') === 'string';
}

export function internal(properties: Properties, name: string): Remote | null {
  return properties.internalProperties.find((property) => property.name === name)?.value ?? null;
}

/** Of the program's own files, by V8's number for them. */
const ownFiles = new Map<string, string>();
const filesKept = 2000;

export function rememberScript(scriptId: string, url: string): void {
  if (!url.startsWith('file:') || url.includes('/node_modules/') || ownFiles.size >= filesKept) return;
  ownFiles.set(scriptId, fileURLToPath(url));
}

/** Empty where it is none of the program's own. */
export function fileOfScript(scriptId: string): string {
  return ownFiles.get(scriptId) ?? '';
}

export interface FunctionPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Where a function of the program's own begins; null where that is not known. */
export function placeOfFunction(remote: Remote): FunctionPlace | null {
  const location = internal(propertiesOf(remote), '[[FunctionLocation]]')?.value;
  if (!isObject(location)) return null;
  const file = ownFiles.get(String(Reflect.get(location, 'scriptId')));
  if (file === undefined) return null;
  return {
    file,
    line: Number(Reflect.get(location, 'lineNumber')) + 1,
    column: Number(Reflect.get(location, 'columnNumber')) + 1,
  };
}

/** Where a function of the program's is written, as a frame; asked within `inspectWith`. */
export function frameOfFunction(callback: object): string | null {
  const remote = remoteOf(callback);
  const place = remote === null ? null : placeOfFunction(remote);
  return place === null ? null : `${place.file}:${place.line}:${place.column}`;
}

/** The same, asked from anywhere else. */
export function whereWritten(callback: object): string | null {
  return inspectWith(() => frameOfFunction(callback), null);
}

/** What a bound function calls. */
export function targetOf(remote: Remote): Remote | null {
  return internal(propertiesOf(remote), '[[TargetFunction]]');
}

/** The variables that a function sees, the nearest scope first; the globals are left out. */
export function variablesOf(remote: Remote): ReadonlyMap<string, Remote> {
  const variables = new Map<string, Remote>();
  const scopes = internal(propertiesOf(remote), '[[Scopes]]');
  if (scopes === null) return variables;
  for (const { value: scope } of propertiesOf(scopes).result) {
    if (scope === undefined || /^Global\b/.test(scope.description ?? '')) continue;
    for (const { name, value } of propertiesOf(scope).result) {
      if (value !== undefined && !variables.has(name)) variables.set(name, value);
    }
  }
  return variables;
}

/** The nearest scope that a function sees, as V8 describes it (`Closure (name of the function)`), and its variables. */
export function nearestScopeOf(remote: Remote): {
  readonly description: string;
  readonly variables: readonly (readonly [name: string, value: Remote])[];
} {
  const scopes = internal(propertiesOf(remote), '[[Scopes]]');
  const scope = scopes === null ? undefined : propertiesOf(scopes).result[0]?.value;
  if (scope === undefined) return { description: '', variables: [] };
  const variables = propertiesOf(scope).result.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { description: scope.description ?? '', variables };
}

const prototypesLooked = 4;

/** A method or property that an object has or inherits, unless a getter makes it. */
export function memberOf(remote: Remote, name: string): Remote | null {
  let holder: Remote | null = remote;
  for (let steps = 0; holder !== null && steps < prototypesLooked; steps++) {
    const properties = propertiesOf(holder);
    const found = properties.result.find((property) => property.name === name)?.value;
    if (found !== undefined) return found;
    holder = internal(properties, '[[Prototype]]');
  }
  return null;
}

export interface Rejection {
  /** The error's name and message. */
  readonly text: string;
  /** Its stack, where it is an error. */
  readonly stack: string;
}

export type PromiseState =
  | { readonly kind: 'pending' | 'fulfilled' }
  | ({ readonly kind: 'rejected' } & Rejection);

/** Of one at a time: V8 aborts the process if a thread is terminated while it makes previews of many at once. */
export function stateOfPromise(promise: object): PromiseState {
  const remote = remoteOf(promise);
  if (remote === null) return { kind: 'fulfilled' };
  const properties = propertiesOf(remote);
  const state = internal(properties, '[[PromiseState]]')?.value;
  if (state === 'pending') return { kind: 'pending' };
  const reason = internal(properties, '[[PromiseResult]]');
  if (state !== 'rejected' || reason === null) return { kind: 'fulfilled' };
  const stack = reason.subtype === 'error' ? (reason.description ?? '') : '';
  const text = stack === '' ? String(reason.value ?? reason.description) : (stack.split('\n')[0] ?? '');
  return { kind: 'rejected', text: text.slice(0, 300), stack };
}
