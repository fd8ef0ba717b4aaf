import { fileURLToPath } from 'node:url';
import { escapedName } from '../../source/source-text.ts';
import { leftUndone, type Undone } from './left-undone.cjs';
import { endOfBracket, followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { sendsByWay } from './sending-code.cjs';
import { onStopsForgotten, positionIn } from './stops.cjs';
import { isFunction } from './wrap.cjs';

/** A generator function of the program's own whose body sends. */
interface Definition {
  readonly name: string;
  readonly body: string;
  readonly place: string;
  /** Generators that it has made, and of those that were made, how many have begun. */
  made: number;
  begun: number;
  undone: Undone | null;
  /** It is called too often to be counted. */
  isOver: boolean;
}

const definitions = new Map<string, Definition>();
const scripts = new Map<string, OwnScript>();
const sourceOf = Function.prototype.toString;

/** Generators that the program makes and nobody asks for their first value: none of their code has run. */
export function followGenerators(): void {
  onStopsForgotten(() => {
    for (const definition of definitions.values()) giveUp(definition);
  });
  onOwnScript(/[\w$)\]}]/, (script) => {
    scripts.set(script.url, script);
    const names = namesDefinedIn(script);
    for (const name of new Set([...definitions.values()].map((one) => one.name)))
      if (!names.has(name)) followCalls(script, name);
    for (const name of names) for (const other of scripts.values()) followCalls(other, name);
  });
}

const heads =
  /\bfunction\s*\*\s*([\w$]+)\s*(?=\()|\b([\w$]+)\s*[=:]\s*(?:async\s+)?function\s*\*\s*[\w$]*\s*(?=\()|(?<=[{};]\s*(?:(?:static|async)\s+)*|\n\s*(?:(?:static|async)\s+)*)\*\s*(#?[\w$]+)\s*(?=\()/g;

function namesDefinedIn(script: OwnScript): ReadonlySet<string> {
  const { code, text } = script;
  const names = new Set<string>();
  for (const found of code.matchAll(heads)) {
    const name = found[1] ?? found[2] ?? found[3] ?? '';
    const opens = endOfBracket(code, found.index + found[0].length) + 1;
    const gap = /^\s*\{/.exec(code.slice(opens));
    if (gap === null) continue;
    const from = opens + gap[0].length;
    const body = text.slice(from, endOfBracket(code, from - 1));
    if (!sendsByWay(body, text)) continue;
    names.add(name);
    follow(script, name, body, from, found.index);
  }
  return names;
}

function follow(script: OwnScript, name: string, body: string, from: number, head: number): void {
  const { line, column } = positionIn(script.text, head);
  const place = `${fileURLToPath(script.url)}:${line + 1}:${column + 1} (${name})`;
  const known = definitions.get(place) ?? {
    name,
    body,
    place,
    made: 0,
    begun: 0,
    undone: null,
    isOver: false,
  };
  definitions.set(place, known);
  followPlace(script, from, {
    reached: () => {
      known.begun++;
      judge(known);
    },
    over: () => giveUp(known),
  });
}

function followCalls(script: OwnScript, name: string): void {
  const escaped = escapedName(name);
  const calls = new RegExp(
    `(?<![\\w$#*.]|function\\s*|\\*\\s*)((?:[\\w$#]+\\s*\\.\\s*){0,3}${escaped})\\s*\\(`,
    'g',
  );
  for (const { 0: text, 1: callee = '', index } of script.code.matchAll(calls)) {
    const at = index + text.length - 1;
    // Of a method of the same name, that is the head.
    if (/^\s*\{/.test(script.code.slice(endOfBracket(script.code, at) + 1)) && !callee.includes('.'))
      continue;
    followCall(script, index + callee.lastIndexOf('.') + 1, name, callee);
  }
  const forEach = new RegExp(
    `(?<![\\w$#.])((?:[\\w$#]+\\s*\\.\\s*){0,3}[\\w$#]+)\\s*\\.\\s*(?=(?:map|forEach|flatMap)\\s*\\(\\s*(${escaped})\\s*\\))`,
    'g',
  );
  for (const { 0: text, 1: list = '', index } of script.code.matchAll(forEach))
    followCall(script, index + text.length, name, name, `${list}.length > 0`);
}

/** A call that makes one, at a place in a script, where the condition holds. */
function followCall(script: OwnScript, at: number, name: string, callee: string, condition = 'true'): void {
  let last: Definition | null = null;
  followPlace(script, at, {
    reached: ([frame]) => {
      if (frame === undefined || frame.valueOf(condition) !== true) return;
      const called: unknown = frame.valueOf(callee);
      last = definitionOf(called, name);
      if (last !== null) made(last, frame.place, called);
    },
    over: () => {
      if (last !== null) giveUp(last);
    },
  });
}

function definitionOf(called: unknown, name: string): Definition | null {
  if (!isFunction(called)) return null;
  const text = sourceOf.call(called);
  return [...definitions.values()].find((one) => one.name === name && text.includes(one.body)) ?? null;
}

function made(definition: Definition, place: string, called: unknown): void {
  definition.made++;
  if (definition.isOver || definition.undone !== null || !isFunction(called)) return;
  definition.undone = leftUndone({
    kind: 'generator',
    name: definition.name,
    callback: called,
    frames: [place, definition.place],
    isOneOff: true,
  });
}

/** Some that were made have not begun. */
function judge(definition: Definition): void {
  if (definition.begun < definition.made) return;
  definition.undone?.done();
  definition.undone = null;
}

function giveUp(definition: Definition): void {
  definition.isOver = true;
  definition.undone?.done();
  definition.undone = null;
}
