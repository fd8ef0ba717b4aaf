import { quoted, sends } from '../../source/sends.ts';
import { isShutdownCode } from '../../source/shutdown-code.ts';
import { escapedName } from '../../source/source-text.ts';
import { placeOf, readSource } from './source-text.cjs';

const called = /(?<![\w$.])([A-Za-z_$][\w$]*)\s*\(/g;
const keywords =
  /^(?:if|for|while|switch|catch|function|return|await|typeof|new|super|import|require|async)$/;
const namesLooked = 20;
/** Of a function of a few lines: what stands behind is another's. */
const longestShort = 400;

/** Whether code sends something, itself or by a short function of the same file that it calls by its name. */
export function sendsByWay(code: string, source: string): boolean {
  if (sends(code)) return true;
  const names = new Set([...code.replace(quoted, "''").matchAll(called)].map(([, name = '']) => name));
  return [...names]
    .filter((name) => !keywords.test(name))
    .slice(0, namesLooked)
    .some((name) => isSender(name, source));
}

/** What is called at these places of a file, as it is written: `ctx.reply`. */
export function callsAt(frames: readonly string[], file: string): readonly string[] {
  const places = frames.map(placeOf).filter((place) => place.file === file);
  const lines = places.length === 0 ? [] : readSource(file).split('\n');
  return places.flatMap((place) => {
    const text = lines[place.line - 1] ?? '';
    // V8 has the place of a method's call at the method's name.
    const receiver = /(?:[\w$]+\s*\??\.\s*)+$/.exec(text.slice(0, place.column - 1))?.[0] ?? '';
    const name = /^(?:await\s+)?([\w$]+(?:\.[\w$]+)*)\s*\(/.exec(text.slice(place.column - 1))?.[1];
    return name === undefined || keywords.test(name) ? [] : [`${receiver}${name}`];
  });
}

/** Whether code makes such a call. */
export function callsOneOf(code: string, calls: readonly string[]): boolean {
  return calls.some((call) =>
    new RegExp(`(?<![\\w$.])${call.replace(/[$.?]/g, '\\$&')}\\s*\\(`).test(code.replace(quoted, "''")),
  );
}

/** Whether a short function that a file defines as a statement sends something. */
export function isSender(name: string, source: string): boolean {
  return sends(bodyOf(name, source));
}

/** Of a function that a file defines as a statement; empty where there is none. */
function bodyOf(name: string, source: string): string {
  const escaped = escapedName(name);
  const definition = new RegExp(
    `^([ \\t]*)(?:export\\s+)?(?:(?:async\\s+)?function\\s*\\*?\\s*${escaped}\\s*\\(|(?:const|let|var)\\s+${escaped}\\s*=\\s*(?:async\\b|function\\b|\\(|[\\w$]+\\s*=>))`,
    'm',
  ).exec(source);
  if (definition === null) return '';
  const text = source.slice(definition.index + definition[0].length, definition.index + longestShort);
  // The next line that begins at the same margin is the next statement's, unless it closes this one.
  const next = new RegExp(`\\n${definition[1] ?? ''}(?=[^\\s})\\]])`).exec(text);
  return next === null ? text : text.slice(0, next.index);
}

/** Whether it sends something, and not when the program comes to its end. */
export function sendsInService(code: string): boolean {
  return sends(code) && !isShutdownCode(code);
}
