import type { ChalkInstance } from 'chalk';
import Table, { type HorizontalAlignment } from 'cli-table3';
import { cellName, showMishaps, showPercent, showPerSecond } from '../../measure/figures.ts';
import { histogramOf } from '../../measure/merge-cells.ts';
import type { Comparison, Rank, Warning } from '../../model/bench.ts';
import type { Cell, ThresholdResult } from '../../model/cell.ts';
import type { Report } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { beforeAfter, byConcern, comparisonWords, notComparable } from '../change.ts';
import { foldWarnings } from '../fold-warnings.ts';
import { judgements, showActual } from '../judgement.ts';
import { describeLoad } from '../load.ts';
import { showMoment } from '../show-moment.ts';
import { showFactor } from '../show-rank.ts';
import { borderless } from './borderless.ts';
import { marks } from './marks.ts';
import { type LogRange, sparkline } from './sparkline.ts';
import { wrap } from './wrap.ts';

const sparklineWidth = 12;
const widest = 100;

/** The result of `bench` for a terminal: readable at 80 columns and without colour. */
export function renderBench(report: Report, paint: ChalkInstance, columns = 80): string {
  const parts = [
    headline(report, paint, columns),
    cellTable(report.cells, paint, columns),
    causes(report.cells, paint),
    skipped(report.cells, paint, columns),
    ranking(report.ranking ?? [], paint, columns),
    thresholds(report.thresholds, paint, columns),
    report.comparison === undefined ? '' : comparison(report.comparison, paint, columns),
    warnings(report.warnings ?? [], paint, columns),
    verdict(report, paint),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headline(
  { load, cells, environment: { node, cpus } }: Report,
  paint: ChalkInstance,
  columns: number,
): string {
  const paths = [...new Set(cells.map(({ path }) => path))].join(' and ');
  const what = paths === '' ? 'bench' : `bench of the ${paths} path`;
  const how = load === undefined ? '' : `, ${describeLoad(load)}`;
  const machine = `Node ${node}, ${cpus} cores; latency from the intended send time`;
  return [
    ...wrap(`${what}${how}`, columns).map((line) => paint.bold(line)),
    ...wrap(machine, columns).map((line) => paint.dim(line)),
  ].join('\n');
}

/** Below these widths the shapes, then the figures that a reader misses least, give way. */
const columnsFor = { shapes: 78, allFigures: 66 };

function cellTable(cells: readonly Cell[], paint: ChalkInstance, columns: number): string {
  const measured = cells.filter(({ skipped: reason }) => reason === null);
  if (measured.length === 0) return '';
  const range = columns >= columnsFor.shapes ? rangeOf(measured) : null;
  const isShown = (_value: unknown, index: number) =>
    columns >= columnsFor.allFigures || !secondary.includes(index);
  const table = new Table({
    head: ['context', 'strategy', 'delivered', 'p50', 'p99', 'max', 'per s', axis(range)].filter(isShown),
    colAligns: aligns.filter(isShown),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
    chars: borderless,
  });
  for (const cell of measured) table.push(row(cell, range, paint).filter(isShown));
  const [head = '', ...rows] = table.toString().split('\n');
  return [paint.dim(head.trimEnd()), ...rows.map((line) => line.trimEnd())].join('\n');
}

/** `max` and `per s` */
const secondary: readonly number[] = [5, 6];

const aligns: HorizontalAlignment[] = ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'];

function row(cell: Cell, range: LogRange | null, paint: ChalkInstance): string[] {
  const { latencyMs: latency, throughputPerS } = cell;
  const complete = cell.completionRate === 1;
  const percent = showPercent(cell.completionRate);
  const shape = range === null ? '' : sparkline(histogramOfMeasured(cell), range, sparklineWidth).trimEnd();
  const mishaps = showMishaps(cell);
  return [
    cell.fault === null ? cell.context : `${cell.context} ${cell.fault}`,
    cell.strategy,
    complete ? paint.green(percent) : paint.red(percent),
    latency === null ? '–' : showMs(latency.p50),
    latency === null ? '–' : showMs(latency.p99),
    latency === null ? '–' : showMs(latency.max),
    throughputPerS === null ? '–' : showPerSecond(throughputPerS).replace('/s', ''),
    mishaps === '' ? paint.cyan(shape) : paint.red(mishaps),
  ];
}

function* histogramOfMeasured(cell: Cell) {
  if (cell.histogram !== undefined) yield* histogramOf(cell).counts();
}

/** One axis for all cells, so that their sparklines can be compared. */
function rangeOf(cells: readonly Cell[]): LogRange | null {
  const latencies = cells.flatMap(({ latencyMs, histogram }) =>
    latencyMs === null || histogram === undefined ? [] : [latencyMs],
  );
  if (latencies.length === 0) return null;
  const min = Math.max(0.01, Math.min(...latencies.map((latency) => latency.min)));
  return { min, max: Math.max(min * 2, ...latencies.map((latency) => latency.max)) };
}

function axis(range: LogRange | null): string {
  return range === null ? '' : `${showMs(range.min)}…${showMs(range.max)}`.replace(/ ms…(.* ms)$/, '…$1');
}

function causes(cells: readonly Cell[], paint: ChalkInstance): string {
  const lines = cells.flatMap((cell) =>
    cell.cause === null || cell.cause === 'healthy' ? [] : [`${marks.item} ${cellName(cell)}: ${cell.cause}`],
  );
  return lines.length === 0 ? '' : `${paint.bold('Why not everything arrived')}\n${lines.join('\n')}`;
}

/** A reason once, however many cells have it. */
function skipped(cells: readonly Cell[], paint: ChalkInstance, columns: number): string {
  const byReason = new Map<string, string[]>();
  for (const cell of cells) {
    if (cell.skipped === null) continue;
    byReason.set(cell.skipped, [...(byReason.get(cell.skipped) ?? []), cellName(cell)]);
  }
  if (byReason.size === 0) return '';
  const lines = [...byReason].flatMap(([reason, names]) =>
    wrap(`${names.join(', ')}: ${reason}`, columns - 2).map(
      (line, index) => `${index === 0 ? marks.item : ' '} ${line}`,
    ),
  );
  return [paint.bold('Skipped'), ...lines].join('\n');
}

const measures = { p50: 'median latency', throughput: 'throughput' } as const;

function ranking(ranks: readonly Rank[], paint: ChalkInstance, columns: number): string {
  const [first] = ranks;
  if (first === undefined) return '';
  const contexts = [...new Set(ranks.map(({ context }) => context))];
  const width = Math.max(...contexts.map((context) => context.length));
  const nameWidth = Math.max(16, ...ranks.map((rank) => rankedName(rank).length));
  const lines = contexts.flatMap((context) =>
    ranks
      .filter((rank) => rank.context === context)
      .map((rank, index) => `  ${(index === 0 ? context : '').padEnd(width)}  ${showRank(rank, nameWidth)}`),
  );
  const worse = first.measure === 'p50' ? 'times the best' : 'times below the best';
  const title = `Ranking by ${measures[first.measure]}`;
  const remark = `(${worse}, where all was delivered)`;
  const gap = title.length + 1 + remark.length > columns ? '\n' : ' ';
  return `${paint.bold(title)}${gap}${paint.dim(remark)}\n${lines.join('\n')}`;
}

function showRank(rank: Rank, width: number): string {
  return `${rankedName(rank).padEnd(width)} ${showFactor(rank)}`;
}

function rankedName({ strategy, fault }: Rank): string {
  return fault === null ? strategy : `${strategy} (${fault})`;
}

function thresholds(results: readonly ThresholdResult[], paint: ChalkInstance, columns: number): string {
  if (results.length === 0) return '';
  const all = judgements(results);
  const width = Math.max(...all.map(({ expr }) => expr.length));
  const lines = all.map(({ expr, passed, cells, failed, worst }) => {
    const seen = showActual(worst).padStart(9);
    if (passed)
      return `${paint.green(marks.good)} ${expr.padEnd(width)} ${seen}  ${paint.dim(cells === 1 ? '1 cell' : `${cells} cells`)}`;
    const scope = cells === 1 ? 'in' : `${failed} of ${cells} cells, worst`;
    const where = worst.cell === null ? 'no such cell' : `${scope} ${worst.cell}`;
    const lines = wrap(where, Math.max(20, columns - width - seen.length - 5));
    const indent = ' '.repeat(width + seen.length + 5);
    return `${paint.red(marks.bad)} ${expr.padEnd(width)} ${paint.red(seen)}  ${lines.join(`\n${indent}`)}`;
  });
  return `${paint.bold('Thresholds')}\n${lines.join('\n')}`;
}

const wordWidth = Math.max(...Object.values(comparisonWords).map((word) => word.length)) + 1;

/** Behind the word of a verdict. */
function hung(text: string, columns: number): string {
  return wrap(text, columns - wordWidth - 1).join(`\n${' '.repeat(wordWidth + 1)}`);
}

function comparison(compared: Comparison, paint: ChalkInstance, columns: number): string {
  const { baseline, changes } = compared;
  const changed = changes.filter(({ verdict }) => verdict !== 'same').sort(byConcern);
  const color = { better: paint.green, worse: paint.red, inconclusive: paint.yellow, same: paint.dim };
  const lines = changed.map((change) => {
    const { cell, metric, p, verdict } = change;
    const [before, after, difference] = beforeAfter(change);
    const chance = p === null ? 'too few rounds to say' : `p=${p.toFixed(3)}`;
    const said = `${metric} of ${cell}: ${before} → ${after} ${difference} (${chance})`;
    const text = hung(said, columns);
    return `${color[verdict](comparisonWords[verdict].padEnd(wordWidth))} ${text.replace(`(${chance})`, (words) => paint.dim(words))}`;
  });
  const same = changes.length - changed.length;
  return [
    ...wrap(`Against the baseline of ${showMoment(baseline.startedAt)}, medians of the rounds`, columns).map(
      (line) => paint.bold(line),
    ),
    ...lines,
    ...notComparable(compared).map(
      (line) => `${paint.yellow(comparisonWords.inconclusive.padEnd(wordWidth))} ${hung(line, columns)}`,
    ),
    `${'same'.padEnd(wordWidth)} ${same} of ${changes.length} figures`,
  ].join('\n');
}

function warnings(all: readonly Warning[], paint: ChalkInstance, columns: number): string {
  return foldWarnings(all)
    .map(({ cell, text }) =>
      wrap(`${cell === null ? '' : `${cell}: `}${text}`, Math.min(columns, widest) - 2).join('\n  '),
    )
    .map((text) => `${paint.yellow(marks.doubtful)} ${text}`)
    .join('\n');
}

function verdict({ ok, partial, durationMs }: Report, paint: ChalkInstance): string {
  const word = ok ? paint.green('ok') : paint.red('failed');
  const result = partial === true ? paint.yellow('interrupted; this is what was measured until then') : word;
  return `${result} ${paint.dim(`· took ${showMs(durationMs)}`)}`;
}
