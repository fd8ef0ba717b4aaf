import { readFileSync } from 'node:fs';
import { loopAround } from '../inspect/await-surroundings.ts';

/** Whether the line of a frame (`file:line:column (name)`) asks memory that threads share: it spins until another writes. */
export function spinsAt(frame: string | undefined): boolean {
  const { source, line } = placeOf(frame);
  return /\bAtomics\s*\.\s*(?:load|compareExchange|exchange)\b/.test(source.split('\n')[line - 1] ?? '');
}

/**
 * Whether the place of a frame is in a loop that awaits: a thread that is there and does not come back to its event loop
 * awaits what has settled, again and again, and nothing else gets a turn.
 */
export function awaitsAgainAt(frame: string | undefined): boolean {
  const { source, line, column } = placeOf(frame);
  return /\bawait\b/.test(loopAround(source, { line, column }));
}

/** A program that was bundled, or given on the command line, has no source to look at. */
function placeOf(frame: string | undefined): { source: string; line: number; column: number } {
  const [, file = '', line = '0', column = '0'] = /^(.*?):(\d+):(\d+)(?: \(|$)/.exec(frame ?? '') ?? [];
  const place = { line: Number(line), column: Number(column) };
  try {
    return { source: readFileSync(file, 'utf8'), ...place };
  } catch {
    return { source: '', ...place };
  }
}
