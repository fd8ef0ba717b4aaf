import { escapedName } from '../../source/source-text.ts';
import { leftUndone } from './left-undone.cjs';
import {
  frameOfFunction,
  inspectWith,
  internal,
  objectOf,
  placeOfFunction,
  propertiesOf,
  type Remote,
  remoteOf,
  targetOf,
  variablesOf,
} from './own-inspector.cjs';
import { behindSpace, endOfBracket, followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { withoutStrings } from './source-text.cjs';
import type { StoppedFrame } from './stops.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** Heads of functions: what stands in the parentheses, and what begins the body. */
const heads = /\(((?:[^()]|\(\s*\))*)\)\s*(?:=>\s*(\{)?|(\{))/g;
const takesNext = /(?:^|[,{\s])next\s*(?:\}\s*)?$/;
/** An answer, a message or an error of its own: what comes after it in its chain need not be reached. */
const answers =
  /\b(?:res|response|rep|reply|respond|ack|say)\b|\.\s*(?:body|status|type|redirect|render|state)\s*=(?!=)|\b\w*(?:send|answer|reply|respond|post|fetch|notif|publish|emit|redirect|render|throw|reject|push|handle|dispatch|leave|enter)\w*\b/i;
const asked = /\b(?:req|request)\s*\.\s*\w+/g;
/** What is done with the whole of what it was given, and is no answer. */
const onlyLooks =
  /^(?:console\.\w+|JSON\.stringify|String|inspect|(?:[\w$]+\.)?\w*(?:log|debug|info|trace|count|track|record|stat|metric)\w*)$/i;

/**
 * Functions of a chain that are given what calls the next one, and never do: whoever stands behind them in the chain is
 * not reached. Whether one that calls it at times should have done so, only the program knows.
 */
export function followChains(): void {
  onOwnScript(/\bnext\b|\.\s*use\s*\(/, (script) => {
    for (const found of script.code.matchAll(heads)) {
      const [text, parameters = ''] = found;
      const asksForNext = takesNext.test(parameters.trim());
      if (!asksForNext && !leavesNextOut.test(parameters.trim())) continue;
      const isUsed = isGivenToUse(script, found.index);
      if (!asksForNext && !isUsed) continue;
      const from = found.index + text.length;
      const body = bodyOf(script, from, text.endsWith('{'));
      if (isEndOfChain(parameters, body)) continue;
      let isKnown = false;
      followPlace(script, behindSpace(script.code, from), {
        reached: (frames) => {
          if (!isKnown) isKnown = asksForNext ? cutOff(frames, isUsed) : cutOffUnasked(frames);
        },
      });
    }
  });
}

/** What the chain is about, and its answer at most. */
const leavesNextOut = /^[\w$]+(?:\s*,\s*[\w$]+)?$/;

/**
 * Whether the function whose parameters stand there is given to a method `use`, itself or by its name: for every update.
 * One that is there for some of them may rightly be the last for those.
 */
function isGivenToUse({ code }: OwnScript, parametersAt: number): boolean {
  const before = code.slice(Math.max(0, parametersAt - longestCall), parametersAt);
  if (/\.\s*use\s*\([^()]*(?:\bfunction\b[^()]*)?$/.test(before)) return true;
  const [, name] =
    /(?:\bfunction\s*|\b(?:const|let|var)\s+)([\w$]+)\s*(?:=\s*(?:async\s*)?(?:function\s*[\w$]*\s*)?)?$/.exec(
      before,
    ) ?? [];
  if (name === undefined) return false;
  return new RegExp(`\\.\\s*use\\s*\\([^()]*(?<![\\w$.])${escapedName(name)}\\s*[,)]`).test(code);
}

const longestCall = 200;

function bodyOf({ code }: OwnScript, from: number, isBlock: boolean): string {
  if (isBlock) return code.slice(from, endOfBracket(code, from - 1));
  let at = from;
  for (; at < code.length; at++) {
    const sign = code.charAt(at);
    if ('([{'.includes(sign)) at = endOfBracket(code, at);
    else if (')]},;\n'.includes(sign)) break;
  }
  return code.slice(from, at);
}

/** It goes on by itself, or what it does may be all that is to be done; one that does nothing is there to stop the rest. */
function isEndOfChain(parameters: string, body: string): boolean {
  if (/\bnext\b|\barguments\b|^[\s{}]*$/.test(body) || answers.test(body.replace(asked, ''))) return true;
  const given = /[\w$]+/.exec(parameters)?.[0] ?? '';
  const passed = new RegExp(`([\\w$.]+)\\s*\\([^()]*(?<![\\w$.])${escapedName(given)}(?![\\w$.:])`, 'g');
  return [...body.matchAll(passed)].some(([, callee = '']) => !onlyLooks.test(callee));
}

/** Whether the function that begins here keeps others from being called that are to send. */
function cutOff([frame, ...callers]: readonly StoppedFrame[], isUsed: boolean): boolean {
  const next = frame?.valueOf('next');
  if (frame === undefined || !isFunction(next)) return false;
  return inspectWith(() => {
    const here = frame.functionPlace;
    const inList = behindInCallers(callers.slice(0, callersLooked), here);
    return reportBehind(frame, isUsed ? [...inList, ...behindNext(next, here)] : inList);
  }, false);
}

/**
 * The same for one that does not even take it, where whoever calls it has something to go on to: others call all of a
 * list, whatever each of them does.
 */
function cutOffUnasked([frame, ...callers]: readonly StoppedFrame[]): boolean {
  if (frame === undefined) return false;
  const looked = callers.slice(0, callersLooked);
  const given = looked.find((caller) => isFunction(caller.valueOf('next')));
  if (given === undefined) return false;
  return inspectWith(() => {
    const here = frame.functionPlace;
    const further = [...given.functions()].filter(
      ([name, callback]) => leadsOn.test(name) && isFunction(callback) && locationOf(callback) !== here,
    );
    const behind = further.flatMap(([, callback]) =>
      isFunction(callback) ? [...ownFunctions([callback]), ...behindNext(callback, here, 1)] : [],
    );
    return reportBehind(frame, [...behindInCallers(looked, here), ...behind]);
  }, false);
}

function reportBehind(frame: StoppedFrame, behind: readonly object[]): boolean {
  for (const callback of new Set(behind)) {
    const place = frameOfFunction(callback);
    if (place === null || !isToSend(callback)) continue;
    const frames = [frame.place, place];
    leftUndone({ kind: 'chain', name: frame.name, callback: null, frames, isOneOff: true });
    return true;
  }
  return false;
}

/** How bots say something where they were spoken to. */
const replies = /\.\s*(?:reply|answer|say|respond)\w*\s*\(|(?<![\w$.])say\s*\(/;
const sourceOf = Function.prototype.toString;

function isToSend(callback: object): boolean {
  const { leads } = purposeOfCallback(callback);
  if (leads === 'surely' || leads === 'likely') return true;
  return isFunction(callback) && replies.test(withoutStrings(sourceOf.call(callback)));
}

const callersLooked = 3;
const deepest = 4;
const looked = 60;

/** Lists in which the function stands, as those who call it know them. */
function behindInCallers(callers: readonly StoppedFrame[], here: string): readonly object[] {
  for (const caller of callers) {
    for (const list of caller.lists()) {
      const at = list.findIndex((one) => functionsIn(one).some((callback) => locationOf(callback) === here));
      if (at !== -1) return ownFunctions(list.slice(at + 1));
    }
  }
  return [];
}

const position = /^(?:i|idx|index|at|pos|position|current|n)$/;
const leadsOn = /next|then|rest|after|done|dispatch|execute|run/i;

/** What the function would come to that was given as the next one: the rest of a list from a position in it, or another one. */
function behindNext(next: object, here: string, depth = 0): readonly object[] {
  const given = remoteOf(next);
  if (given === null || depth > deepest) return [];
  const remote = targetOf(given) ?? given;
  if (placeOfFunction(remote) !== null && depth > 0) return [];
  const variables = variablesOf(remote);
  const positions = [...variables].filter(
    ([name, { value }]) => position.test(name) && typeof value === 'number',
  );
  const found: object[] = [];
  for (const [name, variable] of variables) {
    if (variable.subtype === 'array') {
      const list: unknown = objectOf(variable);
      if (!Array.isArray(list)) continue;
      const at = list.findIndex((one) => functionsIn(one).some((callback) => locationOf(callback) === here));
      const [, counted] = positions[0] ?? [];
      const from = at !== -1 ? at + 1 : counted === undefined ? list.length : Number(counted.value) + 1;
      found.push(...ownFunctions(list.slice(from)));
    } else if (variable.type === 'function' && leadsOn.test(name)) {
      const callback = objectOf(variable);
      if (callback !== null && callback !== next)
        found.push(...ownFunctions([callback]), ...behindNext(callback, here, depth + 1));
    }
  }
  return found;
}

/** Functions of the program's own among these, and those that they are wrapped in. */
function ownFunctions(list: readonly unknown[]): readonly object[] {
  const found: object[] = [];
  const seen = new Set<unknown>();
  const visit = (one: unknown, depth: number) => {
    for (const callback of functionsIn(one)) {
      if (seen.has(callback) || seen.size >= looked) continue;
      seen.add(callback);
      const remote = remoteOf(callback);
      if (remote === null) continue;
      if (placeOfFunction(remote) !== null) found.push(callback);
      else if (depth < deepest) for (const inner of wrappedIn(remote)) visit(inner, depth + 1);
    }
  };
  for (const one of list) visit(one, 0);
  return found;
}

function wrappedIn(remote: Remote): readonly unknown[] {
  const target = targetOf(remote);
  if (target !== null) return [objectOf(target)];
  return [...variablesOf(remote).values()]
    .filter(({ type }) => type === 'function' || type === 'object')
    .slice(0, looked)
    .map((variable) => (variable.objectId === undefined ? null : objectOf(variable)));
}

/** It is one, or holds one, as the layers of Express do. */
function functionsIn(one: unknown): readonly object[] {
  if (isFunction(one)) return [one];
  if (Array.isArray(one)) return one.filter(isFunction);
  if (!isObject(one)) return [];
  const route: unknown = ownValue(one, 'route');
  const layers: unknown = isObject(route) ? ownValue(route, 'stack') : null;
  const inner = Array.isArray(layers) ? layers.flatMap(functionsIn) : [];
  const direct = ['handle', 'handler', 'fn', 'callback', 'middleware', 'execute', 'process', 'run'].map(
    (key) => methodOf(one, key),
  );
  return inner.length > 0 ? inner : direct.filter(isFunction);
}

function ownValue(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

/** Its own, or of its class; no getter is asked. */
function methodOf(object: object, key: string): unknown {
  for (let holder: object | null = object, steps = 0; holder !== null && steps < prototypesLooked; steps++) {
    const value = ownValue(holder, key);
    if (value !== undefined) return value;
    holder = Reflect.getPrototypeOf(holder);
  }
  return undefined;
}

const prototypesLooked = 4;

/** Where V8 has a function's beginning, as a frame's `functionPlace`. */
function locationOf(callback: object): string {
  const remote = remoteOf(callback);
  const location: unknown =
    remote === null ? null : internal(propertiesOf(remote), '[[FunctionLocation]]')?.value;
  if (!isObject(location)) return '';
  return ['scriptId', 'lineNumber', 'columnNumber']
    .map((key) => String(Reflect.get(location, key)))
    .join(':');
}
