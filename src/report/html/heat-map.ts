import { showMishaps, showPercent } from '../../measure/figures.ts';
import { type Cell, isStarved } from '../../model/cell.ts';
import { reportedStrategyNames } from '../../model/names.ts';
import { showMs } from '../../time/show-ms.ts';
import { html, type Markup } from './markup.ts';

/** Contexts × strategies, one map for each path and fault. */
export function heatMapSection(cells: readonly Cell[]): Markup {
  if (cells.length === 0) return html``;
  const groups = new Map<string, Cell[]>();
  for (const cell of [...cells].sort((a, b) => Number(b.path === 'expiry') - Number(a.path === 'expiry'))) {
    const name = `${cell.path} path${cell.fault === null ? '' : `, ${cell.fault}`}`;
    groups.set(name, [...(groups.get(name) ?? []), cell]);
  }
  return html`<section aria-labelledby="matrix"><h2 id="matrix">Delivered, by thread context and strategy</h2>
${[...groups].map(([name, group], index) => (index === 0 ? heatMap(name, group) : foldedMap(name, group)))}
<p class="key-line" aria-hidden="true"><span class="heat full">all</span> <span class="heat most">90 % and more</span> <span class="heat some">half and more</span> <span class="heat few">less</span> <span class="heat none">none</span></p></section>`;
}

/** Open by itself only where something in it was not delivered. */
function foldedMap(name: string, cells: readonly Cell[]): Markup {
  const bad = cells.some(
    ({ expected, completionRate, skipped }) => expected === false || (skipped === null && completionRate < 1),
  );
  const summary = bad ? name : `${name}: everything delivered`;
  return html`<details${bad ? html` open` : ''}><summary>${summary}</summary>${heatMap(name, cells)}</details>`;
}

function heatMap(name: string, cells: readonly Cell[]): Markup {
  const strategies = reportedStrategyNames.filter((strategy) =>
    cells.some((cell) => cell.strategy === strategy),
  );
  const contexts = [...new Set(cells.map((cell) => cell.context))];
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table class="heat-map"><caption>${name}</caption>
<thead><tr><th scope="col">context</th>${strategies.map((strategy) => html`<th scope="col">${strategy}</th>`)}</tr></thead>
<tbody>${contexts.map(
    (context) =>
      html`<tr><th scope="row">${context}</th>${heatRow(
        strategies.map((strategy) =>
          cells.find((cell) => cell.context === context && cell.strategy === strategy),
        ),
      )}</tr>
`,
  )}</tbody></table></div>`;
}

/** A row that was skipped for one reason says so once. */
function heatRow(row: readonly (Cell | undefined)[]): Markup {
  const [reason, ...others] = new Set(row.map((cell) => cell?.skipped));
  return typeof reason === 'string' && others.length === 0 && !row.some((cell) => cell && isStarved(cell))
    ? html`<td class="absent" colspan="${row.length}">skipped <small>${reason}</small></td>`
    : html`${row.map(heatCell)}`;
}

function heatCell(cell: Cell | undefined): Markup {
  if (cell === undefined) return html`<td class="absent">not run</td>`;
  if (isStarved(cell)) return html`<td class="absent">not judged <small>it got no CPU</small></td>`;
  if (cell.skipped !== null) return html`<td class="absent">skipped <small>${cell.skipped}</small></td>`;
  const { latencyMs, completionRate, cause, sent, expected } = cell;
  const latency =
    latencyMs === null ? '' : sent === 1 ? figure(latencyMs.max) : `p99 ${figure(latencyMs.p99)}`;
  const why = cause === null || cause === 'healthy' ? '' : cause;
  const details = [latency, showMishaps(cell), why, expected === false ? 'not as expected' : ''];
  return html`<td class="heat ${heatOf(completionRate)}"><strong>${showPercent(completionRate)}</strong>${details
    .filter((detail) => detail !== '')
    .map((detail) => html` <small>${detail}</small>`)}</td>`;
}

/** A number and its unit stand on one line. */
function figure(ms: number): string {
  return showMs(ms).replaceAll(' ', '\u00a0');
}

function heatOf(rate: number): 'full' | 'most' | 'some' | 'few' | 'none' {
  if (rate === 1) return 'full';
  if (rate >= 0.9) return 'most';
  if (rate >= 0.5) return 'some';
  return rate > 0 ? 'few' : 'none';
}
