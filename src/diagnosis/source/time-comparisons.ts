import { endOfBraces } from './source-text.ts';

/** A comparison that is true once a time has come, as `Date.now() >= job.at` is. */
export interface TimeComparison {
  /** Where its statement begins, or its line. */
  readonly at: number;
  /** Both sides; one of them says what the time is now. */
  readonly from: number;
  readonly operator: number;
  readonly to: number;
  /** What is done where it is true; null where it is the answer of a function, or kept in a variable. */
  readonly body: { readonly from: number; readonly to: number } | null;
}

const operators = /(?<![=<>!?-])(?:[<>]=?)(?![=<>])/g;
const nowCalls = /\bnew\s+Date\s*(?:\(\s*\)|(?![\w$(.]))|\bDate\s*\.\s*now\s*\(\s*\)/;
const nowNames = /(?<![\w$.])(?:now|nowMs|nowSeconds|current(?:Time|Ms|Date))(?![\w$])/;
const isNow = new RegExp(`${nowCalls.source}|${nowNames.source}`);
const subtractsNow = new RegExp(`-\\s*(?:${nowCalls.source}|${nowNames.source})`);
/** What an expression may call without doing anything. */
const harmless = /^(?:Date|Date\.now|Date\.parse|Number|Math\.\w+|[\w$.#]*\.(?:getTime|valueOf))$/;
const longestSide = 120;
const longestHead = 200;
const stopsAt = /[;{}?:,=!&|~^<>]/;
const words = /(?<![\w$.])(?:return|if|while|await|yield|typeof|void|delete|in|of|instanceof)(?![\w$])/;

/** Those of a code without texts. */
export function timeComparisons(code: string): readonly TimeComparison[] {
  if (!isNow.test(code)) return [];
  const found: TimeComparison[] = [];
  for (const { 0: operator, index } of code.matchAll(operators)) {
    const from = beginOfSide(code, index);
    const to = endOfSide(code, index + operator.length);
    const [left, right] = [code.slice(from, index), code.slice(index + operator.length, to)];
    if (!isPlain(left) || !isPlain(right) || !isTrueWhenDue(left, operator, right)) continue;
    const way = wayOf(code, from, to);
    if (way !== null) found.push({ from, operator: index, to, ...way });
  }
  return found;
}

function beginOfSide(code: string, end: number): number {
  let depth = 0;
  let at = end;
  for (; at > 0 && end - at < longestSide; at--) {
    const sign = code.charAt(at - 1);
    if (sign === ')' || sign === ']') depth++;
    else if ((sign === '(' || sign === '[') && --depth < 0) break;
    else if (depth === 0 && stopsAt.test(sign)) break;
    else if (depth === 0 && /(?<![\w$.])(?:return|if|while|await)$/.test(code.slice(Math.max(0, at - 8), at)))
      break;
  }
  return at + (/^\s*/.exec(code.slice(at, end))?.[0].length ?? 0);
}

function endOfSide(code: string, begin: number): number {
  let depth = 0;
  let at = begin;
  for (; at < code.length && at - begin < longestSide; at++) {
    const sign = code.charAt(at);
    if (sign === '(' || sign === '[') depth++;
    else if ((sign === ')' || sign === ']') && --depth < 0) break;
    else if (depth === 0 && (stopsAt.test(sign) || (sign === '\n' && code.slice(begin, at).trim() !== '')))
      break;
  }
  return at;
}

/** Whether asking for its value a second time changes nothing. */
function isPlain(side: string): boolean {
  if (side.trim() === '' || words.test(side) || /\+\+|--|[`'"[]/.test(side)) return false;
  const calls = side.matchAll(/([\w$.#\s]*?[\w$#]+|\))\s*\(/g);
  return [...calls].every(([, name = '']) => {
    const called = name.replace(/^\s*new\s+/, '').replaceAll(/\s/g, '');
    return called === ')' || harmless.test(called);
  });
}

function isTrueWhenDue(left: string, operator: string, right: string): boolean {
  const rises = (side: string) => isNow.test(side) && !subtractsNow.test(side);
  const falls = (side: string) => subtractsNow.test(side);
  return operator.startsWith('>') ? rises(left) || falls(right) : rises(right) || falls(left);
}

type Way = Pick<TimeComparison, 'at' | 'body'>;

/** Null where its being true is not what something waits for, or not all that it waits for. */
function wayOf(code: string, from: number, to: number): Way | null {
  const start = Math.max(0, from - longestHead);
  const before = code.slice(start, from);
  const condition = /(?<![\w$])if\s*\((?:[^;{}|!()]|\([^()]*\))*$/.exec(before);
  if (condition !== null && !/=>/.test(condition[0])) {
    const opens = start + condition.index + condition[0].indexOf('(');
    const closes = endOfParentheses(code, opens);
    if (/\|\|/.test(code.slice(to, closes))) return null;
    const body = bodyBehind(code, closes + 1);
    return { at: start + condition.index, body };
  }
  const answer = /(?:(?<![\w$.])return|=>|(?:const|let)\s+[\w$]+\s*=)\s*(?:[^;{}|!?=\n]*&&\s*)?\(?\s*$/.exec(
    before,
  );
  if (answer === null || /^\s*\)?\s*(?:\|\||\?)/.test(code.slice(to))) return null;
  const isArrow = answer[0].startsWith('=>');
  return { at: isArrow ? from : start + answer.index, body: null };
}

function endOfParentheses(code: string, opener: number): number {
  let depth = 0;
  for (let at = opener; at < code.length; at++) {
    if (code.charAt(at) === '(') depth++;
    else if (code.charAt(at) === ')' && --depth === 0) return at;
  }
  return code.length;
}

function bodyBehind(code: string, at: number): { readonly from: number; readonly to: number } {
  const from = at + (/^\s*/.exec(code.slice(at))?.[0].length ?? 0);
  if (code.charAt(from) === '{') return { from, to: endOfBraces(code, from) };
  const end = code.indexOf('\n', from);
  return { from, to: end === -1 ? code.length : end };
}

/** Names, and names of members, whose values a side of it is made of. */
export function namesIn(side: string): readonly string[] {
  const names = side
    .replaceAll(new RegExp(`${nowCalls.source}|\\bnew\\s+|\\.(?:getTime|valueOf)\\s*\\(\\s*\\)`, 'g'), ' ')
    .matchAll(/(?<![\w$.#])[A-Za-z_$][\w$]*(?:\s*\.\s*#?[A-Za-z_$][\w$]*)*(?!\s*[\w$.]*\()/g);
  return [...names]
    .map(([name]) => name.replaceAll(/\s/g, ''))
    .filter((name) => !/^(?:new|Date|Number|Math)\b/.test(name));
}
