import { escapedName, offsetOf, openBody, withoutTexts } from '../../source/source-text.ts';
import { isSender, sendsByWay } from './sending-code.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';

const longestCall = 4000;
/** Of what stands before a function's body. */
const longestHead = 300;
/** Objects that are made with each other. */
const deepest = 2;

/**
 * Whether the call at a place of the program's own code is given a function that sends, itself or by its name; or, where
 * it is a method that is given none, whether what made its object was.
 */
export function isGivenSender(frame: string): boolean {
  const { source, at } = placedIn(frame);
  if (givesSender(source.slice(at), source)) return true;
  const line = source.slice(source.lastIndexOf('\n', at - 1) + 1, at);
  const object = /([A-Za-z_$][\w$]*)\s*\.\s*$/.exec(line)?.[1];
  if (object === undefined) return false;
  const made = new RegExp(`\\b(?:const|let|var)\\s+${escapedName(object)}\\s*=`).exec(source);
  return made !== null && givesSender(source.slice(made.index), source);
}

/** How many functions may hand on what the first was given. */
const handedOnBy = 3;

/**
 * The same for the calls of a stack, the innermost first: a function of the program's may give a package what it was
 * itself given.
 */
export function areGivenSender(frames: readonly string[]): boolean {
  for (const frame of frames.slice(0, handedOnBy)) {
    if (isGivenSender(frame)) return true;
    if (!givesItsOwn(frame)) return false;
  }
  return false;
}

const answers = new Map<string, boolean>();
const answersKept = 200;

/** The same, and it sends whenever it is called; asked while the program runs, so each place is looked at once. */
export function isGivenSureSender(frames: readonly string[]): boolean {
  const key = frames.slice(0, handedOnBy).join('\n');
  const known = answers.get(key);
  if (known !== undefined) return known;
  if (answers.size >= answersKept) return false;
  const isSure = areGivenSender(frames) && frames.slice(0, handedOnBy).every((frame) => !decides(frame));
  answers.set(key, isSure);
  return isSure;
}

/** Whether the function that the call at a place is given decides anything. */
function decides(frame: string): boolean {
  const { source, at } = placedIn(frame);
  const given = inParentheses(withoutStrings(source.slice(at, at + longestCall)));
  return /\b(?:if|switch|for|while)\b|\?(?![.])|&&|\|\|/.test(given);
}

/** Whether the call at a place is given a parameter of the function around it, or calls one in what it is given. */
function givesItsOwn(frame: string): boolean {
  const { source, at } = placedIn(frame);
  const before = withoutTexts(source.slice(0, at));
  const body = openBody(before);
  if (body === null) return false;
  const head = before.slice(Math.max(0, body - longestHead), body);
  const parameters = /\(((?:[^()]|\([^()]*\))*)\)\s*(?:=>\s*)?$/.exec(head)?.[1] ?? '';
  const names: readonly string[] = parameters.match(/[A-Za-z_$][\w$]*/g) ?? [];
  const given = inParentheses(withoutStrings(source.slice(at, at + longestCall)));
  const isGiven = /=>|\bfunction\b|\)\s*\{/.test(given);
  return names.some(
    (name) =>
      namesGiven(given).includes(name) ||
      (isGiven && new RegExp(`(?<![\\w$.])${escapedName(name)}(?:\\.\\w+)?\\s*\\(`).test(given)),
  );
}

/** The source of a frame's file, and where in it the frame stands; an empty one where it can't be read. */
function placedIn(frame: string): { readonly source: string; readonly at: number } {
  const place = placeOf(frame);
  const source = readSource(place.file);
  return { source, at: source === '' ? 0 : offsetOf(source, place) };
}

/** Whether the first call of a text is given one. */
function givesSender(text: string, source: string, depth = 0): boolean {
  const given = inParentheses(withoutStrings(text.slice(0, longestCall)));
  if (/=>|\bfunction\b|\)\s*\{/.test(given) && sendsByWay(given, source)) return true;
  return namesGiven(given).some(
    (name) => isSender(name, source) || (depth < deepest && isMadeWithSender(name, source, depth + 1)),
  );
}

/** A job, or a task of one, may have a name. */
function isMadeWithSender(name: string, source: string, depth: number): boolean {
  const made = new RegExp(`\\b(?:const|let|var)\\s+${escapedName(name)}\\s*=\\s*(?=new\\b)`).exec(source);
  return made !== null && givesSender(source.slice(made.index + made[0].length), source, depth);
}

/** Variables that a call is given by their names. */
function namesGiven(given: string): readonly string[] {
  return given.match(/(?<![\w$.])[A-Za-z_$][\w$]*(?=\s*(?:[,\]}]|$))/g) ?? [];
}

/** Of the first call in it. */
function inParentheses(code: string): string {
  const open = code.indexOf('(');
  let depth = 0;
  for (let index = open; index >= 0 && index < code.length; index++) {
    if (code[index] === '(') depth++;
    else if (code[index] === ')' && --depth === 0) return code.slice(open + 1, index);
  }
  return '';
}
