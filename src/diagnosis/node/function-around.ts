import { endOfBraces, openBraces, opensFunction, withoutTexts } from '../inspect/await-surroundings.ts';
import type { SourcePlace } from './source-place.ts';

/** The body of the innermost function around a place, without its texts; empty at the top of a file. */
export function functionBodyAround({ source, offset }: SourcePlace): string {
  const code = withoutTexts(source);
  const opener = openBraces(code.slice(0, offset)).findLast((brace) => opensFunction(code.slice(0, brace)));
  return opener === undefined ? '' : code.slice(opener, endOfBraces(code, opener));
}
