import { endOfBraces, escapedName } from '../source/source-text.ts';
import type { Source } from './own-code.ts';

const listens =
  /\bprocess\s*\.\s*(?:on|once|addListener|prependListener|prependOnceListener)\s*\(\s*['"`](?:exit|beforeExit|SIG[A-Z0-9]+)['"`]\s*,/g;
const exits = /(?<![\w$.])process\s*\.\s*exit\s*\(/g;
const longestBeforeExit = 600;
const longestListener = 4000;
const namesLooked = 20;

/** What a program does at its end, as it is written. */
export interface ExitHandler {
  readonly text: string;
  /** A listener for the end; else the statements just before a call of process.exit(). */
  readonly isListener: boolean;
}

/** In any of its files. */
export function exitHandlersIn(sources: Iterable<Source>): readonly ExitHandler[] {
  return [...sources].flatMap((source) => [
    ...listenersIn(source).map((text) => ({ text, isListener: true })),
    ...[...source.code.matchAll(exits)].map(({ index }) => ({
      text: statementsBefore(source, index),
      isListener: false,
    })),
  ]);
}

function listenersIn({ text, code }: Source): readonly string[] {
  return (
    [...text.matchAll(listens)]
      // In a comment it is blank.
      .filter(({ index }) => code.startsWith('process', index))
      .map(({ 0: head, index }) => {
        const from = index + head.length;
        return text.slice(from, endOfArgument(code, from));
      })
  );
}

function statementsBefore({ text, code }: Source, place: number): string {
  const first = Math.max(0, place - longestBeforeExit);
  const before = code.slice(first, place);
  return text.slice(first + Math.max(before.lastIndexOf('{'), before.lastIndexOf('}')) + 1, place);
}

interface HandledList {
  readonly list: string;
  /** Null where it is a variable. */
  readonly ofClass: string | null;
}

/** Whether one of them names it, but to put something into it, or calls a function of this source that does. */
export function isHandledIn(
  { list, ofClass }: HandledList,
  handlers: readonly ExitHandler[],
  source: Source,
): boolean {
  const name = `${escapedName(list)}(?![\\w$])(?!\\s*\\.\\s*(?:push|unshift|length)\\b)`;
  const anywhere = new RegExp(`(?<![\\w$])${name}`);
  // A variable of that name, in what was called before the exit, is another one.
  const ofObject = ofClass === null ? anywhere : new RegExp(`(?:\\.\\s*#?|#)${name}`);
  return handlers.some(({ text, isListener }) => {
    const names = isListener ? anywhere : ofObject;
    return (
      names.test(text) ||
      calledIn(text).some((called) => bodiesOf(called, source).some((body) => names.test(body)))
    );
  });
}

function calledIn(listener: string): readonly string[] {
  const alone = /^\s*(?:[\w$]+\s*\.\s*)*#?([\w$]+)\s*$/.exec(listener)?.[1];
  const called = [...listener.matchAll(/([\w$]+)\s*\(/g)].map(([, name = '']) => name);
  return [...new Set([...(alone === undefined ? [] : [alone]), ...called])].slice(0, namesLooked);
}

function bodiesOf(name: string, { text, code }: Source): readonly string[] {
  const definition = new RegExp(
    `(?<![\\w$])${escapedName(name)}\\s*(?:=\\s*(?:async\\s*)?(?:function\\s*)?)?\\([^()]*\\)\\s*(?:=>\\s*)?\\{`,
    'g',
  );
  return [...code.matchAll(definition)].map(({ 0: head, index }) => {
    const opener = index + head.length - 1;
    return text.slice(opener, endOfBraces(code.slice(0, opener + longestListener), opener));
  });
}

function endOfArgument(code: string, from: number): number {
  let depth = 0;
  const last = Math.min(code.length, from + longestListener);
  for (let at = from; at < last; at++) {
    if ('([{'.includes(code.charAt(at))) depth++;
    else if (')]}'.includes(code.charAt(at)) && --depth < 0) return at;
  }
  return last;
}
