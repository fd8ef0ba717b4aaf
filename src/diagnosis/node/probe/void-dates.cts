import { escapedName, openBody, restOfFunction, withoutTexts } from '../../source/source-text.ts';
import { namesIn, type TimeComparison, timeComparisons } from '../../source/time-comparisons.ts';
import { leftUndone } from './left-undone.cjs';
import { endOfBracket, followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { sendsByWay } from './sending-code.cjs';
import { placeOf, readSource } from './source-text.cjs';
import type { StoppedFrame } from './stops.cjs';

/** So often it must have been asked whether a time that is none has come: one may be written in only afterwards. */
const timesSeen = 2;

/** Times that are no number, which the program compares with the clock before it sends: that is never true. */
export function followVoidDates(): void {
  onOwnScript(/\b(?:setTimeout|setInterval)\s*\(/, followDelays);
  onOwnScript(/[<>]/, (script) => {
    for (const comparison of timeComparisons(script.code)) {
      const { body } = comparison;
      if (body === null || sendsByWay(script.text.slice(body.from, body.to), script.text))
        followComparison(script, comparison);
    }
  });
}

function followComparison(script: OwnScript, { at, from, operator, to, body }: TimeComparison): void {
  const [left = '', right = ''] = [script.text.slice(from, operator), script.text.slice(operator, to)].map(
    (side) => side.replace(/^[<>]=?/, '').trim(),
  );
  let seen = 0;
  let isReported = false;
  followPlace(script, at, {
    reached: ([frame, caller]) => {
      if (isReported || frame === undefined) return;
      const side = [left, right].find((one) => isVoid(frame, one));
      if (side === undefined) return;
      const name = namesIn(side).find((part) => isNoNumber(frame, part)) ?? side;
      if (body === null && !goesOnToSend(caller)) return;
      if (++seen < timesSeen) return;
      isReported = true;
      const frames = [frame.place, ...(body === null && caller !== undefined ? [caller.place] : [])];
      leftUndone({ kind: 'void', name, callback: null, frames, isOneOff: true });
    },
  });
}

const delays =
  /(?<![\w$])if\s*\(\s*([A-Za-z_$][\w$]*)\s*>=?\s*\d+\s*\)\s*\{?\s*(?:return\s+|[\w$.]+\s*=\s*)?(?:setTimeout|setInterval)\s*\(/g;

/** A delay that is no number is not above zero either: no timer is set. */
function followDelays(script: OwnScript): void {
  for (const { 0: text, 1: name = '', index } of script.code.matchAll(delays)) {
    const call = index + text.length;
    if (!sendsByWay(script.text.slice(call, endOfBracket(script.code, call - 1)), script.text)) continue;
    followPlace(script, index, {
      reached: ([frame, caller]) => {
        if (frame === undefined || !Number.isNaN(frame.valueOf(name))) return;
        // Who has no time wants no timer.
        if (isMadeOfNothing(frame, script.code.slice(0, index), name, 0) || isGivenNothing(caller)) return;
        leftUndone({ kind: 'void-delay', name, callback: null, frames: [frame.place], isOneOff: true });
      },
    });
  }
}

const paths = /(?<![\w$.#])[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*/g;
const words = /^(?:new|await|typeof|null|true|false)$/;
const deepest = 3;

/** Whether something was never set of what a variable was last made of, as far as that stands in its function. */
function isMadeOfNothing(frame: StoppedFrame, before: string, name: string, depth: number): boolean {
  const body = before.slice(openBody(before) ?? 0);
  const made = [
    ...body.matchAll(new RegExp(`(?<![\\w$.])${escapedName(name)}\\s*=(?![=>])([^;\\n]*)`, 'g')),
  ].at(-1);
  return pathsIn(made?.[1] ?? '').some(
    (path) =>
      isUnset(frame, path) ||
      (depth < deepest &&
        isMadeOfNothing(
          frame,
          before.slice(0, before.length - body.length + (made?.index ?? 0)),
          path.split('.')[0] ?? '',
          depth + 1,
        )),
  );
}

/** Whether something was never set of what the caller gave. */
function isGivenNothing(caller: StoppedFrame | undefined): boolean {
  if (caller === undefined) return false;
  const { file, line, column } = placeOf(caller.place);
  const text =
    withoutTexts(readSource(file))
      .split('\n')
      [line - 1]?.slice(column - 1) ?? '';
  return pathsIn(text.slice(0, endOfBracket(text, text.indexOf('(')))).some((path) => isUnset(caller, path));
}

function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(paths)]
    .map(([path]) => path.replaceAll(/\s/g, ''))
    .filter((path) => !words.test(path));
}

function isUnset(frame: StoppedFrame, path: string): boolean {
  const value: unknown = frame.valueOf(path);
  return value === undefined || value === null || value === '';
}

/** It is no number, and not since something of it was never set. */
function isVoid(frame: StoppedFrame, side: string): boolean {
  if (!isNoNumber(frame, side)) return false;
  return namesIn(side).every((name) => {
    const part: unknown = frame.valueOf(name);
    return part !== undefined && part !== null && part !== '';
  });
}

function isNoNumber(frame: StoppedFrame, expression: string): boolean {
  const value: unknown = frame.valueOf(`Number(${expression})`);
  return typeof value === 'number' && Number.isNaN(value);
}

/** Behind the call by which the answer was asked for. */
function goesOnToSend(caller: StoppedFrame | undefined): boolean {
  if (caller === undefined) return false;
  const { file, line, column } = placeOf(caller.place);
  const source = readSource(file);
  return source !== '' && sendsByWay(restOfFunction(source, { line, column }), source);
}
