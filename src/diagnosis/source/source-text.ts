/** A place in a source, both counted from 1. */
export interface LineAndColumn {
  readonly line: number;
  readonly column: number;
}

/** Characters of code that are looked at, or kept. */
export const longestRest = 4000;

/** The function that is written at the place: up to the end of the argument that it is. */
export function functionAt(source: string, place: LineAndColumn): string {
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

const controlWords = /\b(?:if|for|while|switch|catch|with)$/;
/** A word and the space behind it: the rest of a long file is not gone through for it. */
const longestWord = 40;

/**
 * What the function around the place has still to do after it: the rest of the function, or of the module. Empty where
 * the place is in an arrow function without braces, whose end is not known.
 */
export function restOfFunction(source: string, place: LineAndColumn): string {
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
export function loopAround(source: string, place: LineAndColumn): string {
  const at = offsetOf(source, place);
  const code = withoutTexts(source);
  const opener = openBody(code.slice(0, at)) ?? 0;
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

export function openBraces(code: string): number[] {
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code.charAt(at) === '{') open.push(at);
    else if (code.charAt(at) === '}') open.pop();
  }
  return open;
}

/** What stands before each brace that is open at the end of this code. */
export function openHeads(code: string): readonly string[] {
  return openBraces(code).map((opener) => code.slice(0, opener));
}

/** Whether a brace after this code opens the body of a function. */
export function opensFunction(before: string): boolean {
  const head = before.trimEnd();
  if (head.endsWith('=>')) return true;
  if (!head.endsWith(')')) return false;
  let depth = 0;
  for (let at = head.length - 1; at >= 0; at--) {
    if (head.charAt(at) === ')') depth++;
    else if (head.charAt(at) === '(' && --depth === 0)
      return !controlWords.test(head.slice(Math.max(0, at - longestWord), at).trimEnd());
  }
  return false;
}

/** Where the body of the innermost function begins that is still open at the end of this code; null at the top of a file. */
export function openBody(code: string): number | null {
  return openBraces(code).findLast((brace) => opensFunction(code.slice(0, brace))) ?? null;
}

export function endOfBraces(code: string, opener: number): number {
  let depth = 0;
  for (let at = opener; at < code.length; at++) {
    if (code.charAt(at) === '{') depth++;
    else if (code.charAt(at) === '}' && --depth === 0) return at + 1;
  }
  return code.length;
}

/** Of a function whose parameters begin here. */
export function endOfFunction(code: string, at: number): number {
  let depth = 0;
  for (let end = at; end < code.length; end++) {
    const sign = code.charAt(end);
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) {
      if (--depth < 0) return end;
      if (depth === 0 && sign === '}') return end + 1;
    } else if (depth === 0 && (sign === ';' || sign === ',')) return end;
  }
  return code.length;
}

/** Braces in texts and comments open nothing; the length stays. */
export function withoutTexts(code: string): string {
  return code.replaceAll(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (text) => ' '.repeat(text.length),
  );
}

/** A name as a pattern that matches it. */
export function escapedName(name: string): string {
  return name.replaceAll('$', '\\$');
}

/** Where an offset of a source lies. */
export function placeIn(source: string, offset: number): LineAndColumn {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export function offsetOf(source: string, { line, column }: LineAndColumn): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = source.indexOf('\n', offset);
    if (end === -1) return source.length;
    offset = end + 1;
  }
  return Math.min(source.length, offset + column - 1);
}
