import { isSender, sendsByWay } from './sending-code.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';

const longestCall = 4000;

/** Whether the call at a place of the program's own code is given a function that sends, itself or by its name. */
export function isGivenSender(frame: string): boolean {
  const { file, line, column } = placeOf(frame);
  const source = readSource(file);
  const lines = source.split('\n').slice(line - 1);
  const call = [lines[0]?.slice(column - 1) ?? '', ...lines.slice(1)].join('\n');
  const given = inParentheses(withoutStrings(call.slice(0, longestCall)));
  if (/=>|\bfunction\b|\)\s*\{/.test(given) && sendsByWay(given, source)) return true;
  const names: readonly string[] = given.match(/(?<![\w$.])[A-Za-z_$][\w$]*(?=\s*(?:[,\]}]|$))/g) ?? [];
  return names.some((name) => isSender(name, source));
}

/** Of the first call in it. */
function inParentheses(code: string): string {
  const open = code.indexOf('(');
  let depth = 0;
  for (let index = open; index >= 0 && index < code.length; index++) {
    if (code[index] === '(') depth++;
    else if (code[index] === ')' && --depth === 0) return code.slice(open + 1, index);
  }
  return '';
}
