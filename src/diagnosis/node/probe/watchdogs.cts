import { functionOfFrame } from '../../../model/frame.ts';
import { escapedName } from '../../source/source-text.ts';
import { isPutOffCode, isWatchdogCode } from '../../source/watchdog-code.ts';
import { isGivenSomething } from './given-values.cjs';
import { placesLearned } from './purpose.cjs';
import { isRearmedAt } from './replaced-timers.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';

/** A timer of the program's that has not fired. */
interface Unfired {
  readonly callback: object;
  /** Where it was set. */
  readonly frames: readonly string[];
  /** Whether it was put off by its own method `refresh`. */
  readonly isRefreshed: boolean;
  /** Whether a request was made since it was set. */
  readonly hasSentSince: boolean;
}

const sourceOf = Function.prototype.toString;

/**
 * Whether a timer watches over work, and is to send only where that does not come to its end: by what it says, since
 * each sign of life has put it off, or since the function that set it went on to send and clears it elsewhere.
 */
export function isWatchdog({ callback, frames, isRefreshed, hasSentSince }: Unfired): boolean {
  const [place = ''] = frames;
  const text: string = Reflect.apply(sourceOf, callback, []);
  const name = functionOfFrame(place);
  if (isWatchdogCode(`${name} ${lineAt(place)} ${text}`)) return true;
  const isPutOff = isRefreshed || isRearmedAt(place);
  if (!isPutOff && !(hasSentSince && isClearedInFile(place) && hasGoneOnToSend(place))) return false;
  return !isPutOffCode(`${name} ${withoutStrings(text)}`) && !isGivenSomething(callback, place);
}

function lineAt(frame: string): string {
  const { file, line } = placeOf(frame);
  return readSource(file).split('\n')[line - 1] ?? '';
}

/** Whether its handle has a name by which the same file clears it. */
function isClearedInFile(place: string): boolean {
  const { file, column } = placeOf(place);
  const before = lineAt(place).slice(0, column - 1);
  const handle = /([\w$#]+)\s*=\s*$/.exec(before)?.[1];
  if (handle === undefined) return false;
  return new RegExp(`\\bclearTimeout\\s*\\((?:[\\w$.]*\\.)?${escapedName(handle)}\\s*\\)`).test(
    readSource(file),
  );
}

/** Whether a request has come from further down in the function that set it. */
function hasGoneOnToSend(place: string): boolean {
  const set = placeOf(place);
  return placesLearned().some((sent) => {
    const { file, line } = placeOf(sent);
    return file === set.file && line > set.line && functionOfFrame(sent) === functionOfFrame(place);
  });
}
