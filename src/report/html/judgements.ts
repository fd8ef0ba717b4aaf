import type { Change, Comparison, Rank, Warning } from '../../model/bench.ts';
import type { ThresholdResult } from '../../model/cell.ts';
import { beforeAfter, byConcern, comparisonWords, notComparable } from '../change.ts';
import { foldWarnings } from '../fold-warnings.ts';
import { judgements, showActual } from '../judgement.ts';
import { showMoment } from '../show-moment.ts';
import { showFactor, showRanked } from '../show-rank.ts';
import { html, type Markup, prose } from './markup.ts';
import { table } from './table.ts';

export function thresholdSection(results: readonly ThresholdResult[]): Markup {
  if (results.length === 0) return html``;
  return html`<section aria-labelledby="thresholds"><h2 id="thresholds">Thresholds</h2>
${table(
  'Thresholds and the figures furthest from them',
  [
    { title: 'threshold' },
    { title: 'result' },
    { title: 'worst', numeric: true },
    { title: 'in' },
    { title: 'failed cells', numeric: true },
  ],
  judgements(results).map(({ expr, passed, worst, cells, failed }) => ({
    cells: [
      html`<code>${expr}</code>`,
      passed ? '✔ holds' : '✖ failed',
      showActual(worst),
      worst.cell ?? 'no such cell',
      `${failed} of ${cells}`,
    ],
    tone: passed ? 'good' : 'bad',
  })),
)}</section>`;
}

export function warningSection(warnings: readonly Warning[]): Markup {
  if (warnings.length === 0) return html``;
  return html`<section aria-labelledby="warnings"><h2 id="warnings">Read these figures with care</h2>
<ul>${foldWarnings(warnings).map(({ cell, text }) => html`<li>${cell === null ? '' : html`<code>${cell}</code>: `}${prose(text)}</li>`)}</ul></section>`;
}

export function rankingSection(ranks: readonly Rank[]): Markup {
  const [first] = ranks;
  if (first === undefined) return html``;
  const how =
    first.measure === 'p50'
      ? 'How many times the median latency of the best strategy of the context.'
      : 'How many times below the throughput of the best strategy of the context.';
  return html`<section aria-labelledby="ranking"><h2 id="ranking">Ranking</h2>
<p>${how} Only strategies that delivered everything; ± is one standard deviation over paired rounds.</p>
${table(
  `Ranking by ${first.measure}`,
  [{ title: 'context' }, { title: 'strategy' }, { title: 'factor', numeric: true }],
  ranks.map((rank) => ({ cells: [showRanked(rank), rank.strategy, showFactor(rank)] })),
)}</section>`;
}

const tones = { better: 'good', worse: 'bad', same: 'quiet', inconclusive: 'quiet' } as const;

export function comparisonSection(comparison: Comparison | undefined): Markup {
  if (comparison === undefined) return html``;
  const { baseline, changes } = comparison;
  const cannotTell = notComparable(comparison);
  const sorted = [...changes].sort(byConcern);
  const [changed, same] = [
    sorted.filter(({ verdict }) => verdict !== 'same'),
    sorted.filter(({ verdict }) => verdict === 'same'),
  ];
  return html`<section aria-labelledby="comparison"><h2 id="comparison">Against the baseline</h2>
<p>Measured ${showMoment(baseline.startedAt)} by version ${baseline.version}. Medians of the rounds; whether a difference may be chance is what a permutation test over them says.</p>
${changed.length === 0 ? '' : changeTable('Changes since the baseline', changed)}
${cannotTell.map((line) => html`<p>Can’t tell ${line}.</p>`)}
${same.length === 0 ? '' : html`<details><summary>${same.length} of ${changes.length} figures are the same</summary>${changeTable('Figures that are the same', same)}</details>`}</section>`;
}

function changeTable(caption: string, changes: readonly Change[]): Markup {
  return table(
    caption,
    [
      { title: 'cell' },
      { title: 'verdict' },
      { title: 'figure' },
      { title: 'before', numeric: true },
      { title: 'after', numeric: true },
      { title: 'Δ', numeric: true },
      { title: 'p', numeric: true },
    ],
    changes.map((change) => ({
      cells: [
        change.cell,
        comparisonWords[change.verdict],
        change.metric,
        ...beforeAfter(change),
        change.p === null ? 'too few rounds' : change.p.toFixed(3),
      ],
      tone: tones[change.verdict],
    })),
  );
}
