import { readFileSync } from 'node:fs';

/** Calls that let a regular expression run over a text. */
const matching =
  /(?:\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[\w$.\])]+)\s*\.(?:test|exec|match|matchAll|replace|replaceAll|search|split)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)/g;

/** The call in the line of a frame (`file:line:column (name)`) that lets a regular expression run there; null where there is none. */
export function matchingAt(frame: string | undefined): string | null {
  const [, file = '', line = '', column = ''] = /^(.*?):(\d+):(\d+)(?: \(|$)/.exec(frame ?? '') ?? [];
  try {
    const text = readFileSync(file, 'utf8').split('\n')[Number(line) - 1] ?? '';
    const at = Number(column) - 1;
    for (const { 0: call, index } of text.matchAll(matching))
      if (at >= index && at < index + call.length) return call.length > longest ? null : call;
  } catch {
    // A program that was bundled, or given on the command line, has no line to look at.
  }
  return null;
}

const longest = 120;
