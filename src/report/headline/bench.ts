import { showPercent } from '../../measure/figures.ts';
import type { Comparison, ComparisonVerdict } from '../../model/bench.ts';
import type { Report } from '../../model/report.ts';
import { judgements } from '../judgement.ts';
import { counted, expectation, type Headline } from './wording.ts';

export function benchHeadline(report: Report): Headline {
  const { thresholds, comparison } = report;
  const measured = report.cells.filter(({ skipped }) => skipped === null);
  const [sent, delivered] = [sum(measured, 'sent'), sum(measured, 'delivered')];
  const judged = judgements(thresholds);
  const held = judged.filter(({ passed }) => passed).length;
  const missing = report.warnings?.find(({ code }) => code === 'shards-missing');
  const sentences = [
    ...(missing === undefined ? [] : ['Shards are missing.']),
    sent === 0
      ? 'Nothing was measured.'
      : `${showPercent(delivered / sent)} of ${counted(sent, 'notification')} delivered in ${counted(measured.length, 'cell')}.`,
    ...(judged.length === 0
      ? []
      : [
          `${held} of ${counted(judged.length, 'threshold')} held${report.partial === true ? ' until then' : ''}.`,
        ]),
    ...(comparison === undefined ? [] : [worseSentence(comparison), ...unjudgedSentence(comparison)]),
  ];
  return { ...expectation(report), sentence: sentences.join(' ') };
}

/** That nothing is known to be worse is not that nothing is. */
function worseSentence({ changes }: Comparison): string {
  const having = (wanted: ComparisonVerdict) => changes.filter(({ verdict }) => verdict === wanted).length;
  const [worse, unsure] = [having('worse'), having('inconclusive')];
  const doubt = unsure === 0 ? '' : `; for ${unsure} of ${changes.length} the rounds can’t tell`;
  if (worse > 0)
    return `${counted(worse, 'figure')} ${worse === 1 ? 'is' : 'are'} worse than the baseline${doubt}.`;
  return unsure === 0
    ? 'No figure is worse than the baseline.'
    : `No figure is known to be worse than the baseline${doubt}.`;
}

function unjudgedSentence({ unmatched = [], measuredOtherwise = [] }: Comparison): readonly string[] {
  const cells = new Set(unmatched.map(({ cell }) => cell)).size;
  return [
    ...(cells === 0 ? [] : [`${counted(cells, 'cell')} could not be compared in full.`]),
    ...(measuredOtherwise.length === 0 ? [] : ['The baseline was measured differently.']),
  ];
}

function sum(cells: Report['cells'], key: 'sent' | 'delivered'): number {
  return cells.reduce((total, cell) => total + cell[key], 0);
}
