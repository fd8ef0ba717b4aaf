import { isGoodbye } from '../../inspect/goodbye.ts';
import { quoted, sends } from '../../inspect/sends.ts';

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

/** Whether a short function that a file defines as a statement sends something. */
export function isSender(name: string, source: string): boolean {
  return sends(bodyOf(name, source));
}

/** Of a function that a file defines as a statement; empty where there is none. */
function bodyOf(name: string, source: string): string {
  const escaped = name.replaceAll('$', '\\$');
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
  return sends(code) && !isGoodbye(code);
}
