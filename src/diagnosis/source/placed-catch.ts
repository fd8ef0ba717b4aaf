import { fileOfFrame, lineOf } from '../../model/frame.ts';
import { sending } from './leading-line.ts';
import { clientNames, sendingWords } from './sending-words.ts';
import { catchAround, silentTryAround, type TryAround } from './silent-catch.ts';
import { endOfCall as endOfCallAt, frameAt, placeOf, type SourcePlace } from './source-place.ts';
import { escapedName, functionAt, openBody, placeIn, restOfFunction, withoutTexts } from './source-text.ts';

/** Whether code sends something, by the names of what it calls. */
export type Sends = (code: string) => boolean;

const isNamedSo: Sends = (code) => sending.test(code);

/** The same where it also calls one of the functions of the program's that have sent before. */
export function orByCallOf(senders: ReadonlySet<string>): Sends {
  if (senders.size === 0) return isNamedSo;
  const names = [...senders].map((name) => escapedName(name)).join('|');
  const call = new RegExp(`(?<![\\w$])(?:${names})\\s*\\(`);
  return (code) => isNamedSo(code) || call.test(code);
}

/**
 * An error that was thrown, by its stack: the place whose `catch` gets it, where that says nothing and what was broken
 * off goes on to a request. Null where it passes through a package, or becomes the rejection of an async function.
 */
export function placeThatCatches(frames: readonly string[], sends: Sends = isNamedSo): string | null {
  const { caughtBy, leads } = passageOf(frames, sends);
  if (caughtBy === null) return null;
  if (caughtBy.around === null) return placeInStream(caughtBy.below);
  return leads && caughtBy.around.isSilent ? caughtBy.frame : null;
}

/** The same where it writes to a log, and no more. */
export function placeThatOnlyLogs(frames: readonly string[], sends: Sends = isNamedSo): string | null {
  const { caughtBy, leads } = passageOf(frames, sends);
  return leads && caughtBy?.around?.onlyLogs === true ? caughtBy.frame : null;
}

/**
 * The place from which an error left the block of a `try` in which code further on calls what sends (`calls`); null where
 * there is none.
 */
export function placeBrokenOffBefore(calls: string, frames: readonly string[]): string | null {
  const sender = placeOf(calls);
  if (sender === null) return null;
  for (const frame of frames) {
    const place = placeOf(frame);
    if (place === null || place.source !== sender.source || place.offset >= sender.offset) continue;
    const around = catchAround(withoutTexts(place.source), place.offset);
    if (around !== null) return sender.offset < around.end ? frame : null;
  }
  return null;
}

/** The package that catches what broke off code of the program that goes on to a request; null where none does. */
export function packageThatCatches(frames: readonly string[]): string | null {
  const { caughtBy, leads } = passageOf(frames, isNamedSo);
  return leads && caughtBy !== null && caughtBy.around === null ? caughtBy.frame : null;
}

/**
 * The place whose `catch` says nothing of an error, whatever packages that passes through on its way there, and after
 * which nothing is sent in the function.
 */
export function silentPlaceBehind(frames: readonly string[]): string | null {
  for (const frame of frames) {
    const place = placeOf(frame);
    if (place === null) continue;
    const around = silentTryAround(place.source, place.offset);
    if (around !== null)
      return (around.isSilent || around.dropsError) && !sending.test(restAfter(around.rest, place))
        ? frame
        : null;
    if (isInAsync(place)) return null;
  }
  return null;
}

/** The same, where the error gets as far as a frame: a `catch` before it keeps what called that from being broken off. */
export function silentPlaceFrom(broken: string, frames: readonly string[]): string | null {
  const silent = silentPlaceBehind(frames);
  const from = frames.findIndex((frame) => lineOf(frame) === lineOf(broken));
  return silent !== null && from !== -1 && frames.indexOf(silent) >= from ? silent : null;
}

/** What its function does after the `try`. */
function restAfter(rest: string, place: SourcePlace): string {
  return restOfFunction(place.source, place).slice(rest.length);
}

interface Passage {
  /** What gets it at the latest: a `try` of the program's, or the package that called it. */
  readonly caughtBy: {
    readonly frame: string;
    readonly around: TryAround | null;
    /** The frame that it called. */
    readonly below: string;
  } | null;
  /** Whether what it broke off up to there goes on to a request. */
  readonly leads: boolean;
}

/** Through which functions of the program an error goes up. */
function passageOf(frames: readonly string[], sends: Sends): Passage {
  let leads = false;
  for (const [index, frame] of frames.entries()) {
    const below = frames[index - 1] ?? '';
    const place = placeOf(frame);
    if (place === null) return { caughtBy: index === 0 ? null : { frame, around: null, below }, leads };
    const around = silentTryAround(place.source, place.offset);
    if (around !== null) {
      leads ||= sends(callsAround(place) + around.rest);
      return { caughtBy: { frame, around, below }, leads };
    }
    leads ||= goesOnToSend(place, sends);
    if (isInAsync(place)) break;
  }
  return { caughtBy: null, leads };
}

/** The calls among whose arguments the place is: they are made once those are there. */
function callsAround({ source, offset }: SourcePlace): string {
  const before = withoutTexts(source).slice(0, offset);
  const from = openBody(before) ?? 0;
  return openCalls(before.slice(from))
    .map((open) => /[\w$.]+\s*$/.exec(before.slice(from, from + open))?.[0] ?? '')
    .filter((callee) => callee !== '')
    .map((callee) => `${callee}(`)
    .join(' ');
}

/**
 * An operator of a stream (`pipe` of RxJS) that threw: the place of the `catchError` behind it, where that puts an end to
 * the stream without a word and what came after the operator sends something.
 */
function placeInStream(frame: string): string | null {
  const place = placeOf(frame);
  if (place === null) return null;
  const code = withoutTexts(place.source);
  for (const open of openCalls(code.slice(0, place.offset))) {
    if (!/\bpipe\s*$/.test(code.slice(0, open))) continue;
    const end = open + 1 + endOfCall(code.slice(open + 1));
    const rest = code.slice(place.offset, end);
    const caught = /(?<=[,\s])catchError\s*\(/.exec(rest);
    if (caught === null) continue;
    const from = caught.index + caught[0].length;
    const handler = rest.slice(from, from + endOfCall(rest.slice(from)));
    const behind = rest.slice(0, caught.index) + code.slice(end, end + longestRest);
    if (!endsInSilence.test(handler.trim()) || !namesSender.test(behind)) return null;
    return frameAt(fileOfFrame(frame), place.source, place.offset + caught.index);
  }
  return null;
}

const longestRest = 300;
const endsInSilence =
  /^(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\w+\.)?(?:EMPTY|NEVER|(?:of|from|empty|never)\(\s*(?:null|undefined|\[\s*\])?\s*\))\s*,?$/;
/** A function that sends may be given by its name. */
const namesSender = new RegExp(
  String.raw`(?<![\w$])(?:${clientNames})\b|\b\w*(?:${sendingWords.perhaps})\w*\b`,
  'i',
);

/** Where the calls begin that are open at the end, the innermost first. */
function openCalls(before: string): readonly number[] {
  const open: number[] = [];
  for (const { 0: sign, index } of before.matchAll(/[()]/g)) {
    if (sign === ')') open.pop();
    else open.push(index);
  }
  return open.reverse();
}

/** Up to the parenthesis that closes the call in which it begins. */
function endOfCall(code: string): number {
  let depth = 0;
  for (const { 0: sign, index } of code.matchAll(/[()]/g)) {
    if (sign === '(') depth++;
    else if (--depth < 0) return index;
  }
  return code.length;
}

/** The same for a promise that was rejected, by where it was awaited or given a callback. */
export function placeThatSilences(frames: readonly string[], takenAt: readonly string[]): string | null {
  const taker = silentTaker(takenAt);
  if (taker === null) return null;
  const broken = frames.slice(0, frames.findIndex((frame) => lineOf(frame) === lineOf(taker.frame)) >>> 0);
  const own = broken.flatMap((frame) => placeOf(frame) ?? []);
  return own.some((place) => goesOnToSend(place, isNamedSo)) ? taker.frame : null;
}

/** By these words an error says that a limiter, a queue or a circuit breaker did not do what it was given. */
const refusal =
  /\b(?:dropped|discarded|evicted)\b|\bqueue (?:is |was )?full\b|\bcapacity exceeded\b|\b(?:circuit|breaker)\b.*\bopen\b/i;

/** The same where what is to send was given to something that refused it, in the statement that says nothing of that. */
export function placeThatSilencesRefusal(error: string, takenAt: readonly string[]): string | null {
  const taker = refusal.test(error) ? silentTaker(takenAt) : null;
  if (taker === null) return null;
  const { source, offset } = taker;
  const given = statementBefore(taker) + source.slice(offset, endOfCallAt(taker));
  return sending.test(given) ? taker.frame : null;
}

/** Where a promise was awaited or given a callback, where that says nothing of a rejection; null where it may. */
export function placeThatSaysNothing(takenAt: readonly string[]): string | null {
  return silentTaker(takenAt)?.frame ?? null;
}

function silentTaker([frame]: readonly string[]): SourcePlace | null {
  const taker = frame === undefined ? null : placeOf(frame);
  return taker !== null && saysNothing(taker) ? taker : null;
}

function saysNothing(place: SourcePlace): boolean {
  const { source, offset } = place;
  const call = source.slice(offset);
  if (/^\.?catch\s*\(/.test(call)) return isSilent(argumentOf(place)) && !isKept(place);
  if (/^(?:Promise\s*\.\s*|\.)?allSettled\s*\(/.test(call)) return !areResultsRead(place);
  if (/^\.?then\s*\(/.test(call)) return isSecondSilent(place) && !isKept(place);
  if (/^(?:Promise\s*\.\s*|\.)?(?:all|race|any|finally)\s*\(/.test(call)) return false;
  return silentTryAround(source, offset)?.isSilent === true && !isKept(place);
}

/** All that it does is to count. */
const countingFunction =
  /^(?:async\s*)?(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{\s*)?[(]?\s*(?:(?:\+\+|--)[\w$.#]+|[\w$.#]+\s*(?:\+\+|--|[+-]=\s*\d+))\s*[)]?\s*;?\s*\}?$/;

const emptyFunction =
  /^(?:async\s*)?(?:(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{\s*(?:return\s*;?\s*)?\}|null|undefined|void 0|false)|function\s*\w*\s*\(\s*\w*\s*\)\s*\{\s*\})$/;

function isSilent(callback: string): boolean {
  const code = callback.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '').trim();
  return emptyFunction.test(code) || countingFunction.test(code) || /^(?:\w+\.)?noop$/i.test(code);
}

/** What `then` is given for a rejection. */
function isSecondSilent(place: SourcePlace): boolean {
  const first = argumentOf(place);
  const open = place.source.indexOf('(', place.offset) + 1;
  const behind = place.source.slice(open + first.length);
  const gap = /^\s*,\s*/.exec(behind);
  if (gap === null) return false;
  const from = open + first.length + gap[0].length;
  return isSilent(functionAt(place.source, placeIn(place.source, from)));
}

function argumentOf({ source, line, column, offset }: SourcePlace): string {
  const open = source.indexOf('(', offset) + 1;
  return functionAt(source, { line, column: column + open - offset });
}

/** What comes of it is kept: the program may go by that. */
function isKept(place: SourcePlace): boolean {
  const statement = statementBefore(place);
  if (isOnlyAwaited(statement, place) || isCalledForNothing(statement, place)) return false;
  return /(?<![=!<>])=(?![=>])/.test(statement) || /^\s*return\b/.test(statement);
}

/** A list of promises whose values nobody looks at. */
function isOnlyAwaited(statement: string, { source }: SourcePlace): boolean {
  const list = /^(?:const|let)\s+([\w$]+)\s*=\s*[^;]*\.\s*map\s*\([^;]*=>/.exec(statement)?.[1];
  if (list === undefined) return false;
  const code = withoutTexts(source);
  const uses = code.matchAll(new RegExp(`(?<![\\w$.])${escapedName(list)}(?![\\w$])`, 'g'));
  return [...uses].every(({ index }) =>
    /(?:\b(?:const|let)\s+|(?:^|[;{}\n])\s*await\s+Promise\s*\.\s*(?:all|allSettled)\s*\(\s*)$/.test(
      code.slice(0, index),
    ),
  );
}

/** What a function returns of which no call is asked for its value. */
function isCalledForNothing(statement: string, { source }: SourcePlace): boolean {
  const name = /^(?:const|let|var)\s+([\w$]+)\s*=\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>(?!\s*\{)/.exec(
    statement,
  )?.[1];
  if (name === undefined) return false;
  const code = withoutTexts(source);
  const uses = [...code.matchAll(new RegExp(`(?<![\\w$.])${escapedName(name)}(?![\\w$])`, 'g'))];
  return uses.every(({ index }) =>
    /(?:\b(?:const|let|var)|(?:^|[;{}\n]|\bfor\s*\([^;{}]*\))\s*(?:void|await)?)\s*$/.test(
      code.slice(0, index),
    ),
  );
}

function areResultsRead(place: SourcePlace): boolean {
  const { source, offset } = place;
  const rest = source.slice(offset);
  const tellsFailures = /\brejected\b|\breason\b|!==?\s*['"]fulfilled/;
  if (isKept(place)) return /^\s*return\b/.test(statementBefore(place)) || tellsFailures.test(rest);
  return tellsFailures.test(functionAt(source, place)) || /=>\s*$/.test(statementBefore(place));
}

/** The statement that the place is in, up to there. */
function statementBefore({ source, offset }: SourcePlace): string {
  const before = source.slice(0, offset);
  const begins = Math.max(...[...';{}'].map((sign) => before.lastIndexOf(sign)));
  // A line that a semicolon could end and that the next one does not continue ends a statement too.
  const lines = before.slice(begins + 1).split('\n');
  const first = lines.findLastIndex((line) => line.trim() !== '' && !/^\s*[.?:)\]]/.test(line));
  return lines.slice(Math.max(0, first)).join('\n').trimStart();
}

/** Whether the code from its line on, as far as its function goes, sends something. */
function goesOnToSend(place: SourcePlace, sends: Sends): boolean {
  const { source, offset } = place;
  const line = source.slice(source.lastIndexOf('\n', offset - 1) + 1, offset);
  return sends(line.replace(/^.*(?:\bfunction\b|=>)/, '') + restOfStatement(place));
}

function restOfStatement(place: SourcePlace): string {
  const rest = restOfFunction(place.source, place);
  return rest === '' ? functionAt(place.source, place) : rest;
}

/** Whether the innermost function around it is async: what it throws is its promise's. */
function isInAsync({ source, offset }: SourcePlace): boolean {
  const code = withoutTexts(source).slice(0, offset);
  const body = openBody(code);
  const arrow = /(\basync\b\s*)?(?:\([^()]*\)|[\w$]+)\s*=>(?!\s*\{)[^;{}]*$/.exec(code);
  if (arrow !== null && arrow.index > (body ?? -1)) return arrow[1] !== undefined;
  return body !== null && /\basync\b[^;{}]*$/.test(code.slice(0, body));
}
