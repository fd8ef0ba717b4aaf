import { lineAt, placeAnywhere } from '../source/source-place.ts';

/** Calls that let a regular expression run over a text. */
const matching =
  /(?:\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[\w$.\])]+)\s*\.(?:test|exec|match|matchAll|replace|replaceAll|search|split)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)/g;

/** The call in the line of a frame that lets a regular expression run there; null where there is none. */
export function matchingAt(frame: string | undefined): string | null {
  const place = placeAnywhere(frame ?? '');
  if (place === null) return null;
  const { column } = place;
  for (const { 0: call, index } of lineAt(place).matchAll(matching))
    if (column > index && column <= index + call.length) return call.length > longest ? null : call;
  return null;
}

const longest = 120;
