import { fileOfFrame } from '../../model/frame.ts';
import { unboundedHead } from './await-surroundings.ts';
import { areInOneFunction } from './function-around.ts';
import { endOfCall, placeOf, type SourcePlace } from './source-place.ts';
import { endOfBraces, escapedName, openBody, openHeads, withoutTexts } from './source-text.ts';

/**
 * Whether an error broke off only one round of a task that comes round again, with nothing of its own to lose: a later
 * round got beyond the place and made a request there.
 */
export function laterIterationSucceeded(
  frames: readonly string[],
  silencedAt: string,
  laterRequests: readonly (readonly string[])[],
): boolean {
  const taker = placeOf(silencedAt);
  if (laterRequests.length === 0 || taker === null || !isRound(taker)) return false;
  return frames.some((frame) => {
    const place = placeOf(frame);
    return place !== null && laterRequests.some((stack) => stack.some((later) => isBeyond(place, later)));
  });
}

/** Whether an error came from the function in which a request had been made, by their stacks. */
export function comesFromRequest(frames: readonly string[], request: readonly string[]): boolean {
  const made = request.map(placeOf).find((place) => place !== null);
  if (made === undefined) return false;
  return frames.some((frame) => {
    const place = placeOf(frame);
    return place !== null && areInOneFunction(made, place);
  });
}

/** Whether the frame is in the same function, behind what was broken off, or of a call for which that was to give an argument. */
function isBeyond(place: SourcePlace, frame: string): boolean {
  if (fileOfFrame(frame) !== fileOfFrame(place.frame)) return false;
  const later = placeOf(frame);
  if (later === null) return false;
  const isAround = later.offset < place.offset && endOfCall(later) > place.offset;
  if (!isAround && later.offset < endOfCall(place)) return false;
  return areInOneFunction(place, later);
}

/** Takes out of memory what it is to send: another round takes another one. */
const takesItem = /\.\s*(?:shift|pop|take|dequeue|splice|next)\s*\(/;
/** Takes all of them. */
const takesAll =
  /(?<!\b(?:const|let|var)\s+)(?<![\w$.])[\w$.#]+\s*=\s*(?:\[\s*\]|new\s+(?:Map|Set)\b)|\.\s*length\s*=\s*0|\.\s*clear\s*\(/;
const withoutParameters =
  /(?:\bfunction\s*([\w$]*)\s*\(\s*\)|\b([\w$]+)\s*=\s*(?:async\s*)?\(\s*\)\s*=>|([\w$#]+)\s*\(\s*\))\s*$/;
const intervalsOwn = /\bsetInterval\s*\(\s*(?:async\s*)?(?:\(\s*\)\s*=>|function\s*[\w$]*\s*\(\s*\))\s*$/;

/** Whether the function around the place is run again and again by a timer or itself, or the place is in an endless loop. */
function isRound({ source, offset }: SourcePlace): boolean {
  const code = withoutTexts(source);
  const opener = openBody(code.slice(0, offset));
  if (opener === null) return false;
  const body = code.slice(opener, endOfBraces(code, opener));
  if (takesItem.test(body) || takesAll.test(code.slice(opener, offset))) return false;
  if (isInUnboundedLoop(code.slice(opener + 1, offset))) return true;
  const head = code.slice(0, opener);
  if (intervalsOwn.test(head)) return true;
  const [, ofFunction, ofArrow, ofMethod] = withoutParameters.exec(head) ?? [];
  const name = escapedName(ofFunction || ofArrow || ofMethod || '');
  if (name === '') return false;
  const setAgain = new RegExp(
    `\\bset(?:Timeout|Interval|Immediate)\\s*\\(\\s*(?:(?:async\\s*)?\\(\\s*\\)\\s*=>\\s*(?:void\\s+|await\\s+)?)?(?:[\\w$]+\\.)*${name}\\b\\s*(?:\\(\\s*\\))?\\s*[,)]`,
  );
  return setAgain.test(code) || new RegExp(`(?<![\\w$])${name}\\s*\\(\\s*\\)`).test(body);
}

const untilSomeTime = /\bwhile\s*\(.*\bnow\(\).*\)\s*$/;

function isInUnboundedLoop(before: string): boolean {
  return openHeads(before).some((head) => {
    const begins = Math.max(head.lastIndexOf('{'), head.lastIndexOf('}'), head.lastIndexOf('\n'));
    const loop = head.slice(begins + 1);
    return unboundedHead.test(loop) || untilSomeTime.test(loop);
  });
}
