import type { Change, Comparison, ComparisonVerdict } from '../model/bench.ts';
import { showFigure } from './judgement.ts';

/** What a comparison came to; that a figure is the same was seen, and is not the same as not knowing. */
export const comparisonWords: Readonly<Record<ComparisonVerdict, string>> = {
  worse: 'worse',
  inconclusive: 'can’t tell',
  better: 'better',
  same: 'same',
};

/** What can't be told, and why: one line for each reason. */
export function notComparable({
  unmatched = [],
  measuredOtherwise = [],
  fewRounds,
}: Comparison): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { cell, reason } of unmatched) reasons.set(reason, [...(reasons.get(reason) ?? []), cell]);
  return [
    ...(fewRounds === undefined ? [] : [fewRoundsText(fewRounds)]),
    ...[...reasons].map(([reason, cells]) => `${someOf(cells)}: ${reason}`),
    ...(measuredOtherwise.length === 0
      ? []
      : [
          `whether a change is the code’s: the baseline was measured otherwise (${measuredOtherwise.join(', ')})`,
        ]),
  ];
}

function fewRoundsText({ current, baseline, enough }: NonNullable<Comparison['fewRounds']>): string {
  const here = `${current} ${current === 1 ? 'round' : 'rounds'} here and ${baseline} in the baseline`;
  const bar =
    Math.min(current, baseline) < fewestCompared
      ? 'are too few to show any difference'
      : 'show only a difference that is larger than the spread within one side';
  return `more: ${here} ${bar}; measure both with --rounds ${enough} or more`;
}

const fewestCompared = 3;

function someOf(cells: readonly string[]): string {
  const shown = cells.slice(0, 4).join(', ');
  return cells.length > 4 ? `${shown} and ${cells.length - 4} more cells` : shown;
}

const concern: readonly ComparisonVerdict[] = ['worse', 'inconclusive', 'better', 'same'];

export function byConcern(a: Change, b: Change): number {
  return concern.indexOf(a.verdict) - concern.indexOf(b.verdict);
}

/** Before, after and the difference, in the figure's own unit or as a share. */
export function beforeAfter({ metric, before, after }: Change): readonly [string, string, string] {
  return [showFigure(metric, before), showFigure(metric, after), difference(metric, before, after)];
}

function difference(metric: Change['metric'], before: number, after: number): string {
  const points = metric === 'completion';
  if (!points && before === 0) return '–';
  const percent = (points ? after - before : (after - before) / before) * 100;
  const sign = percent > 0 ? '+' : percent < 0 ? '−' : '±';
  return `${sign}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0)} %${points ? ' points' : ''}`;
}
