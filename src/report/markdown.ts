import { markdownTable } from 'markdown-table';
import type { Comparison, Warning } from '../model/bench.ts';
import {
  type CheckReport,
  type CheckStatus,
  type Finding,
  requestLine,
  type ThreadSpan,
  type ThreadTimeline,
  threadName,
} from '../model/finding.ts';
import { ownFirst } from '../model/frame.ts';
import type { Report } from '../model/report.ts';
import type { Timeline } from '../model/story.ts';
import { showMs } from '../time/show-ms.ts';
import { beforeAfter, byConcern, comparisonWords, notComparable } from './change.ts';
import { foldWarnings } from './fold-warnings.ts';
import { headlineOf } from './headline/headline.ts';
import type { Headline } from './headline/wording.ts';
import { judgements, showActual } from './judgement.ts';
import { describeRun } from './load.ts';
import { type LookSection, lookSections } from './look.ts';
import { cellTables, matrices, ranking } from './markdown-cells.ts';
import { block, code, folded, text } from './markdown-text.ts';
import { requestProgress } from './request-progress.ts';
import { runtimeText } from './runtime-text.ts';
import { showMoment } from './show-moment.ts';
import { provenance, showFrame } from './source-link.ts';
import { endWord } from './thread-end.ts';

/** Fits a pull-request comment and a job's step summary. */
export function renderMarkdown(report: Report): string {
  const parts = [
    headline(report),
    matrices(report),
    thresholds(report),
    comparison(report.comparison),
    ...report.findings.map((one) => finding(one, report)),
    checks(report.checks ?? []),
    warnings(report.warnings ?? []),
    cellTables(report),
    ranking(report.ranking ?? []),
    stories(report.timelines ?? []),
    ...(report.looks === undefined ? [folded('Timeline of each thread', threads(report))] : []),
    ...lookSections(report).map(lookSection),
    environment(report),
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

function environment(report: Report): string {
  const { environment: env, tool, durationMs } = report;
  const known = `timer-notify ${tool.version} · ${runtimeText(report)} · ${env.platform} ${env.arch}`;
  const origin = provenance(report).map((part) => ` · ${text(part)}`);
  const machine = [`${env.cpus} cores`, `took ${showMs(durationMs)}`, ...describeRun(report)];
  return `${text(known)}${origin.join('')} · ${machine.join(' · ')}`;
}

function warnings(all: readonly Warning[]): string {
  return foldWarnings(all)
    .map((warning) => `> ⚠️ ${warning.cell === null ? '' : `${code(warning.cell)}: `}${text(warning.text)}`)
    .join('\n>\n');
}

/** What has changed and what can't be told; what is the same is only counted. */
function comparison(compared: Comparison | undefined): string {
  if (compared === undefined) return '';
  const { baseline, changes } = compared;
  const changed = changes.filter(({ verdict }) => verdict !== 'same').sort(byConcern);
  const same = `${changes.length - changed.length} of ${changes.length} figures are the same.`;
  const rows = changed.map((change) => [
    `${comparisonMarks[change.verdict]} ${comparisonWords[change.verdict]}`,
    text(change.metric),
    code(change.cell),
    ...beforeAfter(change),
    change.p === null ? 'too few rounds' : change.p.toFixed(3),
  ]);
  const table = markdownTable([['', 'figure', 'cell', 'before', 'after', 'Δ', 'p'], ...rows], {
    align: ['l', 'l', 'l', 'r', 'r', 'r', 'r'],
  });
  return [
    `### Against the baseline of ${text(showMoment(baseline.startedAt))}, medians of the rounds`,
    ...(changed.length === 0 ? [] : [table]),
    ...notComparable(compared).map((line) => `> ❔ can’t tell ${text(line)}`),
    same,
  ].join('\n\n');
}

const comparisonMarks = { better: '🟢', worse: '❌', inconclusive: '❔', same: '' } as const;

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

function lookSection({ title, lines }: LookSection): string {
  return [`### ${title}`, '', ...lines.map((line) => `- ${code(line)}`)].join('\n');
}

const severityMark = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

function finding(
  { severity, code: cause, title, pid, thread, request, evidence, stack, codeFrame = [], fix }: Finding,
  { source }: Report,
): string {
  const lines = [
    `### ${severityMark[severity]} ${code(cause)} ${text(title)}`,
    '',
    ...(pid === undefined ? [] : [`- process: ${pid}`]),
    ...(thread === null ? [] : [`- thread: ${code(threadName(thread))}`]),
    ...(request === null
      ? []
      : [`- request: ${code(requestLine(request))}, ${text(requestProgress(request))}`]),
    ...evidence.map((line) => `- ${text(line)}`),
    ...(stack.length === 0
      ? []
      : ['', 'At:', '', ...ownFirst(stack).map((frame) => `1. ${frameLine(frame, source)}`)]),
    ...(codeFrame.length === 0 ? [] : ['', block(codeFrame)]),
    '',
    `**Fix:** ${text(fix)}`,
  ];
  return lines.join('\n');
}

/** A link to the line where the repository's page is known. */
function frameLine(frame: string, source: Report['source']): string {
  const { text: shown, url } = showFrame(frame, source);
  return url === null ? code(shown) : `[${code(shown)}](${url})`;
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
  const [open, rest] = [true, false].map((wanted) => rows.filter((row) => isOpen(row) === wanted));
  return [
    '### Checks',
    ...(open === undefined || open.length === 0 ? [] : [checkTable(open)]),
    ...(rest === undefined || rest.length === 0
      ? []
      : [
          folded(
            `${rest.filter(({ status }) => status === 'ok').length} ok, ${rest.filter(({ status }) => status !== 'ok').length} not checked`,
            checkTable(rest),
          ),
        ]),
  ].join('\n\n');
}

/** Whether a person has something to do about it. */
function isOpen({ status }: CheckReport): boolean {
  return status !== 'ok' && status !== 'skipped';
}

function checkTable(rows: readonly CheckReport[]): string {
  return markdownTable(
    [
      ['', 'check', 'seen', 'what to do'],
      ...rows.map(({ status, id, seen, fix }) => [checkMarks[status], code(id), text(seen), text(fix ?? '')]),
    ],
    { align: ['c', 'l', 'l', 'l'] },
  );
}

/** Requests and standstills as lines: a chart needs a fixed width, which a comment does not have. */
function threads({ threads: timelines = [], findings }: Report): string {
  const lines = timelines.flatMap((thread) => threadLines(thread, endWord(thread, findings)));
  return lines.length === 0 ? '' : `### Timeline\n\n${lines.join('\n')}`;
}

function threadLines(
  { name, startedAtMs, endedAtMs, answered, spans }: ThreadTimeline,
  end: string,
): readonly string[] {
  return [
    `- ${code(name)}: from ${showMs(startedAtMs)} ${endedAtMs === null ? 'to the end' : `to ${showMs(endedAtMs)}`}${end === '' ? '' : `, ${text(end)}`}${answered === 0 ? '' : `; ${answered} requests answered`}`,
    ...spans.slice(0, spansShown).map((span) => `  - ${showSpan(span)}`),
    ...(spans.length > spansShown ? [`  - … and ${spans.length - spansShown} more`] : []),
  ];
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

/** Folded: the matrix says what happened, the story how. */
function story({ title, lines }: Timeline): string {
  const shown = lines.map(
    ({ atMs, source, text: line, good }) =>
      `${showMs(Math.max(0, atMs)).padStart(8)}  ${good ? ' ' : '✖'} ${source === 'log' ? line : `(${line})`}`,
  );
  return folded(title, block(shown));
}
