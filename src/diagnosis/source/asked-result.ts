import {
  endOfBraces,
  escapedName,
  type LineAndColumn,
  offsetOf,
  restOfFunction,
  withoutTexts,
} from './source-text.ts';

/** The code that runs where a call at the place returned nothing, as far as the function around it asks for that; else empty. */
export function codeWithoutResult(source: string, place: LineAndColumn): string {
  const at = offsetOf(source, place);
  const line = source.slice(source.lastIndexOf('\n', at - 1) + 1, at);
  const rest = withoutTexts(restOfFunction(source, place));
  if (/\bif\s*\(\s*!\s*(?:await\s+)?[\w$.]*$/.test(line)) return statementBehind(rest, 0);
  const name = /([\w$]+)\s*=\s*(?:await\s+)?[\w$.]*$/.exec(line)?.[1];
  if (name === undefined) return '';
  const isNothing = `(?:!\\s*${escapedName(name)}|${escapedName(name)}\\s*===?\\s*(?:null|undefined))`;
  const found = new RegExp(`\\bif\\s*\\(\\s*${isNothing}\\s*\\)`).exec(rest);
  return found === null ? '' : statementBehind(rest, found.index + found[0].length);
}

function statementBehind(code: string, from: number): string {
  const opens = /^[^;{]*\{/.exec(code.slice(from))?.[0];
  const end = opens === undefined ? code.indexOf(';', from) : endOfBraces(code, from + opens.length - 1);
  return code.slice(from, end === -1 ? code.length : end);
}
