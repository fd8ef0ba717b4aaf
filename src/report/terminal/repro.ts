// One file, however long: one page of text, from its heading to its verdict.
import { stripVTControlCharacters } from 'node:util';
import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import { capital } from '../../capital.ts';
import { type Cell, isStarved } from '../../model/cell.ts';
import type { DeliveryPath, ReportedContextName, ReportedStrategyName } from '../../model/names.ts';
import type { Environment, Report } from '../../model/report.ts';
import type { Timeline, TimelineLine } from '../../model/story.ts';
import { showMs } from '../../time/show-ms.ts';
import {
  deliveredEverywhere,
  isDelivered,
  isUnjudged,
  nothingRan,
  notJudged,
  ranExpiries,
} from '../headline/repro.ts';
import { describeTrials } from '../load.ts';
import { borderless } from './borderless.ts';
import { marks } from './marks.ts';
import { explainPythonRepro } from './python-repro.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

type Style = Pick<Terminal, 'out' | 'columns'>;

/** The report a person reads from the top: what happened, cell by cell, how it looks in a log, why, and what to use. */
export function renderRepro(report: Report, style: Style): string {
  const sections = [
    heading(report, style),
    ...legend(report, style),
    ...confirmation(report, style),
    ...matrix(report, style),
    ...failures(report, style),
    ...skipped(report, style),
    ...(report.timelines ?? []).map((timeline) => story(timeline, style)),
    ...explanation(report, style),
    verdict(report, style),
  ];
  return `${sections.join('\n\n')}\n`;
}

function heading({ environment, durationMs, partial, trials }: Report, { out, columns }: Style): string {
  const title = 'timer-notify repro';
  const machine = `${runtimeText(environment)}, ${environment.cpus} cores, took ${showMs(durationMs)}`;
  const stopped = partial === true ? ' (interrupted: what is known so far)' : '';
  const [first = '', ...rest] = wrap(`${title}  ${machine}${stopped}`, columns);
  const how = trials === undefined ? [] : wrap(describeTrials(trials), columns);
  const lines = [first.replace(title, out.bold(title)), ...rest, ...how];
  return lines.map((line) => (partial === true ? out.yellow(line) : line)).join('\n');
}

function runtimeText({ node, undici, python }: Environment): string {
  return python === undefined
    ? `Node ${node}, undici ${undici}`
    : `Python ${python.version}, aiohttp ${python.aiohttp}, requests ${python.requests}`;
}

function confirmation({ cells }: Report, { out }: Style): string[] {
  const confirmations = cells.filter(
    ({ path, skipped: reason }) => path === 'confirmation' && reason === null,
  );
  if (confirmations.length === 0) return [];
  const delivered = confirmations.filter(isDelivered).length;
  const count = `delivered in ${delivered} of ${confirmations.length} cells`;
  const median = medianOf(confirmations);
  const latency = median === null ? '' : `, median ${showMs(median)}`;
  const [mark, tail] =
    delivered === confirmations.length
      ? [out.green(marks.good), latency]
      : [out.red(marks.bad), `${latency}: ${worstOf(confirmations)}`];
  return [`${out.bold('Confirmation')}  ${mark} ${count}${tail}`];
}

function worstOf(cells: readonly Cell[]): string {
  const bad = cells.find((cell) => !isDelivered(cell));
  return bad === undefined ? '' : `${outcomeWord(bad)} in ${bad.context}`;
}

function medianOf(cells: readonly Cell[]): number | null {
  const latencies = cells
    .flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs.p50]))
    .sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length / 2)] ?? null;
}

function matrix({ cells }: Report, style: Style): string[] {
  const expiries = cells.filter(
    (cell) => cell.path === 'expiry' && (cell.skipped === null || isStarved(cell)),
  );
  if (expiries.length === 0) return [];
  const whole = tables(expiries, (name) => name, style);
  return whole.length === 1 ? whole : tables(expiries, inTwoLines, style);
}

/** How a strategy's name stands above its column. */
type Heading = (name: string) => string;

/** As many tables as are needed to fit the columns beside each other. */
function tables(expiries: readonly Cell[], heading: Heading, style: Style): string[] {
  const contexts = distinct(expiries.map(({ context }) => context));
  const widths = distinct(expiries.map(({ strategy }) => strategy)).map((strategy) => ({
    strategy,
    width: columnWidth(strategy, expiries, heading, style),
  }));
  return sideBySide(widths, contexts, style.columns).map((group) =>
    matrixOf(expiries, contexts, group, heading, style),
  );
}

/** A long name takes two lines, where a table of many strategies does not fit otherwise. */
function inTwoLines(name: string): string {
  const cut = name.length > widestName ? name.lastIndexOf('-') + 1 : 0;
  return cut === 0 ? name : `${name.slice(0, cut)}\n${name.slice(cut)}`;
}

const widestName = 13;

/** As wide as the widest thing that stands in the column. */
function columnWidth(
  strategy: ReportedStrategyName,
  expiries: readonly Cell[],
  heading: Heading,
  style: Style,
): number {
  const cells = expiries.filter((cell) => cell.strategy === strategy);
  const texts = cells.map((cell) => stripVTControlCharacters(showCell(cell, style)));
  return Math.max(...[...heading(strategy).split('\n'), ...texts].map((text) => text.length));
}

/** Groups of strategies whose columns fit beside each other. */
function sideBySide(
  strategies: readonly { readonly strategy: ReportedStrategyName; readonly width: number }[],
  contexts: readonly ReportedContextName[],
  columns: number,
): ReportedStrategyName[][] {
  const first = Math.max(...contexts.map((context) => context.length)) + columnGap;
  const groups: ReportedStrategyName[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const { strategy, width } of strategies) {
    if (used + width > columns) {
      groups.push([]);
      used = first;
    }
    groups.at(-1)?.push(strategy);
    used += width + columnGap;
  }
  return groups;
}

const columnGap = 2;

function matrixOf(
  expiries: readonly Cell[],
  contexts: readonly ReportedContextName[],
  strategies: readonly ReportedStrategyName[],
  heading: Heading,
  style: Style,
): string {
  const { out } = style;
  const table = new Table({
    head: ['expiry', ...strategies.map(heading)].map((word) => out.bold(word)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': columnGap },
    chars: borderless,
  });
  for (const context of contexts) {
    const row = strategies.map((strategy) => find(expiries, 'expiry', context, strategy));
    table.push([context, ...row.map((cell) => (cell === null ? '' : showCell(cell, style)))]);
  }
  return table.toString().replace(/[ ]+$/gm, '');
}

function showCell(cell: Cell, { out }: Style): string {
  if (isStarved(cell)) return out.yellow('? no CPU');
  const text = cell.sent === 1 ? showOne(cell, out) : showMany(cell, out);
  return cell.expected === false ? `${text}${out.red('!')}` : text;
}

function showOne(cell: Cell, out: ChalkInstance): string {
  const latency = cell.latencyMs === null ? '' : showMs(cell.latencyMs.p50);
  const word = outcomeWord(cell);
  if (word === 'delivered') return out.green(`${marks.good} ${latency}`);
  return word === 'late' ? out.yellow(`${marks.late} late ${latency}`) : out.red(`${marks.bad} ${word}`);
}

function showMany(cell: Cell, out: ChalkInstance): string {
  const share = `${cell.delivered}/${cell.sent}`;
  if (!isDelivered(cell)) return out.red(`${marks.bad} ${share} ${outcomeWord(cell)}`);
  return out.green(`${marks.good} ${share} ${cell.latencyMs === null ? '' : showMs(cell.latencyMs.max)}`);
}

/** The most frequent outcome other than delivered; `delivered` where there is none. */
function outcomeWord(cell: Cell): string {
  const words = ['hung', 'lost', 'failed', 'late'] as const;
  const worst = words.reduce((most, word) => (cell[word] > cell[most] ? word : most), 'hung');
  if (cell[worst] > 0) return worst;
  return cell.duplicates > 0 ? 'duplicated' : 'delivered';
}

/** Errors that the senders got, most frequent first. */
function failures({ cells }: Report, { out, columns }: Style): string[] {
  const counts = new Map<string, number>();
  for (const { errors } of cells) {
    for (const { code, count } of errors) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  if (counts.size === 0) return [];
  const codes = [...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${code} (${count})`);
  return [
    wrap(`Errors that the senders got: ${codes.join(', ')}`, columns)
      .map((line) => out.dim(line))
      .join('\n'),
  ];
}

function skipped({ cells }: Report, { out, columns }: Style): string[] {
  const reasons = distinct(
    cells.flatMap((cell) =>
      cell.skipped === null || isStarved(cell) ? [] : [`${cell.context}: ${cell.skipped}`],
    ),
  );
  if (reasons.length === 0) return [];
  const lines = reasons.flatMap((reason) => wrap(`skipped ${reason}`, columns));
  return [lines.map((line) => out.yellow(line)).join('\n')];
}

function story({ title, lines }: Timeline, { out, columns }: Style): string {
  return [out.bold(capital(title)), ...lines.flatMap((line) => storyLine(line, out, columns))].join('\n');
}

const storyIndent = 13;

function storyLine(
  { atMs, source, text, good }: TimelineLine,
  out: ChalkInstance,
  columns: number,
): string[] {
  const time = `${atMs < 0 ? '−' : '+'}${Math.abs(atMs).toFixed(1)} ms`.padStart(storyIndent - 2);
  const paint = good ? (source === 'log' ? out.reset : out.dim) : out.red;
  const said = source === 'log' ? text : `— ${text}`;
  return wrap(said, columns - storyIndent).map(
    (part, index) => `${index === 0 ? out.dim(time) : ' '.repeat(time.length)}  ${paint(part)}`,
  );
}

const widest = 100;

/** Python's names are not those of the library: each is explained. */
function legend({ environment, cells }: Report, { out, columns }: Style): string[] {
  if (environment.python === undefined) return [];
  const { server, legend: lines } = explainPythonRepro(cells);
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return [
    wrap(server, Math.min(columns, widest)).join('\n'),
    lines
      .flatMap(([name, line]) =>
        wrap(line, Math.min(columns, widest) - width).map(
          (part, index) => `${(index === 0 ? name : '').padEnd(width)}${out.dim(part)}`,
        ),
      )
      .join('\n'),
  ];
}

function pythonWhy({ cells }: Report, { out, columns }: Style): string[] {
  const { why, fix } = explainPythonRepro(cells);
  if (why.length === 0) return [];
  const lines = [...why, fix].flatMap((line) => wrap(line, Math.min(columns, widest)));
  return [`${out.bold('Why')}\n${lines.join('\n')}`];
}

function explanation(report: Report, style: Style): string[] {
  if (report.environment.python !== undefined) return pythonWhy(report, style);
  const { out, columns } = style;
  const broken = report.cells.filter(({ path, hung, lost }) => path === 'expiry' && hung + lost > 0);
  if (broken.length === 0) return [];
  const why =
    'A request makes progress only while the event loop of the thread that started it runs. Where that loop is parked ' +
    '(in Atomics.wait) or blocked (by synchronous code), or its thread is gone, the request is never written, and the ' +
    'client’s timeout, a timer on the same loop, can’t fire either. That is why there is no error: a request that ' +
    'outlives its own timeout is the signature of a loop that does not run.';
  return [`${out.bold('Why')}\n${wrap(why, Math.min(columns, 100)).join('\n')}`];
}

function whyNothing({ partial }: Report): string {
  return partial === true ? 'the run was interrupted before' : 'each cell was skipped';
}

function verdict(report: Report, { out, columns }: Style): string {
  const unexpected = report.cells.filter(({ expected }) => expected === false);
  const expected = 'Every cell came out as its scenario expects.';
  const lines = [
    ...(nothingRan(report.cells)
      ? [[`Nothing ran, so nothing is known: ${whyNothing(report)}.`, out.red] as const]
      : []),
    ...survivors(report, out),
    ...(report.warnings ?? []).map(({ text }): Painted => [`Can’t tell: ${text}.`, out.yellow]),
    ...secondRuns(report, out),
    ...(isUnjudged(report.cells) ? [[notJudged, out.yellow] as const] : []),
    ...unexpected.map((cell): Painted => [unexpectedLine(cell), out.red]),
    ...(report.cells.some((cell) => cell.expected === true) && report.ok
      ? [[expected, out.dim] as const]
      : []),
  ];
  return lines
    .flatMap(([text, paint]) => wrap(text, Math.min(columns, 100)).map((line) => paint(line)))
    .join('\n');
}

function secondRuns({ cells }: Report, out: ChalkInstance): Painted[] {
  const names = distinct(
    cells.flatMap(({ ranAgain, strategy, context }) =>
      ranAgain === true ? [`${strategy} in ${context}`] : [],
    ),
  );
  if (names.length === 0) return [];
  return [
    [
      `Run a second time, alone, since the first run had an unexpected result: ${names.join(', ')}.`,
      out.yellow,
    ],
  ];
}

type Painted = readonly [text: string, paint: ChalkInstance];

function survivors({ cells }: Report, out: ChalkInstance): Painted[] {
  const expiries = ranExpiries(cells);
  if (expiries.length === 0) return [];
  const { good, text } = deliveredEverywhere(expiries);
  return [[text, good ? out.green : out.red]];
}

function unexpectedLine(cell: Cell): string {
  const { path, strategy, context, sent, delivered, cause } = cell;
  return `unexpected: ${path}, ${strategy} in ${context}: ${outcomeWord(cell)}, ${delivered} of ${sent} delivered${cause === null ? '' : ` (${cause})`}`;
}

function find(
  cells: readonly Cell[],
  path: DeliveryPath,
  context: ReportedContextName,
  strategy: ReportedStrategyName,
): Cell | null {
  return (
    cells.find((cell) => cell.path === path && cell.context === context && cell.strategy === strategy) ?? null
  );
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
