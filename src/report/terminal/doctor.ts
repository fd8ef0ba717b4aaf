import type { ChalkInstance } from 'chalk';
import {
  type CheckReport,
  type Finding,
  type RequestSummary,
  requestLine,
  type Severity,
  threadName,
} from '../../model/finding.ts';
import { isForeign, nameFrame } from '../../model/frame.ts';
import type { Report } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { byGravity } from '../headline/doctor.ts';
import { headlineOf } from '../headline/headline.ts';
import type { Headline } from '../headline/wording.ts';
import { requestProgress } from '../request-progress.ts';
import { renderChecks } from './checks.ts';
import { renderLook } from './look.ts';
import { marks } from './marks.ts';
import type { Terminal } from './terminal.ts';
import { renderThreads } from './thread-chart.ts';
import { cutTo, wrap } from './wrap.ts';

type Style = Pick<Terminal, 'out' | 'columns'>;

const widest = 100;

/**
 * Read from the top: the verdict, why it is believed, what to do, and then all the rest.
 * @param isNew false for what the reader has before them already
 */
export function renderDoctor(
  report: Report,
  style: Style,
  isNew: (finding: Finding) => boolean = () => true,
): string {
  const [gravest, ...others] = byGravity(report);
  const sections = [
    headline(report, style),
    ...(gravest === undefined || report.checks !== undefined || !isNew(gravest)
      ? []
      : [details(gravest, style)]),
    ...(report.checks === undefined ? others.filter(isNew) : []).map((finding) =>
      renderFinding(finding, style),
    ),
    ...(report.checks === undefined
      ? []
      : [remedyBeside(report.checks, gravest, style), renderChecks(report.checks, style)]),
    report.looks === undefined ? renderThreads(report, style) : renderLook(report, style),
    footer(report, style),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** What to do about the checks as a whole: what a single one needs stands in its row. */
function remedyBeside(
  checks: readonly CheckReport[],
  gravest: Finding | undefined,
  { out, columns }: Style,
): string {
  if (gravest === undefined || checks.some(({ fix }) => fix === gravest.fix)) return '';
  return labelled({ label: 'Fix', text: gravest.fix }, out, columns).join('\n');
}

function headline(report: Report, { out, columns }: Style): string {
  const { tone, words, sentence } = headlineOf(report);
  const stopped =
    report.partial === true && report.verdict !== null
      ? out.yellow('  (interrupted: from what was seen until then)')
      : '';
  const badge = out.bold(tones[tone].paint(out)(`${tones[tone].mark} ${words}`));
  return [`${badge}${stopped}`, ...(sentence === '' ? [] : indented(sentence, columns))].join('\n');
}

const tones: Readonly<
  Record<Headline['tone'], { readonly mark: string; readonly paint: (out: ChalkInstance) => ChalkInstance }>
> = {
  good: { mark: marks.good, paint: (out) => out.green },
  doubtful: { mark: marks.doubtful, paint: (out) => out.yellow },
  bad: { mark: marks.bad, paint: (out) => out.red },
};

function details(finding: Finding, { out, columns }: Style): string {
  const { pid, thread, request, evidence, stack, codeFrame = [], fix } = finding;
  const rows: readonly Row[] = [
    ...(pid === undefined ? [] : [{ label: 'Process', text: String(pid) }]),
    ...(thread === null ? [] : [{ label: 'Thread', text: threadName(thread) }]),
    ...(request === null ? [] : [{ label: 'Request', text: requestText(request) }]),
    ...evidence.map((line, index) => ({
      label: index === 0 ? 'Evidence' : '',
      text: `${marks.item} ${line}`,
    })),
  ];
  const [at, through] = [placesOf(stack), wayOf(stack)].map((places) =>
    places.map(({ label, frame }) => ({ label, text: nameFrame(frame, process.cwd()) })),
  );
  return [
    ...[...rows, ...(at ?? [])].flatMap((row) => labelled(row, out, columns)),
    ...frameBlock(codeFrame, labelWidth + 2, { out, columns }),
    ...(through ?? []).flatMap((row) => labelled(row, out, columns)),
    ...labelled({ label: 'Fix', text: fix }, out, columns),
  ].join('\n');
}

interface Place {
  readonly label: string;
  readonly frame: string;
}

/** The person's own lines are where it happened; where there are none, those of packages. */
function placesOf(stack: readonly string[]): readonly Place[] {
  const own = stack.filter((frame) => !isForeign(frame));
  return own.length === 0 ? labelFirst('Inside', stack) : labelFirst('At', own);
}

/** The lines of packages between the person's own and the request. */
function wayOf(stack: readonly string[]): readonly Place[] {
  const foreign = stack.filter(isForeign);
  if (foreign.length === stack.length) return [];
  const left = foreign.length - foreignShown;
  return labelFirst(
    'Through',
    left > 1 ? [...foreign.slice(0, foreignShown), `… and ${left} more frames`] : foreign,
  );
}

/** Of a client that retries and queues there may be a dozen, and none of them is to be changed. */
const foreignShown = 3;

function labelFirst(label: string, frames: readonly string[]): readonly Place[] {
  return frames.map((frame, index) => ({ label: index === 0 ? label : '', frame }));
}

function frameBlock(lines: readonly string[], indent: number, { out, columns }: Style): readonly string[] {
  const width = Math.max(30, Math.min(columns, widest) - indent);
  return lines.map((line) => `${' '.repeat(indent)}${out.dim(cutTo(width, line))}`);
}

interface Row {
  readonly label: string;
  readonly text: string;
}

const labelWidth = 10;

/** A label, and its text beside it however many lines that takes. */
function labelled({ label, text }: Row, out: ChalkInstance, columns: number): readonly string[] {
  const paint = label === 'Fix' ? out.bold : out.dim;
  const item = text.startsWith(`${marks.item} `) ? '  ' : '';
  return wrapped(text, columns, labelWidth + 2 + item.length).map(
    (line, index) =>
      `  ${paint((index === 0 ? label : '').padEnd(labelWidth))}${index === 0 ? '' : item}${line}`,
  );
}

function requestText(request: RequestSummary): string {
  return `${requestLine(request)}, ${requestProgress(request)}`;
}

/** One finding as a block of its own. */
export function renderFinding(
  { severity, code, title, pid, evidence, stack, codeFrame = [], fix }: Finding,
  { out, columns }: Style,
): string {
  return [
    paintOf(severity, out)(`${severityMarks[severity]} ${code}`),
    ...indented(title, columns),
    ...[...(pid === undefined ? [] : [`process ${pid}`]), ...evidence].flatMap((line) =>
      bulleted(marks.item, line, columns),
    ),
    ...placesOf(stack)
      .slice(0, 1)
      .map(
        ({ label, frame }) => `    ${out.dim(`${label.toLowerCase()} ${nameFrame(frame, process.cwd())}`)}`,
      ),
    ...frameBlock(codeFrame, 6, { out, columns }),
    ...bulleted('→', fix, columns),
  ].join('\n');
}

const severityMarks: Readonly<Record<Severity, string>> = {
  error: marks.bad,
  warning: marks.doubtful,
  info: marks.info,
};

function paintOf(severity: Severity, out: ChalkInstance): ChalkInstance {
  if (severity === 'error') return out.red;
  return severity === 'warning' ? out.yellow : out.cyan;
}

function indented(text: string, columns: number): readonly string[] {
  return wrapped(text, columns, 2).map((line) => `  ${line}`);
}

function bulleted(sign: string, text: string, columns: number): readonly string[] {
  return wrapped(text, columns, 6).map((line, index) => `    ${index === 0 ? sign : ' '} ${line}`);
}

function wrapped(text: string, columns: number, indent: number): readonly string[] {
  return wrap(text.replaceAll(`${process.cwd()}/`, ''), Math.max(30, Math.min(columns, widest) - indent));
}

function footer({ environment: { node }, tool, durationMs }: Report, { out, columns }: Style): string {
  const text = `timer-notify ${tool.version}, run by Node ${node} · took ${showMs(durationMs)}`;
  return wrapped(text, columns, 0)
    .map((line) => out.dim(line))
    .join('\n');
}
