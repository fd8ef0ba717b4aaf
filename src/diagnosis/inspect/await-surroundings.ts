/** What stands around a pending `await` in its function. */
export interface AwaitSurroundings {
  /** The rest of the function, which runs once the `await` is over, from the calls on whose arguments wait for it. */
  readonly after: string;
  /** Whether it stands in a loop without a bound, as code does that waits for work again and again. */
  readonly inEndlessLoop: boolean;
  /** The rest of the function behind a loop around it that runs as long as the program does; null where there is none. */
  readonly afterLoop: string | null;
}

/** Characters of the rest that are kept. */
const longestRest = 4000;

/** `functionText` is the function as V8 gives it; what is no function in the source is taken for the whole module. */
export function awaitSurroundings(
  source: string,
  functionText: string,
  place: { readonly line: number; readonly column: number },
): AwaitSurroundings {
  const at = offsetOf(source, place);
  const start = functionText === '' ? -1 : source.lastIndexOf(functionText, at);
  const encloses = start !== -1 && at < start + functionText.length;
  const from = encloses ? start : 0;
  const to = encloses ? start + functionText.length : source.length;
  return {
    after: (callsAround(withoutTexts(source.slice(from, at))) + source.slice(at, to)).slice(0, longestRest),
    inEndlessLoop: isInEndlessLoop(withoutTexts(source.slice(from, at)), source.slice(at, to)),
    afterLoop: codeAfterLoop(source.slice(from, to), at - from),
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
  /\b(?:while\s*\(\s*(?:true|1|!?\s*[\w$.#]+)\s*\)|for\s*\(\s*;\s*;[^;)]*\)|for\s+await\s*\([^;]*?\bof\s+(?:[\w$]+\.)?(?:on|setInterval)\s*\(.*\)\s*\))\s*$/s;

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

export function endOfBraces(code: string, opener: number): number {
  let depth = 0;
  for (let at = opener; at < code.length; at++) {
    if (code.charAt(at) === '{') depth++;
    else if (code.charAt(at) === '}' && --depth === 0) return at + 1;
  }
  return code.length;
}

const controlWords = /\b(?:if|for|while|switch|catch|with)$/;

/**
 * What the function around the place has still to do after it: the rest of the function, or of the module. Empty where
 * the place is in an arrow function without braces, whose end is not known.
 */
export function restOfFunction(
  source: string,
  place: { readonly line: number; readonly column: number },
): string {
  const at = offsetOf(source, place);
  const code = withoutTexts(source);
  const openers = openBraces(code.slice(0, at));
  const statement = code.slice(openers.at(-1) ?? 0, at);
  if (/=>(?!\s*\{)[^;]*$/.test(statement)) return '';
  let depth = 0;
  for (let end = at; end < code.length; end++) {
    const sign = code.charAt(end);
    if (sign === '{') depth++;
    else if (sign === '}' && depth > 0) depth--;
    else if (sign === '}') {
      const opener = openers.pop();
      if (opener === undefined || opensFunction(code.slice(0, opener))) return code.slice(at, end);
    }
  }
  return code.slice(at);
}

const loopWords = /\b(?:while|for|do)\b/g;

/** The innermost loop around a place, head and body, in the same function; empty where there is none. */
export function loopAround(
  source: string,
  place: { readonly line: number; readonly column: number },
): string {
  const at = offsetOf(source, place);
  const code = withoutTexts(source);
  const opener = openBraces(code.slice(0, at)).findLast((brace) => opensFunction(code.slice(0, brace))) ?? 0;
  const heads = [...code.slice(opener, at).matchAll(loopWords)].map(({ index }) => opener + index);
  for (const head of heads.reverse()) {
    const end = endOfLoop(code, head);
    if (at <= end) return code.slice(head, end);
  }
  return '';
}

function endOfLoop(code: string, head: number): number {
  let depth = 0;
  for (let at = head; at < code.length; at++) {
    const sign = code.charAt(at);
    if (sign === '(' || sign === '[') depth++;
    else if (sign === ')' || sign === ']') depth--;
    else if (depth === 0 && sign === '{') return endOfBraces(code, at);
    else if (depth === 0 && (sign === ';' || sign === '}')) return at;
  }
  return code.length;
}

/** The function that is written at the place: up to the end of the argument that it is. */
export function functionAt(
  source: string,
  place: { readonly line: number; readonly column: number },
): string {
  const at = offsetOf(source, place);
  const code = withoutTexts(source.slice(at, at + longestRest));
  let depth = 0;
  for (let end = 0; end < code.length; end++) {
    const sign = code.charAt(end);
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign) && --depth < 0) return source.slice(at, at + end);
    else if (depth === 0 && (sign === ',' || sign === ';')) return source.slice(at, at + end);
  }
  return source.slice(at, at + code.length);
}

export function openBraces(code: string): number[] {
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code.charAt(at) === '{') open.push(at);
    else if (code.charAt(at) === '}') open.pop();
  }
  return open;
}

/** Whether a brace after this code opens the body of a function. */
export function opensFunction(before: string): boolean {
  const head = before.trimEnd();
  if (head.endsWith('=>')) return true;
  if (!head.endsWith(')')) return false;
  let depth = 0;
  for (let at = head.length - 1; at >= 0; at--) {
    if (head.charAt(at) === ')') depth++;
    else if (head.charAt(at) === '(' && --depth === 0) return !controlWords.test(head.slice(0, at).trimEnd());
  }
  return false;
}

function offsetOf(
  source: string,
  { line, column }: { readonly line: number; readonly column: number },
): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = source.indexOf('\n', offset);
    if (end === -1) return source.length;
    offset = end + 1;
  }
  return Math.min(source.length, offset + column - 1);
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

/** Braces in texts and comments open nothing; the length stays. */
export function withoutTexts(code: string): string {
  return code.replaceAll(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (text) => ' '.repeat(text.length),
  );
}
