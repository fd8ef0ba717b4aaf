import { sending } from './leading-line.ts';
import { endOfCall, endOfParentheses, placeOf } from './source-place.ts';
import { endOfBraces, opensFunction, restOfFunction, withoutTexts } from './source-text.ts';

/** Whether the function at a place goes on to send behind the call that stands there, at once or by a timer that it sets. */
export function goesOnToSendBehind(frame: string): boolean {
  const place = placeOf(frame);
  if (place === null) return false;
  const rest = withoutTexts(restOfFunction(place.source, place)).slice(endOfCall(place) - place.offset);
  return sending.test(runAtOnce(rest).replaceAll(posts, '('));
}

const posts = /\b(?:process|parentPort|worker|child|port|channel)\s*\.\s*(?:send|postMessage)\s*\(/g;
/** What stands in their parentheses is run when something comes, which nobody knows. */
const listens = /\.\s*(?:on|once|addListener|prependListener|addEventListener)\s*\(/g;
const definesArrow = /[\w$]+\s*=\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>[^;\n]*/g;
const setsTimer = /\bset(?:Timeout|Interval|Immediate)\s*\([^;{}]*$/;

/** Without the functions that it defines or listens with, which are blank. */
export function runAtOnce(code: string): string {
  return withoutDefinitions(withoutCalls(code, listens)).replaceAll(definesArrow, blank);
}

/** With some calls blank, and what they are given. */
export function withoutCalls(code: string, calls: RegExp): string {
  let kept = '';
  let at = 0;
  for (const { 0: call, index } of code.matchAll(calls)) {
    if (index < at) continue;
    kept += code.slice(at, index);
    at = endOfParentheses(code, index + call.length - 1);
    kept += ' '.repeat(at - index);
  }
  return kept + code.slice(at);
}

function withoutDefinitions(code: string): string {
  let kept = '';
  for (let at = 0; at < code.length; at++) {
    const sign = code.charAt(at);
    if (sign === '{' && opensFunction(kept) && !setsTimer.test(kept)) {
      const end = endOfBraces(code, at);
      kept += ' '.repeat(end - at);
      at = end - 1;
    } else kept += sign;
  }
  return kept;
}

function blank(text: string): string {
  return ' '.repeat(text.length);
}
