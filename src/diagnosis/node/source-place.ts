import { readFileSync } from 'node:fs';
import { isInPackage } from '../../model/frame.ts';

/** Where the program stands, in its source. */
export interface SourcePlace {
  readonly frame: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Null where the frame lies in a package, or its source can't be read. */
export function placeOf(frame: string): SourcePlace | null {
  const [, file = '', lineText = '', columnText = ''] = /^(.*?):(\d+):(\d+)(?: \(|$)/.exec(frame) ?? [];
  if (file === '' || isInPackage(file)) return null;
  try {
    const source = readFileSync(file, 'utf8');
    const [line, column] = [Number(lineText), Number(columnText)];
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
