import { endOfParentheses } from './source-place.ts';
import { endOfBraces } from './source-text.ts';

const orElse = /^\s*else\b\s*(if\s*\()?/;

/** Behind what an `if` does, and its `else`; `from` is behind its condition. */
export function endOfBranches(code: string, from: number): number {
  let end = endOfStatement(code, from);
  for (let more = orElse.exec(code.slice(end)); more !== null; more = orElse.exec(code.slice(end)))
    end = endOfStatement(
      code,
      more[1] === undefined ? end + more[0].length : endOfParentheses(code, end + more[0].length - 1),
    );
  return end;
}

export function endOfStatement(code: string, from: number): number {
  const start = from + (/^\s*/.exec(code.slice(from))?.[0].length ?? 0);
  if (code.charAt(start) === '{') return endOfBraces(code, start);
  const end = code.indexOf(';', start);
  return end === -1 ? code.length : end + 1;
}

const turning =
  /(?<![\w$.])(?:(if|for|while|switch|catch)(?:\s+await)?\s*(?=[({])|(else|do)\b|(return|throw)\b|(?:break|continue|case|default)\b)/g;
const leaving = /\b(?:return|throw|break|continue)\b/;

/** Of code without texts, what runs whatever is decided in it, up to where it may be left; what does not is blank. */
export function unconditional(code: string): string {
  let kept = '';
  let at = 0;
  for (const { 0: word, 1: head, 2: other, 3: leaves, index } of code.matchAll(turning)) {
    if (index < at) continue;
    kept += code.slice(at, index);
    if (leaves !== undefined) return kept + code.slice(index, endOfStatement(code, index));
    if (head === undefined && other === undefined) return kept;
    const opener = index + word.length;
    const body = code.charAt(opener) === '(' ? endOfParentheses(code, opener) : opener;
    at = head === 'if' ? endOfBranches(code, body) : endOfStatement(code, body);
    kept += code.slice(index, body) + ' '.repeat(at - body);
    if (head === 'if' && leaving.test(code.slice(body, at))) return kept;
  }
  return kept + code.slice(at);
}
