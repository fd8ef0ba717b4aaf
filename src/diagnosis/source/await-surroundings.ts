import {
  endOfBraces,
  type LineAndColumn,
  longestRest,
  offsetOf,
  openBraces,
  opensFunction,
  withoutTexts,
} from './source-text.ts';

/** What stands around a pending `await` in its function. */
export interface AwaitSurroundings {
  /** The rest of the function, which runs once the `await` is over, from the calls on whose arguments wait for it. */
  readonly after: string;
  /** Whether it stands in a loop without a bound, as code does that waits for work again and again. */
  readonly inEndlessLoop: boolean;
  /** The rest of the function behind a loop around it that runs as long as the program does; null where there is none. */
  readonly afterLoop: string | null;
  /** Whether its function is a listener of the process’s “exit”, behind which nothing asynchronous runs any more. */
  readonly inExitListener?: true;
}

/** What stands before a function that is written where it is given. */
const exitListener = /\.\s*(?:on|once|addListener|prependListener)\s*\(\s*(['"`])exit\1\s*,\s*$/;
const longestCall = 80;

/** `functionText` is the function as V8 gives it; what is no function in the source is taken for the whole module. */
export function awaitSurroundings(
  source: string,
  functionText: string,
  place: LineAndColumn,
): AwaitSurroundings {
  const at = offsetOf(source, place);
  const start = functionText === '' ? -1 : source.lastIndexOf(functionText, at);
  const encloses = start !== -1 && at < start + functionText.length;
  const from = encloses ? start : 0;
  const to = encloses ? start + functionText.length : source.length;
  const before = withoutTexts(source.slice(from, at));
  const rest = source.slice(at, to);
  // Inside a template literal, what closes it would open one.
  const isInTemplate = before.includes('`');
  return {
    after: (callsAround(before) + (isInTemplate ? '`' : '') + rest).slice(0, longestRest),
    inEndlessLoop: isInEndlessLoop(before, rest),
    afterLoop: codeAfterLoop(source.slice(from, to), at - from),
    ...(encloses && exitListener.test(source.slice(Math.max(0, start - longestCall), start))
      ? { inExitListener: true as const }
      : {}),
  };
}

/** Of those that are open at the end of the code, the names, each with its parenthesis: `tell(` in `tell(await answer)`. */
function callsAround(before: string): string {
  const names: string[] = [];
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at--) {
    const sign = before.charAt(at);
    if (')]}'.includes(sign)) depth++;
    else if ('([{'.includes(sign) && depth > 0) depth--;
    else if (depth > 0) continue;
    else if (sign === ';' || (sign === '>' && before.charAt(at - 1) === '=')) break;
    else if (sign === '{' && !/[(,:=[?]\s*$/.test(before.slice(0, at))) break;
    else if (sign === '(') names.unshift(/[\w$.#]+\s*$/.exec(before.slice(0, at))?.[0].trimEnd() ?? '');
  }
  return names.map((name) => `${name}(`).join('');
}

/** By a flag, or by nothing; or over what has no end: events, the ticks of an interval. */
export const unboundedHead =
  /\b(?:while\s*\(\s*(?:true|1|!?\s*[\w$.#]+)\s*\)|for\s*\([^;()]*;\s*;[^;)]*\)|for\s+await\s*\([^;]*?\bof\s+(?:[\w$]+\.)?(?:on|setInterval)\s*\(.*\)\s*\))\s*$/s;

function codeAfterLoop(text: string, at: number): string | null {
  const code = withoutTexts(text);
  const head = bodyOfForAwait(code, at);
  const openers = [...openBraces(code.slice(0, at)), ...(head === -1 ? [] : [head])];
  for (const opener of openers.reverse()) {
    const before = code.slice(0, opener);
    const begins = Math.max(0, ...[...';{}\n'].map((sign) => lastOutside(before, sign)));
    if (!unboundedHead.test(before.slice(begins))) {
      if (opensFunction(before) && !/\bfor\s+await\s*\(/.test(before.slice(begins))) return null;
      continue;
    }
    const end = endOfBraces(code, opener);
    return /\b(?:break|return)\b/.test(code.slice(opener, end))
      ? null
      : text.slice(end).slice(0, longestRest);
  }
  return null;
}

/** Where the body begins of the `for await` in whose head the place is, as V8 has it; -1 where it is in none. */
function bodyOfForAwait(code: string, at: number): number {
  const begun = code.lastIndexOf('for', at);
  const head = /^for\s+await\s*\(/.exec(begun === -1 ? '' : code.slice(begun));
  if (head === null) return -1;
  let depth = 0;
  for (let end = begun + head[0].length - 1; end < code.length; end++) {
    const sign = code.charAt(end);
    if (sign === '(') depth++;
    else if (sign === ')' && --depth === 0) return end < at ? -1 : code.indexOf('{', end);
  }
  return -1;
}

/** The last such sign that stands in no parentheses. */
function lastOutside(code: string, sign: string): number {
  let depth = 0;
  for (let at = code.length - 1; at >= 0; at--) {
    const one = code.charAt(at);
    if (one === ')') depth++;
    else if (one === '(') depth--;
    else if (depth === 0 && one === sign) return at + 1;
  }
  return -1;
}

const endlessHead = /\b(?:while\s*\(.*\)|for\s*\([^;)]*;\s*;[^;)]*\)|for\s+await\s*\(.*\)|do)\s*$/s;

/** Whether a loop's body was opened before and not closed again; `for await` awaits in its own head. */
function isInEndlessLoop(before: string, after: string): boolean {
  // V8 has the place of `for await` somewhere in its head.
  if (/^for\s+await\b/.test(after) || /\bfor\s+(?:await\s*\([^;()]*)?$/.test(before)) return true;
  const open: boolean[] = [];
  let headFrom = 0;
  for (let at = 0; at < before.length; at++) {
    const sign = before.charAt(at);
    if (sign === '{') open.push(endlessHead.test(before.slice(headFrom, at)));
    else if (sign === '}') open.pop();
    if (sign === '{' || sign === '}' || (sign === ';' && !isInParentheses(before.slice(headFrom, at))))
      headFrom = at + 1;
  }
  return open.includes(true) || endlessHead.test(before.slice(headFrom).replace(/[^)]*$/, ''));
}

function isInParentheses(text: string): boolean {
  let depth = 0;
  for (const sign of text)
    if (sign === '(') depth++;
    else if (sign === ')') depth--;
  return depth > 0;
}
