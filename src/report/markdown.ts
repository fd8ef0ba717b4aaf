import { markdownTable } from 'markdown-table';
import { showMishaps, showMs, showPercent, showPerSecond } from '../measure/figures.ts';
import type { Comparison, Warning } from '../model/bench.ts';
import type { Cell } from '../model/cell.ts';
import {
  type CheckReport,
  type CheckStatus,
  type Finding,
  requestLine,
  type ThreadSpan,
  type ThreadTimeline,
} from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Timeline } from '../model/story.ts';
import { headlineOf } from './headline/headline.ts';
import type { Headline } from './headline/wording.ts';
import { judgements, showActual, showFigure } from './judgement.ts';
import { describeLoad } from './load.ts';
import { type LookSection, lookSections } from './look.ts';

/** GitHub refuses a comment above 65,536 characters; a full matrix with faults can pass that. */
const cellsShown = 150;

/** Fits a pull-request comment and a job's step summary. */
export function renderMarkdown(report: Report): string {
  const parts = [
    headline(report),
    environment(report),
    warnings(report.warnings ?? []),
    thresholds(report),
    comparison(report.comparison),
    cells(report),
    stories(report.timelines ?? []),
    ...report.findings.map(finding),
    checks(report.checks ?? []),
    ...(report.looks === undefined ? [threads(report.threads ?? [])] : []),
    ...lookSections(report).map(lookSection),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const toneMarks: Readonly<Record<Headline['tone'], string>> = { good: '✅', doubtful: '⚠️', bad: '❌' };

function headline(report: Report): string {
  const { tone, words, sentence } = headlineOf(report);
  const partial = report.partial === true ? '\n\n> ⚠️ Interrupted: this is what was measured until then.' : '';
  const lead = sentence === '' ? '' : `\n\n${text(sentence)}`;
  return `## timer-notify ${report.kind} ${toneMarks[tone]} ${words}${lead}${partial}`;
}

function environment({ environment: env, tool, durationMs, load }: Report): string {
  const known = `timer-notify ${tool.version} · Node ${env.node} · undici ${env.undici} · ${env.platform} ${env.arch}`;
  return `${text(known)} · ${env.cpus} CPUs · took ${showMs(durationMs)}${load === undefined ? '' : ` · ${describeLoad(load)}`}`;
}

function warnings(all: readonly Warning[]): string {
  return all
    .map((warning) => `> ⚠️ ${warning.cell === null ? '' : `${code(warning.cell)}: `}${text(warning.text)}`)
    .join('\n>\n');
}

const comparisonMarks = { better: '🟢', worse: '❌', inconclusive: '❔', same: '' } as const;

/** What has changed; what is the same is only counted. */
function comparison(compared: Comparison | undefined): string {
  if (compared === undefined) return '';
  const { baseline, changes } = compared;
  const changed = changes.filter(({ verdict }) => verdict !== 'same');
  const same = `${changes.length - changed.length} of ${changes.length} figures are the same.`;
  const rows = changed.map(({ cell, metric, before, after, p, verdict }) => [
    `${comparisonMarks[verdict]} ${verdict}`,
    text(metric),
    code(cell),
    showFigure(metric, before),
    showFigure(metric, after),
    p === null ? 'too few rounds' : p.toFixed(3),
  ]);
  const table = markdownTable([['', 'figure', 'cell', 'before', 'now', 'p'], ...rows], {
    align: ['l', 'l', 'l', 'r', 'r', 'r'],
  });
  return [
    `### Against the baseline of ${text(baseline.startedAt)}`,
    ...(changed.length === 0 ? [] : [table]),
    same,
  ].join('\n\n');
}

function thresholds(report: Report): string {
  if (report.thresholds.length === 0) return '';
  const rows = judgements(report.thresholds).map(({ expr, passed, cells: judged, failed, worst }) => [
    passed ? '✅' : '❌',
    code(expr),
    showActual(worst),
    worst.cell === null ? 'no such cell' : code(worst.cell),
    passed ? `${judged}` : `${failed} of ${judged} failed`,
  ]);
  const table = markdownTable([['', 'threshold', 'worst', 'in', 'cells'], ...rows], {
    align: ['c', 'l', 'r', 'l', 'r'],
  });
  return `### Thresholds\n\n${table}`;
}

function cells(report: Report): string {
  if (report.cells.length === 0) return '';
  const shown = report.cells.slice(0, cellsShown);
  const left = report.cells.length - shown.length;
  const table = markdownTable(
    [
      ['', 'path', 'strategy/context', 'sent', 'delivered', 'p50', 'p99', 'max', 'per s', 'not delivered'],
      ...shown.map(cellRow),
    ],
    { align: ['c', 'l', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'] },
  );
  return left === 0 ? table : `${table}\n\n… and ${left} more cells in the full report.`;
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
    String(cell.sent),
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

function lookSection({ title, lines }: LookSection): string {
  return [`### ${title}`, '', ...lines.map((line) => `- ${code(line)}`)].join('\n');
}

const severityMark = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

function finding({ severity, code: cause, title, thread, request, evidence, stack, fix }: Finding): string {
  const lines = [
    `### ${severityMark[severity]} ${code(cause)} ${text(title)}`,
    '',
    ...(thread === null ? [] : [`- thread: ${code(`${thread.name} (${thread.id})`)}`]),
    ...(request === null
      ? []
      : [`- request: ${code(requestLine(request))}, ${text(request.state)}, ${showMs(request.ageMs)} old`]),
    ...evidence.map((line) => `- ${text(line)}`),
    ...(stack.length === 0 ? [] : ['', '```', ...stack.map((line) => line.replaceAll('`', "'")), '```']),
    '',
    `**Fix:** ${text(fix)}`,
  ];
  return lines.join('\n');
}

const checkMarks: Readonly<Record<CheckStatus, string>> = {
  ok: '✅',
  warn: '⚠️',
  fail: '❌',
  skipped: '⏭️',
  inconclusive: '❔',
  crash: '💥',
};

function checks(rows: readonly CheckReport[]): string {
  if (rows.length === 0) return '';
  const table = markdownTable(
    [
      ['', 'check', 'seen', 'what to do'],
      ...rows.map(({ status, id, seen, fix }) => [checkMarks[status], code(id), text(seen), text(fix ?? '')]),
    ],
    { align: ['c', 'l', 'l', 'l'] },
  );
  return `### Checks\n\n${table}`;
}

/** Requests and standstills as lines: a chart needs a fixed width, which a comment does not have. */
function threads(timelines: readonly ThreadTimeline[]): string {
  const lines = timelines.flatMap(({ name, startedAtMs, endedAtMs, end, answered, spans }) => [
    `- ${code(name)}: from ${showMs(startedAtMs)} ${endedAtMs === null ? 'to the end' : `to ${showMs(endedAtMs)}`}${end === null ? '' : `, ${text(end)}`}${answered === 0 ? '' : `; ${answered} requests answered`}`,
    ...spans.slice(0, spansShown).map((span) => `  - ${showSpan(span)}`),
    ...(spans.length > spansShown ? [`  - … and ${spans.length - spansShown} more`] : []),
  ]);
  return lines.length === 0 ? '' : `### Timeline\n\n${lines.join('\n')}`;
}

const spansShown = 20;

function showSpan({ kind, fromMs, toMs, text: what, result, good }: ThreadSpan): string {
  const when = `${showMs(fromMs)} to ${toMs === null ? 'the end' : showMs(toMs)}`;
  return kind === 'request'
    ? `${good ? '✅' : '❌'} ${code(what)} ${when}: ${text(result ?? '')}`
    : `⛔ ${kind} ${when}: ${code(what)}`;
}

function stories(timelines: readonly Timeline[]): string {
  return timelines.map(story).join('\n\n');
}

/** Folded: the table says what happened, the story how. */
function story({ title, lines }: Timeline): string {
  const shown = lines.map(
    ({ atMs, source, text: line, good }) =>
      `${showMs(Math.max(0, atMs)).padStart(8)}  ${good ? ' ' : '✗'} ${source === 'log' ? line : `(${line})`}`,
  );
  const block = ['```text', ...shown.map((line) => line.replaceAll('`', "'")), '```'].join('\n');
  return `<details><summary>${text(title)}</summary>\n\n${block}\n\n</details>`;
}

/** What the program said, or a stored report says, may hold anything: it must neither break a table nor become markup. */
function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_|[\]~]/g, (sign) => `\\${sign}`)
    .replaceAll(lineBreak, '<br>');
}

/** A carriage return alone is one, too. */
const lineBreak = /\s*[\n\r]\s*/g;

function code(value: string): string {
  return `\`${value.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll(lineBreak, ' ')}\``;
}
