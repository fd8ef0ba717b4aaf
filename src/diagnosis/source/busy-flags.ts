import { endOfBraces, escapedName, openBody } from './source-text.ts';

/** A flag by which a function leaves out a run while an earlier one is at work. */
export interface BusyFlag {
  /** As it is written: `running`, `this.busy`. */
  readonly name: string;
  /** The `return` of a run that is left out. */
  readonly leaves: number;
  /** Where a run that begins sets it. */
  readonly sets: number;
  /** What a run waits for once it has set it. */
  readonly awaits: readonly number[];
  /** The body of the function. */
  readonly from: number;
  readonly to: number;
}

const guards =
  /(?<![\w$])if\s*\(\s*(!?)\s*((?:this\s*\.\s*)?#?[A-Za-z_$][\w$]*(?:\s*\.\s*#?[A-Za-z_$][\w$]*){0,2})\s*(?:\|\|(?:[^;{}()]|\([^;{}()]*\)){1,200})?\)\s*(?:\{[^{}]{0,200}?(?<![\w$.]))?return\b/g;
const mostAwaits = 6;

/** Those of a code without texts. One that is set once and never cleared is none: it says that something is done. */
export function busyFlags(code: string): readonly BusyFlag[] {
  return [...code.matchAll(guards)].flatMap((guard) => flagOf(code, guard) ?? []);
}

function flagOf(code: string, guard: RegExpExecArray): BusyFlag | null {
  const [text, isNegated = '', written = ''] = guard;
  const from = openBody(code.slice(0, guard.index));
  if (from === null) return null;
  const to = endOfBraces(code, from);
  const behind = guard.index + text.length;
  const sets = assigned(code, written, isNegated === '', behind, to);
  if (sets === null || assigned(code, written, isNegated !== '', sets, to) === null) return null;
  const awaits = [...code.slice(sets, to).matchAll(/(?<![\w$.])await\b/g)].map(({ index }) => sets + index);
  if (awaits.length === 0) return null;
  return {
    name: written.replaceAll(/\s/g, ''),
    leaves: behind - 'return'.length,
    sets,
    awaits: awaits.slice(0, mostAwaits),
    from,
    to,
  };
}

function assigned(code: string, name: string, value: boolean, from: number, to: number): number | null {
  const pattern = new RegExp(`(?<![\\w$.])${escapedName(name)}\\s*=\\s*${value}\\b`);
  const found = pattern.exec(code.slice(from, to));
  return found === null ? null : from + found.index;
}
