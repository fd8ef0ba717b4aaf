import { showPercent } from '../../measure/figures.ts';
import type { Comparison } from '../../model/bench.ts';
import type { Report } from '../../model/report.ts';
import { judgements } from '../judgement.ts';
import { counted, expectation, type Headline } from './wording.ts';

export function benchHeadline(report: Report): Headline {
  const { thresholds, comparison } = report;
  const measured = report.cells.filter(({ skipped }) => skipped === null);
  const [sent, delivered] = [sum(measured, 'sent'), sum(measured, 'delivered')];
  const judged = judgements(thresholds);
  const held = judged.filter(({ passed }) => passed).length;
  const worse = comparison?.changes.filter(({ verdict }) => verdict === 'worse').length ?? 0;
  const missing = report.warnings?.find(({ code }) => code === 'shards-missing');
  const sentences = [
    ...(missing === undefined ? [] : ['Shards are missing.']),
    sent === 0
      ? 'Nothing was measured.'
      : `${showPercent(delivered / sent)} of ${counted(sent, 'notification')} delivered in ${counted(measured.length, 'cell')}.`,
    ...(judged.length === 0 ? [] : [`${held} of ${counted(judged.length, 'threshold')} held.`]),
    ...(comparison === undefined
      ? []
      : [
          worse === 0
            ? 'No figure is worse than the baseline.'
            : `${counted(worse, 'figure')} worse than the baseline.`,
          ...unjudgedSentence(comparison),
        ]),
  ];
  return { ...expectation(report), sentence: sentences.join(' ') };
}

function unjudgedSentence({
  changes,
  unmatched = [],
  measuredOtherwise = [],
}: Comparison): readonly string[] {
  const unsure = changes.filter(({ verdict }) => verdict === 'inconclusive').length;
  const cells = new Set(unmatched.map(({ cell }) => cell)).size;
  return [
    ...(unsure === 0 ? [] : [`${counted(unsure, 'figure')} could not be judged.`]),
    ...(cells === 0 ? [] : [`${counted(cells, 'cell')} could not be compared in full.`]),
    ...(measuredOtherwise.length === 0 ? [] : ['The baseline was measured otherwise.']),
  ];
}

function sum(cells: Report['cells'], key: 'sent' | 'delivered'): number {
  return cells.reduce((total, cell) => total + cell[key], 0);
}
