import timers from 'node:timers';
import { functionOfFrame } from '../../../model/frame.ts';
import { escapedName } from '../../source/source-text.ts';
import { leftUndone, type Undone } from './left-undone.cjs';
import { inspectWith, memberOf, objectOf, type Remote, remoteOf, variablesOf } from './own-inspector.cjs';
import { now } from './sink.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';
import { calledByProgram, framesHere } from './stack.cjs';
import { attempt, isFunction, isObject, replaceProperty, wrapCall } from './wrap.cjs';

/** A timer of the program's that had not fired when it was cleared. */
interface Cleared {
  readonly at: number;
  /** Where it had been set. */
  readonly place: string;
  readonly callback: object;
  readonly args: readonly unknown[];
  /** Where it was cleared. */
  readonly frames: readonly string[];
}

const sourceOf = Function.prototype.toString;
/** Where each timer of the program's was set. */
const setAt = new WeakMap<object, string>();
let cleared: Cleared | null = null;
/** Where one was set in place of one that the same function had set there before, and just cleared. */
const rearmedAt = new Set<string>();
const placesKept = 200;
/** Cleared and set again at once, in ms. */
const atOnceMs = 20;
const mostLooked = 100;
let looked = 0;

/** Names of those for whom a message is. */
const recipient =
  /^(?:user|channel|chat|room|to|recipient|email|phone|member|customer|subscriber)(?:_?id|name)?$/i;
/** A timer that waits for quiet, or for no sign of life, whoever gives it. */
const waitsForQuiet =
  /debounce|throttle|idle|quiet|silen|inactiv|activity|alive|heart|beat|watch|dead|touch|seen|heard|timeout|typing|presence|last|message|event|change/i;

/** What was to be sent to one is never sent where its timer is cleared by setting that of another. */
export function followReplacedTimers(): void {
  wrapCall(globalThis, 'clearTimeout', (target, self, args) => {
    attempt(() => clears(args[0]));
    return Reflect.apply(target, self, args);
  });
  replaceProperty(timers, 'clearTimeout', globalThis.clearTimeout);
}

function clears(timer: unknown): void {
  const place = isObject(timer) ? setAt.get(timer) : undefined;
  if (!isObject(timer) || place === undefined || (looked >= mostLooked && rearmedAt.has(place))) return;
  const callback: unknown = Reflect.get(timer, '_onTimeout');
  if (!isFunction(callback) || Reflect.get(timer, '_destroyed') === true || !calledByProgram()) return;
  const args: unknown = Reflect.get(timer, '_timerArgs');
  cleared = { at: now(), place, callback, args: Array.isArray(args) ? args : [], frames: framesHere() };
}

/** Whether timers that are set there put each other off. */
export function isRearmedAt(place: string): boolean {
  return rearmedAt.has(place);
}

const undone = new Map<string, Undone>();

/** Told of each timer of the program's that fires once. */
export function timerOfProgramSet(timer: object, callback: object, frames: readonly string[]): void {
  const [place = ''] = frames;
  setAt.set(timer, place);
  const before = cleared;
  cleared = null;
  if (before?.place === place && isOneCall(before.frames, frames) && rearmedAt.size < placesKept)
    rearmedAt.add(place);
  if (looked >= mostLooked || !isFunction(callback)) return;
  const replaced = before !== null && isReplacedBy(before, callback, frames) ? before : null;
  if (replaced === null && undone.size === 0) return;
  looked++;
  const args: unknown = Reflect.get(timer, '_timerArgs');
  inspectWith(() => {
    const was =
      replaced === null ? new Map<string, unknown>() : recipientsOf(replaced.callback, replaced.args);
    const is = recipientsOf(callback, Array.isArray(args) ? args : []);
    const [name] = [...was].find(([key, value]) => is.has(key) && is.get(key) !== value) ?? [];
    for (const [key, value] of is) {
      undone.get(`${place} ${key} ${value}`)?.done();
      undone.delete(`${place} ${key} ${value}`);
    }
    if (name === undefined || replaced === null) return;
    const found = leftUndone({
      kind: 'replaced',
      name,
      callback: replaced.callback,
      // Where a debounce was called, too.
      frames: [replaced.frames[0] ?? '', place, ...frames.slice(1, 2)],
      isOneOff: true,
    });
    if (found !== null) undone.set(`${place} ${name} ${was.get(name)}`, found);
  }, undefined);
}

function isReplacedBy(before: Cleared, callback: object, frames: readonly string[]): boolean {
  if (now() - before.at > atOnceMs || sourceOf.call(before.callback) !== sourceOf.call(callback))
    return false;
  return (
    isSameCall(before.frames, frames) ||
    (handsOn.test(sourceOf.call(callback)) && isSameTurn(before.frames, frames))
  );
}

/** A callback that only calls a function with what its setter was given, as that of a debounce does. */
const handsOn =
  /^(?:\(\s*\)\s*=>|function\s*[\w$]*\s*\(\s*\))\s*\{?\s*(?:return\s+)?([\w$]+)\s*(?:\(\s*\.\.\.\s*([\w$]+)\s*\)|\.\s*apply\s*\(\s*[\w$]+\s*,\s*([\w$]+)\s*\)|\.\s*call\s*\(\s*[\w$]+\s*,\s*\.\.\.\s*([\w$]+)\s*\))\s*;?\s*\}?$/;
/** Where a message is sent to, and not what it is about. */
const address = /^(?:channel|chat|room|to|recipient|email|phone)(?:_?id|name)?$/i;
const message = /^(?:text|message|msg|body|content)$/i;

/** What clears and what sets was called at one place. */
function isSameTurn(
  [clearing = '', before]: readonly string[],
  [setting = '', after]: readonly string[],
): boolean {
  return placeOf(clearing).file === placeOf(setting).file && before !== undefined && before === after;
}

/** Those to whom the function sends that is called with what was given. */
function learnHandedOn(
  found: Map<string, unknown>,
  text: string,
  variables: ReadonlyMap<string, Remote>,
): void {
  const [, name = '', ...lists] = handsOn.exec(text) ?? [];
  const work = variables.get(name);
  const list = variables.get(lists.find((one) => one !== undefined) ?? '');
  const target = work === undefined ? null : objectOf(work);
  const given = list === undefined ? null : objectOf(list);
  if (!isFunction(target) || !isObject(given)) return;
  const code: string = sourceOf.call(target);
  const names = parametersOf(withoutStrings(code));
  if (waitsForQuiet.test(withoutStrings(code).replaceAll(/message|event/gi, ''))) return;
  const saysSomething = names.some((one) => message.test(one));
  for (const [index, parameter] of names.entries())
    if (address.test(parameter) || saysSomething) learn(found, parameter, Reflect.get(given, index));
}

function parametersOf(code: string): readonly string[] {
  const found = /^(?:async\s*)?(?:function\s*[\w$]*\s*)?(?:\(([^()]*)\)|([\w$]+)\s*=>)/.exec(code);
  return (found?.[1] ?? found?.[2] ?? '').split(',').map((one) => one.trim());
}

/** One function clears the old one and sets the new one, whatever called it. */
function isOneCall([clearing = '']: readonly string[], [setting = '']: readonly string[]): boolean {
  return functionOfFrame(clearing) !== '' && functionOfFrame(clearing) === functionOfFrame(setting);
}

/** The same, and it says nothing of waiting for quiet. */
function isSameCall(before: readonly string[], after: readonly string[]): boolean {
  const [clearing = ''] = before;
  const [setting = ''] = after;
  if (!isOneCall(before, after)) return false;
  return [functionOfFrame(clearing), lineOf(clearing), lineOf(setting)].every(
    (text) => !waitsForQuiet.test(text),
  );
}

/** Its own line, without what it calls. */
function lineOf(frame: string): string {
  const { file, line } = placeOf(frame);
  const text = readSource(file).split('\n')[line - 1] ?? '';
  return withoutStrings(text).replaceAll(/(?:clear|set)Timeout/g, '');
}

/** What the callback gives on of those for whom it is, by its variables and what it is called with. */
function recipientsOf(callback: object, args: readonly unknown[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  if (!isFunction(callback)) return found;
  const text = sourceOf.call(callback);
  const code = withoutStrings(text);
  for (const [index, parameter] of parametersOf(code).entries()) learn(found, parameter, args[index]);
  const remote = remoteOf(callback);
  const variables = remote === null ? new Map<string, Remote>() : variablesOf(remote);
  learnHandedOn(found, text, variables);
  for (const [name, variable] of variables) {
    // Only what is said of it to people stands in a text.
    if (!new RegExp(`(?<![\\w$.])${escapedName(name)}(?![\\w$])`).test(code)) continue;
    learn(found, name, variable.value);
    if (variable.subtype === undefined && variable.type === 'object') learnObject(found, variable);
  }
  return found;
}

function learn(found: Map<string, unknown>, name: string, value: unknown): void {
  if (recipient.test(name) && (typeof value === 'string' || typeof value === 'number'))
    found.set(name, value);
}

function learnObject(found: Map<string, unknown>, object: Remote): void {
  for (const name of ['user', 'userId', 'channel', 'chatId', 'to', 'email', 'recipient'])
    learn(found, name, memberOf(object, name)?.value);
}
