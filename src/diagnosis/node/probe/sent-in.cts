import { endOfFunction, offsetOf, withoutTexts } from '../../source/source-text.ts';
import { callersLearned } from './purpose.cjs';
import { placeOf, readSource } from './source-text.cjs';
import { positionIn } from './stops.cjs';

/** Whether a request has come of code between two places. */
export function hasSentIn(span: readonly string[]): boolean {
  const [from, to] = span.map(placeOf);
  if (from === undefined || to === undefined) return false;
  return callersLearned()
    .map(placeOf)
    .some(({ file, line }) => file === from.file && line >= from.line && line <= to.line);
}

/** Where a function ends that begins at a place. */
export function endOf(written: string): string {
  const { file, line, column } = placeOf(written);
  const source = readSource(file);
  const at = endOfFunction(withoutTexts(source), offsetOf(source, { line, column }));
  const end = positionIn(source, at);
  return `${file}:${end.line + 1}:${end.column + 1}`;
}
