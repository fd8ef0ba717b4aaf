import { leftUndone, type Undone } from './left-undone.cjs';
import { whereWritten } from './own-inspector.cjs';
import { behindSpace, followPlace, type OwnScript, onOwnScript, plainName } from './own-scripts.cjs';
import { plainText } from './plain-text.cjs';
import { isToSend } from './removed-listeners.cjs';
import { endOf, hasSentIn } from './sent-in.cjs';
import type { StoppedFrame } from './stops.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** A table was asked for a name that it does not have, and has one that was meant. */
interface Missed {
  readonly meant: string;
  readonly undone: Undone;
}

const missedIn = new WeakMap<object, Map<string, Missed>>();
let left = 20;
/** Names longer than these are no names of handlers. */
const longestName = 100;

const member =
  /(?<![\w$.#\])])((?:[\w$#]+\s*\??\.\s*){0,3}[\w$#]+)\s*(?:\?\.\s*)?\[\s*([\w$#]+(?:\s*\.\s*[\w$#]+){0,3})\s*\](?!\s*(?:\?\?|\|\||=(?!=)))/g;
const got =
  /(?<![\w$.#\])])((?:[\w$#]+\s*\??\.\s*){0,3}[\w$#]+)\s*\??\.\s*(get|has)\s*\(\s*([\w$#]+(?:\s*\.\s*[\w$#]+){0,3})\s*\)(?!\s*(?:\?\?|\|\|))/g;
const ofHandlers =
  /handler|action|command|route|dispatch|listener|callback|processor|reducer|effect|hook|on[A-Z]/i;
const index = /^(?:[a-z]|idx|index|\d+)$/;

/** Functions by their names, as those of commands and kinds of events: a name in another case or with other signs has none. */
export function followHandlerTables(): void {
  onOwnScript(/\[\s*[\w$#]|\.\s*(?:get|has)\s*\(/, (script) => {
    for (const { index: at, 1: table = '', 2: key = '' } of script.code.matchAll(member))
      if (mayBeTable(script, table, key)) follow(script, statementAt(script.code, at), table, key);
    for (const { index: at, 0: text, 1: table = '', 2: method = '', 3: key = '' } of script.code.matchAll(
      got,
    ))
      if (mayBeTable(script, table, key)) follow(script, at + text.indexOf(method, table.length), table, key);
  });
}

/** A place that is passed again and again must not be followed for nothing: what begins empty is rarely a table of functions. */
function mayBeTable({ code }: OwnScript, table: string, key: string): boolean {
  const name = /[\w$#]+$/.exec(table)?.[0] ?? '';
  if (index.test(key) || !plainName.test(key)) return false;
  const made = new RegExp(
    `(?<![\\w$])${name.replaceAll(/[$#]/g, '\\$&')}\\s*[=:]\\s*(?:\\{(?!\\s*\\})|new\\s+Map\\b(?!\\s*\\(\\s*\\)))`,
  );
  return ofHandlers.test(name) || made.test(code);
}

/** V8 stops at the head of a condition and of a return, not within. */
function statementAt(code: string, at: number): number {
  const start = Math.max(...[';', '{', '}', '\n'].map((sign) => code.lastIndexOf(sign, at - 1))) + 1;
  return /^\s*(?:if\s*\(|return\b|await\b|throw\b)/.test(code.slice(start, at))
    ? behindSpace(code, start)
    : at;
}

function follow(script: OwnScript, at: number, table: string, key: string): void {
  followPlace(script, at, {
    reached: ([frame]) => {
      const name = frame?.valueOf(key);
      const object = frame?.valueOf(table);
      if (frame === undefined || typeof name !== 'string' || !isObject(object) || name.length > longestName)
        return;
      asked(frame, object, name, /[\w$#]+$/.exec(table)?.[0] ?? '');
    },
  });
}

function asked(frame: StoppedFrame, table: object, name: string, tableName: string): void {
  if (Array.isArray(table) || isFunction(table)) return;
  const known = missedIn.get(table) ?? new Map<string, Missed>();
  missedIn.set(table, known);
  if (has(table, name)) {
    for (const { meant, undone } of known.values()) if (meant === name) undone.done();
    return;
  }
  if (known.has(name) || left === 0) return;
  const like = namesIn(table).filter((one) => plainText(one) === plainText(name));
  const [meant] = like;
  const callback = meant === undefined || like.length > 1 ? null : entryOf(table, meant);
  if (meant === undefined || !isFunction(callback) || !isToSend(callback)) return;
  const written = whereWritten(callback);
  if (written === null) return;
  left--;
  const undone = leftUndone({
    kind: 'unkeyed',
    name: `${name}” of ${tableName}, which has “${meant}`,
    callback,
    frames: [frame.place, written],
    isOneOff: true,
    // By whatever way it was called.
    isToSend: () => !hasSentIn([written, endOf(written)]),
  });
  if (undone !== null) known.set(name, { meant, undone });
}

function has(table: object, name: string): boolean {
  return table instanceof Map ? Map.prototype.has.call(table, name) : name in table;
}

function namesIn(table: object): readonly string[] {
  const names: readonly unknown[] =
    table instanceof Map ? [...Map.prototype.keys.call(table)] : Object.keys(table);
  return names.filter((name) => typeof name === 'string');
}

/** Without asking a getter. */
function entryOf(table: object, name: string): unknown {
  if (table instanceof Map) return Map.prototype.get.call(table, name);
  return Object.getOwnPropertyDescriptor(table, name)?.value;
}
