import { withoutTexts } from '../../source/source-text.ts';
import { isOwnFile } from './stack.cjs';
import {
  onScript,
  onStopsForgotten,
  positionIn,
  removeStop,
  type Script,
  type StoppedFrame,
  stopIn,
} from './stops.cjs';
import { attempt } from './wrap.cjs';

/** A file of the program's own, with its text. */
export interface OwnScript extends Script {
  readonly text: string;
  /** The same without what is said in it; the length stays. */
  readonly code: string;
}

const longestScript = 300_000;
const scriptsKept = 200;

const scripts = new Map<string, OwnScript>();

/** Calls back with each of the program’s own files that has such code. */
export function onOwnScript(wanted: RegExp, listener: (script: OwnScript) => void): void {
  onScript((script) => {
    if (!script.url.startsWith('file:') || !isOwnFile(script.url)) return;
    const own = ownScript(script);
    if (own !== null && wanted.test(own.code)) listener(own);
  });
}

function ownScript(script: Script): OwnScript | null {
  const known = scripts.get(script.id);
  if (known !== undefined) return known;
  if (scripts.size >= scriptsKept) return null;
  const text = script.source();
  if (text.length > longestScript) return null;
  const own = { ...script, text, code: withoutTexts(text) };
  scripts.set(script.id, own);
  return own;
}

/** So often the program may be stopped at one place, and at all of them: each time takes some 100 µs. */
const hitsOfOne = 12;
let hitsLeft = 500;

interface Following {
  /** The program is there. */
  reached(frames: readonly StoppedFrame[]): void;
  /** It came there so often that nothing more is reported. */
  over?(): void;
}

const hitsAt = new Map<string, number>();
/** V8 takes one stop at a place: who follows it there shares that. */
const followedAt = new Map<string, Following[]>();
onStopsForgotten(() => followedAt.clear());

/** Follows the program to a place, the first times that it comes there. */
export function followPlace(script: OwnScript, offset: number, following: Following): void {
  const key = `${script.url} ${offset}`;
  if ((hitsAt.get(key) ?? 0) >= hitsOfOne) return;
  const others = followedAt.get(key);
  if (others !== undefined) {
    others.push(following);
    return;
  }
  const all = [following];
  const stop = stopIn(script, positionIn(script.text, offset), (frames) => {
    const hits = (hitsAt.get(key) ?? 0) + 1;
    hitsAt.set(key, hits);
    for (const one of all) attempt(() => one.reached(frames));
    if (hits < hitsOfOne && --hitsLeft > 0) return;
    if (stop !== null) removeStop(stop);
    for (const one of all) one.over?.();
  });
  if (stop !== null) followedAt.set(key, all);
}

/** Where the code begins that stands at an offset or behind the space there. */
export function behindSpace(code: string, offset: number): number {
  return offset + (/^\s*/.exec(code.slice(offset))?.[0].length ?? 0);
}

/** Up to the sign that closes the one at an offset. */
export function endOfBracket(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if ('([{'.includes(code.charAt(at))) depth++;
    else if (')]}'.includes(code.charAt(at)) && --depth === 0) return at;
  }
  return code.length;
}

/** The first argument of a call, as it is written. */
export function firstOf({ code, text }: OwnScript, opens: number): string {
  const closes = endOfBracket(code, opens);
  for (let at = opens + 1; at < closes; at++) {
    if ('([{'.includes(code.charAt(at))) at = endOfBracket(code, at);
    else if (code.charAt(at) === ',') return text.slice(opens + 1, at).trim();
  }
  return text.slice(opens + 1, closes).trim();
}

/** A name as it is written: a text, a variable or a property. */
export const plainName = /^(?:'[^'\\]*'|"[^"\\]*"|`[^`\\$]*`|[\w$#]+(?:\s*\.\s*[\w$#]+){0,3})$/;
