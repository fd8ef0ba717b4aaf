import type { Source } from './own-code.ts';
import { endOfBraces, escapedName } from './source-text.ts';

const listens =
  /\bprocess\s*\.\s*(?:on|once|addListener|prependListener|prependOnceListener)\s*\(\s*['"`](?:exit|beforeExit|SIG[A-Z0-9]+)['"`]\s*,/g;
const exits = /(?<![\w$.])process\s*\.\s*exit\s*\(/g;
const longestBeforeExit = 600;
const longestListener = 4000;
const namesLooked = 20;

/**
 * What a program does at its end, in any of its files, as it is written: its listeners for that, and the statements just
 * before it calls process.exit().
 */
export function farewellsIn(sources: Iterable<Source>): readonly string[] {
  return [...sources].flatMap(({ text, code }) => [
    ...[...text.matchAll(listens)]
      // In a comment it is blank.
      .filter(({ index }) => code.startsWith('process', index))
      .map(({ 0: head, index }) => {
        const from = index + head.length;
        return text.slice(from, endOfArgument(code, from));
      }),
    ...[...code.matchAll(exits)].map(({ index }) => {
      const from = Math.max(0, index - longestBeforeExit);
      return text.slice(
        from + Math.max(...['{', '}'].map((brace) => code.slice(from, index).lastIndexOf(brace))) + 1,
        index,
      );
    }),
  ]);
}

/** Whether one of them names it, but to put something into it, or calls a function of this source that does. */
export function isSeenTo(name: string, farewells: readonly string[], source: Source): boolean {
  const names = new RegExp(
    `(?<![\\w$])${escapedName(name)}(?![\\w$])(?!\\s*\\.\\s*(?:push|unshift|length)\\b)`,
  );
  return farewells.some(
    (farewell) =>
      names.test(farewell) ||
      calledIn(farewell).some((called) => bodiesOf(called, source).some((body) => names.test(body))),
  );
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
