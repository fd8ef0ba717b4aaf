import { endOfParentheses } from './source-place.ts';
import { openBraces, opensFunction, withoutTexts } from './source-text.ts';

/** Whether the code at an offset stands in a `try` whose `catch` says nothing of what it receives; strings are left out. */
export function isSilenced(code: string, at: number): boolean {
  const open = openTries(code.slice(0, at)).at(-1);
  if (open === undefined) return false;
  const end = endOfBlock(code, open);
  const handler = /^\s*catch\s*(?:\(\s*([\w$]*)[^)]*\)\s*)?\{/.exec(code.slice(end));
  if (handler === null) return false;
  const from = end + handler[0].length - 1;
  return saysNothing(code.slice(from + 1, endOfBlock(code, from) - 1), handler[1] ?? '');
}

/** Where the blocks begin that are open at the end. */
function openTries(before: string): readonly number[] {
  const open: { readonly from: number; readonly isTry: boolean }[] = [];
  for (const { 0: sign, index } of before.matchAll(/[{}]/g)) {
    if (sign === '}') open.pop();
    else open.push({ from: index, isTry: /\btry\s*$/.test(before.slice(0, index)) });
  }
  return open.filter(({ isTry }) => isTry).map(({ from }) => from);
}

/** After the brace that closes the one at `from`. */
function endOfBlock(code: string, from: number): number {
  let depth = 0;
  for (let index = from; index < code.length; index++) {
    if (code[index] === '{') depth++;
    else if (code[index] === '}' && --depth === 0) return index + 1;
  }
  return code.length;
}

function saysNothing(handler: string, error: string): boolean {
  const body = handler.replaceAll(unlessAsked, (statement, name: string) =>
    process.env[name] === undefined ? '' : statement,
  );
  return !names(body, error) && !/\bthrow\b|[\w$]\s*\(/.test(body);
}

/** Strings are left out: parentheses in them don't count. */
function onlyLogs(handler: string): boolean {
  let rest = handler;
  for (let call = logCall.exec(rest); call !== null; call = logCall.exec(rest)) {
    const open = call.index + call[0].length - 1;
    rest = rest.slice(0, call.index) + rest.slice(endOfParentheses(rest, open));
  }
  return rest !== handler && !/\bthrow\b|\bawait\b|[\w$]\s*\(/.test(rest);
}

const logCall =
  /(?:\b(?:console|process\.std(?:out|err)|\w*log(?:ger)?)\s*\.\s*\w+|\b(?:log|warn|print)\w*)\s*\(/i;

/** Whether the code has the error by its name. */
function names(code: string, error: string): boolean {
  const words: readonly string[] = code.match(/[\w$]+/g) ?? [];
  return error !== '' && words.includes(error);
}

/** What is said only where a variable of the environment asks for it; the program has the doctor's. */
const unlessAsked = /\bif\s*\(\s*process\.env\.(\w+)\s*\)\s*(?:\{[^{}]*\}|[^;{}\n]*)/g;

export interface TryAround {
  /** What its block had still to do. */
  readonly rest: string;
  /** Its `catch` does nothing, and nothing tries again. */
  readonly isSilent: boolean;
  /** Its `catch` passes the error on to nobody. */
  readonly dropsError: boolean;
  /** Its `catch` writes to a log and does nothing else, and nothing tries again. */
  readonly onlyLogs: boolean;
}

interface Catch {
  /** Where the block of its `try` begins and ends. */
  readonly from: number;
  readonly end: number;
  /** Its own block, between the braces. */
  readonly body: { readonly from: number; readonly to: number };
  /** The name that it gives the error; empty where it has none. */
  readonly error: string;
}

/** The `catch` around an offset, in the same function; strings are left out of the code. Null where there is none. */
export function catchAround(code: string, at: number): Catch | null {
  const open = openBraces(code.slice(0, at));
  for (const from of open.reverse()) {
    const before = code.slice(0, from);
    if (opensFunction(before)) return null;
    if (!/\btry\s*$/.test(before)) continue;
    const end = endOfBlock(code, from);
    const handler = /^\s*catch\s*(?:\(\s*([\w$]*)[^)]*\)\s*)?\{/.exec(code.slice(end));
    if (handler === null) continue;
    const body = end + handler[0].length - 1;
    return {
      from,
      end,
      body: { from: body + 1, to: endOfBlock(code, body) - 1 },
      error: handler[1] ?? '',
    };
  }
  return null;
}

/** The `try` with a `catch` around an offset of a source, in the same function; null where there is none. */
export function silentTryAround(source: string, at: number): TryAround | null {
  const code = withoutTexts(source);
  const around = catchAround(code, at);
  if (around === null) return null;
  const { from, end, body, error } = around;
  const text = code.slice(body.from, body.to);
  const triesAgain = /\bbreak\b|\breturn\b/.test(code.slice(from, end));
  return {
    rest: code.slice(at, end),
    isSilent: saysNothing(text, error) && !triesAgain,
    onlyLogs: onlyLogs(text) && !triesAgain,
    dropsError:
      !names(text, error) &&
      !/\bthrow\b|\b(?:console|log\w*|warn|report\w*)\s*[.(]/.test(text) &&
      !triesAgain,
  };
}
