import { lineAt, placeAnywhere } from '../source/source-place.ts';
import { loopAround } from '../source/source-text.ts';

/** Whether the line of a frame asks memory that threads share: it spins until another writes. */
export function spinsAt(frame: string | undefined): boolean {
  const place = placeAnywhere(frame ?? '');
  const line = place === null ? '' : lineAt(place);
  return /\bAtomics\s*\.\s*(?:load|compareExchange|exchange)\b/.test(line);
}

/**
 * Whether the place of a frame is in a loop that awaits: a thread that is there and does not come back to its event loop
 * awaits what has settled, again and again, and nothing else gets a turn.
 */
export function awaitsAgainAt(frame: string | undefined): boolean {
  const place = placeAnywhere(frame ?? '');
  return place !== null && /\bawait\b/.test(loopAround(place.source, place));
}
