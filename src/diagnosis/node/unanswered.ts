import { functionBodyAround } from '../source/function-around.ts';
import { placeOf } from '../source/source-place.ts';

const framesLooked = 3;
const bounds = /\bset(?:Timeout|Interval)\b|\bAbortSignal\b|\brace\s*\(|time-?out|deadline/i;

/** Whether the functions that posted a question bound the wait for its answer themselves: what is not answered is provided for. */
export function boundsItsWait(frames: readonly string[]): boolean {
  return frames.slice(0, framesLooked).some((frame) => {
    const place = placeOf(frame);
    return place !== null && bounds.test(functionBodyAround(place));
  });
}
