import fs from 'node:fs';

// Taken before the program can replace it.
const { readFileSync } = fs;
const longestFile = 200_000;

/** As much of a file as is looked at; empty where it can't be read. */
export function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, longestFile);
  } catch {
    return '';
  }
}

const codes = new Map<string, string>();
const codesKept = 50;

/** A file without its strings; empty where it can't be read, as of code that was given on the command line. */
export function codeOf(file: string): string {
  const known = codes.get(file);
  if (known !== undefined) return known;
  const code = withoutStrings(readSource(file));
  if (codes.size < codesKept) codes.set(file, code);
  return code;
}

export { positionOf as placeOf } from '../../../model/frame.ts';

const quoted = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^{}`]*\})*`/.source;
const quotedOrComment = new RegExp(`${quoted}|//[^\\n]*|/\\*[^]*?\\*/`, 'g');

function breaksIn(text: string): string {
  return text.includes('\n') ? text.replaceAll(/[^\n]/g, '') : '';
}

/** What a program says is no sign of what it does. Its lines stay the same. */
export function withoutStrings(source: string): string {
  return source.replace(quotedOrComment, (found) => (found.startsWith('/') ? ' ' : "''") + breaksIn(found));
}
