import { functionBodyAround } from './function-around.ts';
import { placeOf } from './source-place.ts';

/** Whether a function on the way to a request compares a status with this one: it knows what to do about it. */
export function isStatusExpected(frames: readonly string[], status: number): boolean {
  const compared = new RegExp(`[=!]==?\\s*${status}\\b|\\b${status}\\s*[=!]==?|\\bcase\\s+${status}\\b`);
  return frames.some((frame) => {
    const place = placeOf(frame);
    return place !== null && compared.test(functionBodyAround(place));
  });
}
