import { withoutTexts } from './source-text.ts';

const declared =
  /\bfunction\s*\*?\s*[\w$]+\s*\(|\bclass\s+[\w$]+|\b(?:const|let|var)\s+[\w$]+\s*=\s*(?:async\s*)?(?:function\b|(?:\([^()]*\)|[\w$]+)\s*=>)/g;

/** Code without the functions and classes that it only declares: they run when something calls them. */
export function withoutDeclarations(text: string): string {
  const code = withoutTexts(text);
  let kept = '';
  let from = 0;
  for (const { 0: head, index } of code.matchAll(declared)) {
    if (index < from) continue;
    kept += text.slice(from, index);
    from = endOfDeclaration(code, head.endsWith('(') ? index + head.length - 1 : index + head.length);
  }
  return kept + text.slice(from);
}

/** After its body's closing brace, or where the expression of an arrow function ends. */
function endOfDeclaration(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const sign = code.charAt(at);
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign) && --depth <= 0 && (sign === '}' || depth < 0)) return at + 1;
    else if (depth === 0 && sign === ';') return at;
  }
  return code.length;
}
