import fs from 'node:fs';
import { isSender, sendsByWay } from './sending-code.cjs';
import { withoutStrings } from './source-text.cjs';

// Taken before the program can replace it.
const { readFileSync } = fs;
const longestFile = 200_000;
const longestCall = 4000;

/** Whether the call at a place of the program's own code is given a function that sends, itself or by its name. */
export function isGivenSender(frame: string): boolean {
  const [, file = '', line = '', column = ''] = /^(.*):(\d+):(\d+)(?: \(|$)/.exec(frame) ?? [];
  const source = readSource(file);
  const lines = source.split('\n').slice(Number(line) - 1);
  const call = [lines[0]?.slice(Number(column) - 1) ?? '', ...lines.slice(1)].join('\n');
  const given = inParentheses(withoutStrings(call.slice(0, longestCall)));
  if (/=>|\bfunction\b|\)\s*\{/.test(given) && sendsByWay(given, source)) return true;
  const names: readonly string[] = given.match(/(?<![\w$.])[A-Za-z_$][\w$]*(?=\s*(?:[,\]}]|$))/g) ?? [];
  return names.some((name) => isSender(name, source));
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, longestFile);
  } catch {
    return '';
  }
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
