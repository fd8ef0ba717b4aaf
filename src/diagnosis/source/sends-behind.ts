import { fileOfFrame } from '../../model/frame.ts';
import { sending } from './leading-line.ts';
import { runAtOnce, withoutCalls } from './rest-behind.ts';
import { withoutOtherCalls } from './sends.ts';
import { endOfCall, endOfParentheses, frameAt, lineAt, placeOf } from './source-place.ts';
import { endOfFunction, escapedName, restOfFunction, withoutTexts } from './source-text.ts';
import { unconditional } from './statements.ts';

/** How code goes on to send. */
export interface WayToSend {
  /** The expressions that it awaits before. */
  readonly awaits: readonly string[];
  /** Of the call that sends, or of that of the function that does. */
  readonly offset: number;
}

/** Functions that call each other on the way. */
const deepest = 2;

/** How the function at a place goes on to send behind the call there, whatever it decides; null where it does not. */
export function wayBehind(frame: string): (WayToSend & { readonly frame: string }) | null {
  const place = placeOf(frame);
  if (place === null) return null;
  const code = withoutTexts(place.source);
  const from = endOfCall(place);
  const to = place.offset + restOfFunction(place.source, place).length;
  const way = wayIn(code.slice(from, to), code, deepest);
  return way === null
    ? null
    : { ...way, frame: frameAt(fileOfFrame(frame), place.source, from + way.offset) };
}

const calls = /(?<![\w$.])([A-Za-z_$][\w$]*)((?:\s*\??\.\s*[\w$]+)*)\s*\(/g;
/** What stands behind it in its statement may not be evaluated. */
const decides = /&&|\|\||\?(?!\.)|=>/;
/** What stands in their parentheses is run later, or instead. */
const putsOff = /(?<![\w$])(?:set(?:Timeout|Interval|Immediate)|queueMicrotask)\s*\(|\.\s*catch\s*\(/g;
/** Words for what is done with a message are in these, too. */
const otherWords = /post-?(?:process|gres|pone|fix)/i;

function wayIn(text: string, code: string, depth: number): WayToSend | null {
  const run = unconditional(runAtOnce(withoutCalls(text, putsOff)));
  for (const { 0: call, 1: name = '', 2: members = '', index } of run.matchAll(calls)) {
    if (decides.test(statementBefore(run, index)) || isDefinition(text, index + call.length - 1)) continue;
    const body = members === '' ? bodyOf(name, code) : null;
    const inner = body === null ? endsIn(call) : depth > 0 ? wayIn(body, code, depth - 1) : null;
    if (inner !== null) return { awaits: [...awaitsIn(run.slice(0, index)), ...inner.awaits], offset: index };
  }
  return null;
}

function endsIn(call: string): Pick<WayToSend, 'awaits'> | null {
  return sending.test(withoutOtherCalls(call)) && !otherWords.test(call) ? { awaits: [] } : null;
}

/** The parentheses that begin here are those of parameters. */
function isDefinition(code: string, at: number): boolean {
  return /^\s*\{/.test(code.slice(endOfParentheses(code, at)));
}

function statementBefore(code: string, at: number): string {
  const before = code.slice(0, at);
  return before.slice(Math.max(...[';', '{', '}'].map((sign) => before.lastIndexOf(sign))) + 1);
}

const onlyOpens = /^(?:await\b|[\s(])*$/;

/** Without those of the call itself, which stands behind. */
function awaitsIn(code: string): readonly string[] {
  return [...code.matchAll(/\bawait\s+([^;\n]+)/g)]
    .map(([, expression = '']) => expression.trim())
    .filter((expression) => !onlyOpens.test(expression));
}

/** What a function that a file declares does; null where it declares none of that name. */
function bodyOf(name: string, code: string): string | null {
  const escaped = escapedName(name);
  const declaration = new RegExp(
    `(?<![\\w$.])(?:function\\s*\\*?\\s*${escaped}\\s*(?=\\()|(?:const|let|var)\\s+${escaped}\\s*=\\s*(?:async\\s*)?(?:function\\s*[\\w$]*\\s*)?(?=\\(|[\\w$]+\\s*=>))`,
  ).exec(code);
  if (declaration === null) return null;
  const from = declaration.index + declaration[0].length;
  const parameters = code.charAt(from) === '(' ? endOfParentheses(code, from) : from;
  const text = code.slice(parameters, endOfFunction(code, from));
  return text.replace(/^[^{=]*=>/, '');
}

/** Whether a function awaits a sleep that was begun there, by itself, and goes on to send whatever comes of it. */
export function sleepsOnItsWay(frames: readonly string[]): boolean {
  return frames.some((frame) => awaitsAlone(frame) && wayBehind(frame) !== null);
}

/** One of several that race is a limit, no sleep. */
function awaitsAlone(frame: string): boolean {
  const place = placeOf(frame);
  return place !== null && /\bawait\b(?!.*\b(?:race|any|all)\b)/.test(lineAt(place));
}
