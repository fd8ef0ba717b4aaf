import { readFileSync } from 'node:fs';
import { isInPackage, positionOf } from '../../model/frame.ts';
import { placeIn, withoutTexts } from './source-text.ts';

/** Where a frame stands, in its source. */
export interface SourcePlace {
  readonly frame: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Of the program's own; null where the frame lies in a package, or its source can't be read. */
export function placeOf(frame: string): SourcePlace | null {
  return isInPackage(frame) ? null : placeAnywhere(frame);
}

/** Of a package's, too (`file:line:column (name)`); null where its source can't be read. */
export function placeAnywhere(frame: string): SourcePlace | null {
  const { file, line, column } = positionOf(frame);
  if (file === '') return null;
  try {
    const source = readFileSync(file, 'utf8');
    const before = source.split('\n').slice(0, line - 1);
    const offset = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    if (offset > source.length) return null;
    // V8 has a call's place at its name, or behind that.
    const name =
      source.charAt(offset) === '(' ? (/[\w$]+\s*$/.exec(source.slice(0, offset))?.[0].length ?? 0) : 0;
    return { frame, source, line, column: column - name, offset: offset - name };
  } catch {
    // A program that was bundled, or given on the command line, has no line to look at.
    return null;
  }
}

/** The frame of an offset of a file, without a function. */
export function frameAt(file: string, source: string, offset: number): string {
  const { line, column } = placeIn(source, offset);
  return `${file}:${line}:${column}`;
}

/** Its whole line. */
export function lineAt({ source, line }: SourcePlace): string {
  return source.split('\n')[line - 1] ?? '';
}

/** Behind the call that stands at the place, or that is awaited there. */
export function endOfCall({ source, offset }: SourcePlace): number {
  const called = /^(?:await\s+)?[\w$.?#]*\s*/.exec(source.slice(offset));
  const code = withoutTexts(source);
  let end = offset + (called?.[0].length ?? 0);
  while (code.charAt(end) === '(') {
    end = endOfParentheses(code, end);
    end += /^\s*(?:\??\.\s*[\w$#]+\s*)?/.exec(code.slice(end))?.[0].length ?? 0;
  }
  return end;
}

export function endOfParentheses(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (code.charAt(at) === '(') depth++;
    else if (code.charAt(at) === ')' && --depth === 0) return at + 1;
  }
  return code.length;
}
