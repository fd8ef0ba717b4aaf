import { isSender, sendsByWay } from './sending-code.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';

const longestCall = 4000;

/**
 * Whether the call at a place of the program's own code is given a function that sends, itself or by its name; or, where
 * it is a method that is given none, whether what made its object was.
 */
export function isGivenSender(frame: string): boolean {
  const { file, line, column } = placeOf(frame);
  const source = readSource(file);
  const lines = source.split('\n').slice(line - 1);
  const [text = '', ...rest] = lines;
  if (givesSender([text.slice(column - 1), ...rest].join('\n'), source)) return true;
  const object = /([A-Za-z_$][\w$]*)\s*\.\s*$/.exec(text.slice(0, column - 1))?.[1];
  if (object === undefined) return false;
  const made = new RegExp(`\\b(?:const|let|var)\\s+${object.replaceAll('$', '\\$')}\\s*=`).exec(source);
  return made !== null && givesSender(source.slice(made.index), source);
}

/** Whether the first call of a text is given one. */
function givesSender(text: string, source: string): boolean {
  const given = inParentheses(withoutStrings(text.slice(0, longestCall)));
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
