import { openBraces, opensFunction, withoutTexts } from '../inspect/source-text.ts';
import { lineAt, placeOf } from './source-place.ts';

/** What is given up on purpose is named so: where it is done, or what does it. */
const onPurpose =
  /cancel|stop|shut|clos|quit|exit|dispos|destroy|kill|terminat|\bend|finish|leave|bye|sig(?:int|term)/i;

/**
 * Whether an abort hits requests that were not meant: its controller is the only one of a file's, made once for all of
 * them, and nothing there says that all are to be given up.
 */
export function endsOtherRequests(frames: readonly string[]): boolean {
  const [first = ''] = frames;
  const place = placeOf(first);
  if (place === null || frames.some((frame) => onPurpose.test(/\((.*)\)$/.exec(frame)?.[1] ?? '')))
    return false;
  const [, name = ''] = /([\w$]+)\s*\.\s*abort\s*\(/.exec(lineAt(place)) ?? [];
  if (name === '' || onPurpose.test(lineAt(place))) return false;
  const code = withoutTexts(place.source);
  const made = [...code.matchAll(/([\w$]+)\s*=\s*new\s+AbortController\b/g)].filter(([, to]) => to === name);
  const [only] = made;
  return made.length === 1 && only !== undefined && isAtTop(code.slice(0, only.index));
}

/** In no function. */
function isAtTop(before: string): boolean {
  return openBraces(before).every(
    (opener) => !opensFunction(before.slice(0, opener)) && !isOfClass(before.slice(0, opener)),
  );
}

function isOfClass(head: string): boolean {
  return /\bclass\b[^{}]*$/.test(head);
}
