import { markdownTable } from 'markdown-table';
import { showCount, showMishaps, showPercent, showPerSecond } from '../measure/figures.ts';
import type { Rank } from '../model/bench.ts';
import { type Cell, isStarved } from '../model/cell.ts';
import type { Report } from '../model/report.ts';
import { showMs } from '../time/show-ms.ts';
import { counted } from './headline/wording.ts';
import { code, folded, text } from './markdown-text.ts';
import { showFactor, showRanked } from './show-rank.ts';

/** GitHub refuses a comment above 65,536 characters; a full matrix with faults can pass that. */
const cellsShown = 120;

/** Contexts × strategies, one table for each path and fault; expiries first, since they are what gets lost. */
export function matrices({ cells }: Report): string {
  const groups = new Map<string, Cell[]>();
  for (const cell of [...cells].sort((a, b) => Number(b.path === 'expiry') - Number(a.path === 'expiry'))) {
    const name = `${cell.path}${cell.fault === null ? '' : `, ${cell.fault}`}`;
    groups.set(name, [...(groups.get(name) ?? []), cell]);
  }
  const [first, ...others] = [...groups].map(([name, group]) => matrix(name, group));
  if (first === undefined) return '';
  const rest = others.slice(0, matricesShown);
  return [first, folded('The other paths and faults', rest.join('\n\n'))]
    .filter((part) => part !== '')
    .join('\n\n');
}

const matricesShown = 6;

function matrix(name: string, cells: readonly Cell[]): string {
  const strategies = [...new Set(cells.map(({ strategy }) => strategy))];
  const contexts = [...new Set(cells.map(({ context }) => context))].slice(0, cellsShown);
  const rows = contexts.map((context) => [
    code(context),
    ...strategies.map((strategy) =>
      matrixCell(cells.find((cell) => cell.context === context && cell.strategy === strategy)),
    ),
  ]);
  return markdownTable([[text(name), ...strategies.map(code)], ...rows]);
}

function matrixCell(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  if (isStarved(cell)) return '❔ no CPU';
  if (cell.skipped !== null) return '⏭️';
  const latency = cell.latencyMs === null ? '' : ` ${showMs(cell.latencyMs.p50)}`;
  const outcome =
    cell.sent === 1
      ? showMishaps(cell).replace(/^1 /, '')
      : `${showPercent(cell.completionRate)} ${showMishaps(cell)}`;
  return `${mark(cell)}${cell.completionRate === 1 ? latency : ` ${outcome.trim()}`}`;
}

/** What failed first and open; all the rest is there, folded. */
export function cellTables({ cells }: Report): string {
  const bad = cells.filter(({ expected }) => expected === false);
  const others = cells
    .filter((cell) => cell.expected !== false)
    .sort((a, b) => Number(a.completionRate === 1) - Number(b.completionRate === 1));
  const shown = others.slice(0, Math.max(0, cellsShown - bad.length));
  const left = others.length - shown.length;
  const more = left === 0 ? '' : `\n\n… and ${left} more cells in the full report.`;
  return [
    bad.length === 0 ? '' : `### Not as expected\n\n${cellTable(bad.slice(0, cellsShown))}`,
    shown.length === 0
      ? ''
      : folded(`Figures of ${counted(others.length, 'cell')}`, `${cellTable(shown)}${more}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function cellTable(cells: readonly Cell[]): string {
  return markdownTable(
    [
      ['', 'path', 'strategy/context', 'sent', 'delivered', 'p50', 'p99', 'max', 'per s', 'not delivered'],
      ...cells.map(cellRow),
    ],
    { align: ['c', 'l', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'] },
  );
}

function placeOf({ strategy, context, fault }: Cell): string {
  return `${strategy}/${context}${fault === null ? '' : ` (${fault})`}`;
}

function cellRow(cell: Cell): string[] {
  if (cell.skipped !== null) {
    return ['⏭️', cell.path, code(placeOf(cell)), '', '', '', '', '', '', `skipped: ${text(cell.skipped)}`];
  }
  const latency = cell.latencyMs;
  return [
    mark(cell),
    cell.path,
    code(placeOf(cell)),
    showCount(cell.sent),
    showPercent(cell.completionRate),
    latency === null ? '–' : showMs(latency.p50),
    latency === null ? '–' : showMs(latency.p99),
    latency === null ? '–' : showMs(latency.max),
    cell.throughputPerS === null ? '–' : showPerSecond(cell.throughputPerS),
    [showMishaps(cell), cell.cause === null || cell.cause === 'healthy' ? '' : code(cell.cause)]
      .filter((part) => part !== '')
      .join(' · '),
  ];
}

function mark(cell: Cell): string {
  if (cell.expected === false) return '❌';
  return cell.completionRate === 1 ? '✅' : '⚠️';
}

/** The strategies of each context that delivered everything, best first. */
export function ranking(ranks: readonly Rank[]): string {
  const [first] = ranks;
  if (first === undefined) return '';
  const rows = ranks.map((rank) => [text(showRanked(rank)), code(rank.strategy), showFactor(rank)]);
  const by = first.measure === 'p50' ? 'median latency, times the best' : 'throughput, times below the best';
  const table = markdownTable([['context', 'strategy', 'factor'], ...rows], { align: ['l', 'l', 'r'] });
  return `### Ranking by ${by}\n\n${table}`;
}
