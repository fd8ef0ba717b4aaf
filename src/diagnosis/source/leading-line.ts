import { isForeign, isInPackage } from '../../model/frame.ts';
import { awaitSurroundings, unboundedHead } from './await-surroundings.ts';
import { clientNames, sendingWords } from './sending-words.ts';
import { withoutOtherCalls } from './sends.ts';
import { placeAnywhere, placeOf } from './source-place.ts';
import {
  endOfBraces,
  escapedName,
  openBraces,
  opensFunction,
  restOfFunction,
  withoutTexts,
} from './source-text.ts';

export const sending = new RegExp(
  String.raw`(?<![\w$])(?:${clientNames})\s*[.(]|\bhttps?\.request\(|\.chat\.\w+\(|\b\w*(?:${sendingWords.surely})\w*\(`,
  'i',
);
/** Lines after the one where an error broke the code off, as long as they belong to its function. */
const linesAfter = 8;

/** Whether one of the functions that an error broke off (`file:line:column (name)`) goes on to send something. */
export function leadsToRequest(frames: readonly string[]): boolean {
  return frames.some((frame) => !isInPackage(frame) && goesOnToSend(frame));
}

/** Whether a file's code is to send something. */
export function fileSends(file: string): boolean {
  const place = placeAnywhere(`${file}:1:1`);
  return place !== null && !isInPackage(file) && sending.test(withoutOtherCalls(withoutTexts(place.source)));
}

const placesKept = 500;

/** It reads files, and is asked of the same few places again and again. */
export function remembering(
  ask: (frames: readonly string[]) => boolean,
): (frames: readonly string[]) => boolean {
  const answers = new Map<string, boolean>();
  return (frames) => {
    const key = frames.join(' ');
    const known = answers.get(key) ?? ask(frames);
    if (answers.size < placesKept) answers.set(key, known);
    return known;
  };
}

/** Whether a function awaits a sleep that was begun there, by itself, and goes on to send something. */
export function sleepsBeforeRequest(frames: readonly string[]): boolean {
  return frames.some((frame) => {
    const [awaiting = '', ...after] = isInPackage(frame) ? [] : linesFrom(frame);
    // One of several that race is a limit, no sleep.
    const sleep = /\bawait\b(?!.*\b(?:race|any|all)\b)(.*)/.exec(awaiting);
    return sleep !== null && (sending.test(after.join('\n')) || sending.test(endlessLoopAround(frame)));
  });
}

/** The body of the endless loop in which the place is: what stands before it there comes after it, too. */
function endlessLoopAround(frame: string): string {
  const place = placeOf(frame);
  if (place === null) return '';
  const code = withoutTexts(place.source);
  for (const opener of [...openBraces(code.slice(0, place.offset))].reverse()) {
    if (unboundedHead.test(code.slice(0, opener))) return code.slice(opener, endOfBraces(code, opener));
    if (opensFunction(code.slice(0, opener))) break;
  }
  return '';
}

/** Whether a function of the program's that began a sleep does so again and again. */
export const sleepsAgain = remembering((frames) =>
  frames.some((frame) => {
    const place = placeOf(frame);
    if (place === null) return false;
    const name = /\((?:async )?([\w$]+)\)$/.exec(frame)?.[1];
    const { inEndlessLoop } = awaitSurroundings(place.source, '', place);
    return inEndlessLoop || (name !== undefined && callsItself(name, restOfFunction(place.source, place)));
  }),
);

/** Whether a timer was set by the function that it calls, or by one that this calls. */
export const setsItself = remembering((frames) => {
  const [line = ''] = linesFrom(frames[0] ?? '');
  const names = frames.map((frame) => /[( .]([\w$]+)\)$/.exec(frame)?.[1] ?? '');
  return names.some((name) => name !== '' && mentions(name, line));
});

function mentions(name: string, line: string): boolean {
  const [, given = ''] = /\bset(?:Timeout|Interval)\s*\((.*)/.exec(line) ?? [];
  return new RegExp(`(?<![\\w$])${escapedName(name)}(?![\\w$])`).test(given);
}

function callsItself(name: string, rest: string): boolean {
  return new RegExp(`(?<![\\w$.])${escapedName(name)}\\s*\\(`).test(rest);
}

/** Whether the functions that an error broke off had nothing left to call but a logger; false where that can't be seen. */
export function onlyLogs(frames: readonly string[]): boolean {
  const own = frames.filter((frame) => !isForeign(frame)).map(linesFrom);
  return own.length > 0 && own.every((lines) => lines.length > 0 && !calling.test(lines.join('\n')));
}

/** A call of anything but `console.log()` or a logger's method. */
const calling =
  /(?<!\b(?:console|log|logger)\.)\b(?!(?:console|if|for|while|switch|catch)\b)\w+\s*\(|\bawait\b/;

function goesOnToSend(frame: string): boolean {
  return sending.test(linesFrom(frame).join('\n'));
}

/** What a module declares further down is not run by what stands before it. */
const declares = /^(?:export\s+(?:default\s+)?)?(?:async\s+function|function|class)\b/;

/** The line of a frame and those after it, as far as its function goes; none where the source can't be read. */
function linesFrom(frame: string): readonly string[] {
  const place = placeAnywhere(frame);
  if (place === null) return [];
  const lines = place.source.split('\n').slice(place.line - 1, place.line + linesAfter);
  const end = lines.findIndex((text, index) => index > 0 && (/^\s{0,2}\}/.test(text) || declares.test(text)));
  return lines.slice(0, end === -1 ? undefined : end);
}
