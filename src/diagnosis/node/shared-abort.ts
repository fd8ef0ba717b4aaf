import { functionOfFrame } from '../../model/frame.ts';
import { lineAt, placeOf } from '../source/source-place.ts';
import {
  endOfBraces,
  escapedName,
  openBody,
  openHeads,
  opensFunction,
  withoutTexts,
} from '../source/source-text.ts';

/** What is given up on purpose is named so: where it is done, or what does it. */
const onPurpose =
  /cancel|stop|shut|clos|quit|exit|dispos|destroy|kill|terminat|\bend|finish|leave|bye|sig(?:int|term)/i;

/** An object that does this is to be used afterwards. */
const goesOn = /re(?:load|start|set|fresh|new|connect|configure|place|try)|update|rotate|again/i;

/**
 * Whether an abort hits requests that were not meant: its controller is the only one of a file's, made once for all of
 * them, or for all of an object's where a timer of one of these aborts it, or what lets it go on, and nothing there says that all are to be given up.
 */
export function endsOtherRequests(frames: readonly string[]): boolean {
  const [first = ''] = frames;
  const place = placeOf(first);
  if (place === null || frames.some((frame) => onPurpose.test(functionOfFrame(frame)))) return false;
  const [, name = ''] = /([\w$]+)\s*\.\s*abort\s*\(/.exec(lineAt(place)) ?? [];
  if (name === '' || onPurpose.test(lineAt(place))) return false;
  const code = withoutTexts(place.source);
  const made = [...code.matchAll(/([\w$]+)\s*=\s*new\s+AbortController\b/g)].filter(([, to]) => to === name);
  const [only] = made;
  if (made.length !== 1 || only === undefined) return false;
  const heads = openHeads(code.slice(0, only.index));
  if (heads.every((head) => !opensFunction(head) && !isOfClass(head))) return true;
  if (!isOfObject(heads)) return false;
  return goesOn.test(functionOfFrame(first)) || isDeadlineOfRequest(name, code, place.offset);
}

/** A field of a class, or set where its objects are made. */
function isOfObject(heads: readonly string[]): boolean {
  const ofClass = heads.findLastIndex(isOfClass);
  const [method, ...more] = heads.slice(ofClass + 1);
  return (
    ofClass !== -1 && more.length === 0 && (method === undefined || /\bconstructor\s*\([^{}]*$/.test(method))
  );
}

/** In the callback that a timer is given by the function that makes a request with the signal: a deadline of its own. */
function isDeadlineOfRequest(name: string, code: string, offset: number): boolean {
  const timer = /\bsetTimeout\s*\(\s*(?:async\s*)?(?:\(\s*\)\s*=>|function\s*\(\s*\))\s*\{?[^{};]*$/.exec(
    code.slice(0, offset),
  );
  const body = timer === null ? null : openBody(code.slice(0, timer.index));
  if (body === null) return false;
  const signal = new RegExp(`(?<![\\w$])${escapedName(name)}\\s*\\.\\s*signal\\b`);
  return signal.test(code.slice(body, endOfBraces(code, body)));
}

function isOfClass(head: string): boolean {
  return /\bclass\b[^{}]*$/.test(head);
}
