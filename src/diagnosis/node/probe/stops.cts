import type { Session } from 'node:inspector';
import { fileOfScript } from './own-inspector.cjs';
import { attempt, isObject } from './wrap.cjs';

/** A file of code that V8 has compiled. */
export interface Script {
  readonly id: string;
  readonly url: string;
  /** Its text. */
  source(): string;
}

/** A place in a script, counted from 0 as V8 does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A function of the program that is paused, valid only while the stop is reported. */
export interface StoppedFrame {
  /** Its place as a frame. */
  readonly place: string;
  /** Of its function. */
  readonly name: string;
  /** Where its function begins: `script:line:column`, as V8 counts them. */
  readonly functionPlace: string;
  /** Of an expression that is evaluated there. */
  valueOf(expression: string): unknown;
  /** The lists among its variables and those of its object. */
  lists(): readonly (readonly unknown[])[];
  /** The functions among its variables, by their names. */
  functions(): ReadonlyMap<string, unknown>;
}

type Reached = (frames: readonly StoppedFrame[]) => void;

/** Where a value is handed over; no program has a property of this name. */
const handover = `timer-notify ${process.pid} stop`;

let session: Session | null = null;
const listeners: ((script: Script) => void)[] = [];
const reachedOf = new Map<string, Reached>();
const forgotten: (() => void)[] = [];

export function openStops(opened: Session): void {
  session = opened;
  opened.on('Debugger.scriptParsed', ({ params }) => {
    const id = params.scriptId;
    const script = { id, url: params.url, source: () => sourceOf(id) };
    for (const listener of listeners) attempt(() => listener(script));
  });
}

/** Called again for each script when the debugger has been off: its stops are gone then. */
export function onScript(listener: (script: Script) => void): void {
  listeners.push(listener);
}

/** Calls `reached` when the program comes to a place where the condition holds. Returns the stop’s id; null where none could be set. */
export function stopIn(
  { id }: Script,
  { line, column }: Position,
  reached: Reached,
  condition = '',
): string | null {
  const location = { scriptId: id, lineNumber: line, columnNumber: column };
  let set: string | null = null;
  ask('Debugger.setBreakpoint', { location, condition }, (answer) => {
    set = String(Reflect.get(answer, 'breakpointId'));
    reachedOf.set(set, reached);
  });
  return set;
}

export function removeStop(breakpointId: string): void {
  reachedOf.delete(breakpointId);
  ask('Debugger.removeBreakpoint', { breakpointId }, () => {});
}

/** The debugger is off: it has forgotten them. */
export function forgetStops(): void {
  reachedOf.clear();
  for (const listener of forgotten) attempt(listener);
}

export function onStopsForgotten(listener: () => void): void {
  forgotten.push(listener);
}

/** The program stands at one of them, or elsewhere. */
export function stopReached(params: object): void {
  const hit: unknown = Reflect.get(params, 'hitBreakpoints');
  const frames = framesStopped(params);
  if (!Array.isArray(hit)) return;
  for (const id of hit) {
    const reached = reachedOf.get(String(id));
    if (reached !== undefined) attempt(() => reached(frames));
  }
}

/** The functions that the program stands in, the innermost first. */
export function framesStopped(params: object): readonly StoppedFrame[] {
  const callFrames: unknown = Reflect.get(params, 'callFrames');
  return Array.isArray(callFrames) ? callFrames.filter(isObject).map(stoppedFrame) : [];
}

function stoppedFrame(callFrame: object): StoppedFrame {
  return {
    name: String(Reflect.get(callFrame, 'functionName')),
    get place() {
      return frameText(callFrame);
    },
    get functionPlace() {
      const location: unknown = Reflect.get(callFrame, 'functionLocation');
      if (!isObject(location)) return '';
      return ['scriptId', 'lineNumber', 'columnNumber']
        .map((key) => String(Reflect.get(location, key)))
        .join(':');
    },
    valueOf: (expression) => evaluate(callFrame, expression),
    lists: () => listsIn(callFrame),
    functions: () => functionsIn(callFrame),
  };
}

function frameText(callFrame: object): string {
  const location: unknown = Reflect.get(callFrame, 'location');
  const file = isObject(location) ? fileOfScript(String(Reflect.get(location, 'scriptId'))) : '';
  const name = String(Reflect.get(callFrame, 'functionName'));
  const place = `${numberIn(location, 'lineNumber') + 1}:${numberIn(location, 'columnNumber') + 1}`;
  return `${file}:${place}${name === '' ? '' : ` (${name})`}`;
}

function numberIn(holder: unknown, key: string): number {
  return isObject(holder) ? Number(Reflect.get(holder, key)) : 0;
}

function evaluate(callFrame: object, expression: string): unknown {
  let value: unknown;
  const take = (found: unknown) => {
    value = found;
  };
  Object.defineProperty(globalThis, handover, { value: take, configurable: true, enumerable: false });
  try {
    ask(
      'Debugger.evaluateOnCallFrame',
      {
        callFrameId: Reflect.get(callFrame, 'callFrameId'),
        expression: `globalThis[${JSON.stringify(handover)}](${expression})`,
        silent: true,
      },
      () => {},
    );
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
  return value;
}

const namesLooked = 20;

function listsIn(callFrame: object): readonly (readonly unknown[])[] {
  const names = variablesIn(callFrame, isList);
  const ofObject = namesIn(thisOf(callFrame), isList).map((name) => `this.${name}`);
  return [...new Set([...names, ...ofObject])]
    .slice(0, namesLooked)
    .map((name) => evaluate(callFrame, name))
    .filter((value) => Array.isArray(value));
}

function functionsIn(callFrame: object): ReadonlyMap<string, unknown> {
  const names = [...new Set(variablesIn(callFrame, isCallable))].slice(0, namesLooked);
  return new Map(names.map((name) => [name, evaluate(callFrame, name)]));
}

/** An arrow function has that of the one around it, which V8 names only when it is asked. */
function thisOf(callFrame: object): unknown {
  const own: unknown = Reflect.get(callFrame, 'this');
  if (isObject(own) && Reflect.get(own, 'objectId') !== undefined) return own;
  let found: unknown = null;
  const callFrameId: unknown = Reflect.get(callFrame, 'callFrameId');
  ask('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'this', silent: true }, (answer) => {
    found = Reflect.get(answer, 'result');
  });
  return found;
}

type Wanted = (value: object) => boolean;
const isList: Wanted = (value) => Reflect.get(value, 'subtype') === 'array';
const isCallable: Wanted = (value) => Reflect.get(value, 'type') === 'function';

function variablesIn(callFrame: object, wanted: Wanted): readonly string[] {
  const scopes: unknown = Reflect.get(callFrame, 'scopeChain');
  return (Array.isArray(scopes) ? scopes : [])
    .filter((scope) => /^(?:local|block|closure|module|script)$/.test(String(Reflect.get(scope, 'type'))))
    .flatMap((scope) => namesIn(Reflect.get(scope, 'object'), wanted));
}

function namesIn(holder: unknown, wanted: Wanted): readonly string[] {
  const objectId: unknown = isObject(holder) ? Reflect.get(holder, 'objectId') : undefined;
  const names: string[] = [];
  if (objectId === undefined) return names;
  ask('Runtime.getProperties', { objectId, ownProperties: true }, (answer) => {
    for (const key of ['result', 'privateProperties']) {
      const properties: unknown = Reflect.get(answer, key);
      for (const { name, value } of Array.isArray(properties) ? properties : [])
        if (isObject(value) && wanted(value) && /^#?[A-Za-z_$][\w$]*$/.test(name)) names.push(name);
    }
  });
  return names;
}

function sourceOf(scriptId: string): string {
  let source = '';
  ask('Debugger.getScriptSource', { scriptId }, (answer) => {
    source = String(Reflect.get(answer, 'scriptSource'));
  });
  return source;
}

/** The own thread's inspector answers before this returns. */
function ask(method: string, params: object, heard: (answer: object) => void): void {
  session?.post(method, params, (error: Error | null, answer?: object) => {
    if (error === null && answer !== undefined) attempt(() => heard(answer));
  });
}

/** Where a package decides something in a module that can't be wrapped: ES modules are sealed. */
export interface Stop {
  readonly file: RegExp;
  /** Up to where the code is reached. */
  readonly code: RegExp;
  /** Asked there; where it does not hold, the stop is not reported. */
  readonly condition: string;
  /** Evaluated there, and in the frame that called it. */
  readonly values: readonly [string, string];
  /** Whether the first time says all. */
  readonly isOnce?: true;
  stoppedWith(values: readonly unknown[]): void;
}

export function stopAt({ file, code, condition, values, isOnce, stoppedWith }: Stop): void {
  onScript((script) => {
    if (!file.test(script.url)) return;
    const source = script.source();
    const found = code.exec(source);
    if (found === null) return;
    const at = positionIn(source, found.index + found[0].length);
    const stop = stopIn(
      script,
      at,
      (frames) => {
        if (isOnce === true && stop !== null) removeStop(stop);
        stoppedWith(values.map((value, index) => frames[index]?.valueOf(value)));
      },
      condition,
    );
  });
}

export function positionIn(source: string, offset: number): Position {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}
