import { fileOfFrame } from '../../model/frame.ts';
import type { SourcePlace } from './source-place.ts';
import { endOfBraces, openBody, withoutTexts } from './source-text.ts';

/** The body of the innermost function around a place, without its texts; empty at the top of a file. */
export function functionBodyAround({ source, offset }: SourcePlace): string {
  const code = withoutTexts(source);
  const body = openBody(code.slice(0, offset));
  return body === null ? '' : code.slice(body, endOfBraces(code, body));
}

/** Whether two places lie in the same function, and not one of them in a function within. */
export function areInOneFunction(one: SourcePlace, other: SourcePlace): boolean {
  if (fileOfFrame(one.frame) !== fileOfFrame(other.frame)) return false;
  const code = withoutTexts(one.source);
  return openBody(code.slice(0, one.offset)) === openBody(code.slice(0, other.offset));
}
