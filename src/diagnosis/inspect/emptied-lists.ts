import { endOfBraces, opensFunction } from '../source/source-text.ts';
import type { Source } from './own-code.ts';
import { isSentWhole } from './sent-whole.ts';
import { nameBefore } from './stuck-queues.ts';

/** A place where a function that a timer calls takes all that a list holds, and sends it whatever it is. */
export interface Emptying {
  readonly list: string;
  /** The class whose objects have the list; null where it is a variable. */
  readonly ofClass: string | null;
  readonly at: number;
  /** Where the function's body begins. */
  readonly body: number;
}

/** What is taken is used: a call alone only shortens a list. */
const empties =
  /(?:[=(.[]|\bof\b)\s*(this\s*\.\s*#?)?\b([\w$]+)\s*\.\s*splice\s*\(\s*0\s*(?:,\s*[^()]*)?\)|(?:^|[;{}\n])\s*(this\s*\.\s*#?)?\b([\w$]+)\s*(?:=\s*\[\s*\]|\.\s*length\s*=\s*0)/g;
const setsTimer = /\bset(?:Interval|Timeout)\s*\(\s*(?:async\s*)?(?:function\s*)?\(\s*\)\s*(?:=>\s*)?$/;
const calledByTimer =
  /\bset(?:Interval|Timeout)\s*\(\s*(?:async\s*)?(?:\(\s*\)\s*=>\s*\{?\s*)?(?:void\s+|await\s+|return\s+)?(?:[\w$]+\s*\.\s*)?#?([\w$]+)/g;
/** Characters of a file: a larger one is a bundle, and the thread waits meanwhile. */
const longestCode = 512 * 1024;
const longestBody = 8000;
/** Of what stands before a body, and says whose it is. */
const longestHead = 300;

/**
 * `sends` says whether a call, as it is written, sends something, and `isDue` whether a timer that is still to fire calls
 * the function of this body by another way.
 */
export function emptyings(
  source: Source,
  sends: (call: string) => boolean,
  isDue: ((body: number) => boolean) | null = null,
): readonly Emptying[] {
  const { code } = source;
  if (code.length > longestCode || (isDue === null && !/\bset(?:Interval|Timeout)\b/.test(code))) return [];
  const names = new Set([...code.matchAll(calledByTimer)].map(([, name = '']) => name));
  const found: Emptying[] = [];
  const braces = new OpenBraces(code);
  for (const { 0: text, 1: self, 2: taken, 3: selfEmptied, 4: emptied, index } of code.matchAll(empties)) {
    const list = taken ?? emptied ?? '';
    const at = index + text.indexOf(list);
    const openers = braces.at(at);
    const body = openers.findLast((opener) => opensFunction(code.slice(0, opener)));
    if (body === undefined) continue;
    const name = nameBefore(headOf(code, body));
    const isTimers = setsTimer.test(headOf(code, body)) || (name !== null && names.has(name));
    if (!isTimers && isDue?.(body) !== true) continue;
    const isOfObject = (self ?? selfEmptied) !== undefined;
    const ofClass = isOfObject ? classIn(code, openers, body) : null;
    if (isOfObject && ofClass === null) continue;
    const end = endOfBody(code, body);
    if (
      end !== null &&
      isSentWhole(list, { code: code.slice(body, end), text: source.text.slice(body, end) }, sends)
    )
      found.push({ list, ofClass, at, body });
  }
  return found;
}

/** Braces that are open at places of a code, which are asked for in their order: one pass for all of them. */
class OpenBraces {
  readonly #code: string;
  readonly #open: number[] = [];
  #passed = 0;

  constructor(code: string) {
    this.#code = code;
  }

  at(place: number): readonly number[] {
    for (; this.#passed < place; this.#passed++) {
      const sign = this.#code.charAt(this.#passed);
      if (sign === '{') this.#open.push(this.#passed);
      else if (sign === '}') this.#open.pop();
    }
    return this.#open;
  }
}

function headOf(code: string, opener: number): string {
  return code.slice(Math.max(0, opener - longestHead), opener);
}

/** The class that the body is in. */
function classIn(code: string, openers: readonly number[], body: number): string | null {
  const around = openers.filter((opener) => opener < body);
  return (
    around.flatMap((opener) => /\bclass\s+([\w$]+)[^{};]*$/.exec(headOf(code, opener))?.[1] ?? []).at(-1) ??
    null
  );
}

/** Null where it is longer than what is read. */
function endOfBody(code: string, body: number): number | null {
  const text = code.slice(body, body + longestBody);
  const end = endOfBraces(text, 0);
  return end === text.length && body + end < code.length ? null : body + end;
}
