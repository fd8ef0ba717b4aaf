import type { SourcePlace } from './source-place.ts';
import { endOfBraces, openBody, withoutTexts } from './source-text.ts';

/** The body of the innermost function around a place, without its texts; empty at the top of a file. */
export function functionBodyAround({ source, offset }: SourcePlace): string {
  const code = withoutTexts(source);
  const body = openBody(code.slice(0, offset));
  return body === null ? '' : code.slice(body, endOfBraces(code, body));
}
