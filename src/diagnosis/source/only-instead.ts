import { fileOfFrame } from '../../model/frame.ts';
import { areInOneFunction } from './function-around.ts';
import { catchAround } from './silent-catch.ts';
import { endOfCall, endOfParentheses, placeOf, type SourcePlace } from './source-place.ts';
import { escapedName, loopAround, openBody, openBraces, withoutTexts } from './source-text.ts';
import { endOfBranches } from './statements.ts';

/**
 * Whether a call is made only where one before has failed: in its `catch`, on a condition that asks for its result, or in
 * another round of a loop that ends where one goes well. Both are given by their stacks, the innermost frame first.
 */
export function isMadeOnlyInstead(before: readonly string[], now: readonly string[]): boolean {
  const [earlier, later] = [before, now].map((frames) =>
    frames.map(callAt).filter((place) => place !== null),
  );
  if (earlier === undefined || later === undefined) return false;
  const parting = partingOf(earlier, later);
  if (parting !== null) return followsFailure(parting.earlier, parting.later);
  const same = earlier.filter((place, index) => later[index]?.offset === place.offset);
  return same.some(endsWithSuccess);
}

/** An async frame stands at the `await`, the frame of the same call at its name. */
function callAt(frame: string): SourcePlace | null {
  const place = placeOf(frame);
  if (place === null) return null;
  const awaited = /^await\s+/.exec(place.source.slice(place.offset))?.[0].length ?? 0;
  return { ...place, offset: place.offset + awaited };
}

interface Parting {
  readonly earlier: SourcePlace;
  readonly later: SourcePlace;
}

/** The innermost function of both in which they come from different calls. */
function partingOf(earlier: readonly SourcePlace[], later: readonly SourcePlace[]): Parting | null {
  const pairs = earlier.flatMap((one, depth) =>
    later.map((other, otherDepth) => ({ earlier: one, later: other, depth: depth + otherDepth })),
  );
  return (
    pairs
      .sort((one, other) => one.depth - other.depth)
      .find((pair) => areComparable(pair.earlier, pair.later)) ?? null
  );
}

function areComparable(one: SourcePlace, other: SourcePlace): boolean {
  return (
    (one.offset !== other.offset && areInOneFunction(one, other)) ||
    (fileOfFrame(one.frame) === fileOfFrame(other.frame) &&
      isInHandlerOf(withoutTexts(one.source), one, other))
  );
}

/** `post(a).catch(() => post(b))`: the later call stands in a function that the earlier one's chain was given. */
function isInHandlerOf(code: string, earlier: SourcePlace, later: SourcePlace): boolean {
  if (later.offset <= earlier.offset || later.offset >= endOfCall(earlier)) return false;
  return [...code.slice(earlier.offset, later.offset).matchAll(/\.\s*catch\s*(?=\()/g)].some(
    ({ 0: { length }, index }) => endOfParentheses(code, earlier.offset + index + length) > later.offset,
  );
}

function followsFailure(earlier: SourcePlace, later: SourcePlace): boolean {
  const at = later.offset;
  if (at <= earlier.offset) return false;
  const code = withoutTexts(earlier.source);
  if (isInHandlerOf(code, earlier, later)) return true;
  const end = endOfCall(earlier);
  if (/^[^;]*?(?:\|\||\?\?)[^;]*$/.test(code.slice(end, at))) return true;
  const around = catchAround(code, earlier.offset);
  if (around !== null && at > around.body.from && at < around.body.to) return true;
  const call = {
    code,
    offset: earlier.offset,
    end,
    results: resultsOf(code, earlier.offset, around?.end ?? end),
  };
  return (
    conditionsAround(code, end, at).some((condition) => asks(call, condition)) ||
    leaves(call, around?.end ?? at)
  );
}

/** The loop around goes on to another round only where this one has failed. */
function endsWithSuccess(place: SourcePlace): boolean {
  const code = withoutTexts(place.source);
  const loop = loopAround(place.source, place);
  const head = loop === '' ? -1 : code.lastIndexOf(loop, place.offset);
  if (head === -1) return false;
  const around = catchAround(code, place.offset);
  const block = around !== null && around.from > head ? around.end : head + loop.length;
  const end = endOfCall(place);
  return leaves({ code, offset: place.offset, end, results: resultsOf(code, place.offset, block) }, block);
}

/** A call whose result the code asks for. */
interface Call {
  readonly code: string;
  readonly offset: number;
  readonly end: number;
  /** The variables that say how it went: what it is assigned to, and what is assigned behind it. */
  readonly results: readonly string[];
}

function resultsOf(code: string, offset: number, end: number): readonly string[] {
  const statement = Math.max(...[';', '{', '}', '\n'].map((sign) => code.lastIndexOf(sign, offset - 1)));
  const assigned = /(?:^|[^=!<>])(?:\{([^{}]*)\}|([\w$]+))\s*=(?![=>])[^=]*$/.exec(
    code.slice(statement + 1, offset),
  );
  const destructured = /\{([^{}]*)\}\s*=\s*(?:await\s+)?$/.exec(code.slice(0, offset))?.[1] ?? '';
  const behind = [...code.slice(offset, end).matchAll(/([\w$]+)\s*=(?![=>])/g)].map(([, name = '']) => name);
  const names = [assigned?.[1] ?? '', assigned?.[2] ?? '', destructured].join(' ').match(/[\w$]+/g) ?? [];
  return [...names, ...behind];
}

interface Condition {
  readonly from: number;
  readonly to: number;
}

/** Of each `if` behind `from` in which, or in whose `else`, an offset stands. */
function conditionsAround(code: string, from: number, at: number): readonly Condition[] {
  return conditionsIn(code, 0, at).filter(({ to }) => to > from && endOfBranches(code, to) > at);
}

function conditionsIn(code: string, from: number, to: number): readonly Condition[] {
  return [...code.slice(from, to).matchAll(/\bif\s*(?=\()/g)].map(({ 0: { length }, index }) => {
    const opener = from + index + length;
    return { from: opener, to: endOfParentheses(code, opener) };
  });
}

/** Whether a condition asks how the call went. */
function asks({ code, offset, results }: Call, { from, to }: Condition): boolean {
  if (offset > from && offset < to) return true;
  const text = code.slice(from, to);
  return results.some((name) => new RegExp(`(?<![\\w$.])${escapedName(name)}(?![\\w$])`).test(text));
}

/** Whether the function or the loop is left behind the call, always or by how it went, before `until`. */
function leaves(call: Call, until: number): boolean {
  const { code, offset, end } = call;
  const body = openBody(code.slice(0, offset));
  const depth = openBraces(code.slice(0, end)).length;
  const conditions = conditionsIn(code, Math.max(0, body ?? 0), until);
  return [...code.slice(end, until).matchAll(/\b(?:return|break)\b/g)].some(({ index }) => {
    const at = end + index;
    if (openBody(code.slice(0, at)) !== body) return false;
    const around = conditions.filter(
      ({ to }) => to <= at && endOfBranches(code, to) > at && endOfBranches(code, to) > end,
    );
    if (around.length > 0) return around.some((condition) => asks(call, condition));
    return openBraces(code.slice(0, at)).length <= depth;
  });
}
