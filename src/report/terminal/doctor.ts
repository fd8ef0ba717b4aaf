import type { ChalkInstance } from 'chalk';
import { showMs } from '../../measure/figures.ts';
import type { Finding, RequestSummary, Severity } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { renderChecks } from './checks.ts';
import { renderLook } from './look.ts';
import type { Terminal } from './terminal.ts';
import { renderThreads } from './thread-chart.ts';
import { wrap } from './wrap.ts';

type Style = Pick<Terminal, 'out' | 'columns'>;

const widest = 100;

/** Read from the top: the verdict, why it is believed, what to do, and then all the rest. */
export function renderDoctor(report: Report, style: Style): string {
  const [gravest, ...others] = byGravity(report);
  const sections = [
    headline(report, gravest, style),
    ...(gravest === undefined || report.checks !== undefined ? [] : [details(gravest, style)]),
    ...(report.checks === undefined ? others : []).map((finding) => renderFinding(finding, style)),
    ...(report.checks === undefined ? [] : [renderChecks(report.checks, style)]),
    report.looks === undefined ? renderThreads(report, style) : renderLook(report, style),
    footer(report, style),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** The verdict's finding first, then by severity. */
function byGravity({ findings, verdict }: Report): readonly Finding[] {
  const weight = ({ code, severity }: Finding) =>
    (code === verdict ? 0 : 1) + severities.indexOf(severity) * 2;
  return [...findings].sort((a, b) => weight(a) - weight(b));
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

function headline(report: Report, gravest: Finding | undefined, { out, columns }: Style): string {
  const { ok, partial, checks, looks } = report;
  const stopped = partial === true ? out.yellow('  (interrupted: from what was seen until then)') : '';
  const line = `${out.bold(markOf(report, out))}${stopped}`;
  if (gravest !== undefined) return [line, ...indented(gravest.title, columns)].join('\n');
  const calm =
    looks !== undefined
      ? 'Nothing waits that does not get on, at this moment. What had ended before is not seen: timer-notify doctor -- <command> watches from the start.'
      : checks === undefined
        ? 'Every request that the program made was answered.'
        : 'Nothing found that keeps a notification from arriving.';
  return [line, ...(ok ? indented(calm, columns) : [])].join('\n');
}

/** An interrupted run claims no more than it saw; a verdict of warnings alone is no failure. */
function markOf({ verdict, ok, partial }: Report, out: ChalkInstance): string {
  const word = verdict ?? 'no verdict';
  if (partial === true && verdict === 'healthy') return out.yellow(`⚠ ${word} so far`);
  if (!ok) return out.red(`✖ ${word}`);
  return verdict === 'healthy' ? out.green(`✔ ${word}`) : out.yellow(`⚠ ${word}`);
}

function details(finding: Finding, { out, columns }: Style): string {
  const { thread, request, evidence, stack, fix } = finding;
  const rows: readonly Row[] = [
    ...(thread === null ? [] : [{ label: 'Thread', text: threadLine(thread) }]),
    ...(request === null ? [] : [{ label: 'Request', text: requestLine(request) }]),
    ...evidence.map((line, index) => ({ label: index === 0 ? 'Evidence' : '', text: `• ${line}` })),
    ...stack.map((frame, index) => ({ label: index === 0 ? 'At' : '', text: frame })),
    { label: 'Fix', text: fix },
  ];
  return rows.flatMap((row) => labelled(row, out, columns)).join('\n');
}

interface Row {
  readonly label: string;
  readonly text: string;
}

const labelWidth = 10;

/** A label, and its text beside it however many lines that takes. */
function labelled({ label, text }: Row, out: ChalkInstance, columns: number): readonly string[] {
  const paint = label === 'Fix' ? out.bold : out.dim;
  return wrapped(text, columns, labelWidth + 2).map(
    (line, index) => `  ${paint((index === 0 ? label : '').padEnd(labelWidth))}${line}`,
  );
}

function threadLine({ name, id, isMain }: NonNullable<Finding['thread']>): string {
  return isMain ? `${name} (main thread)` : `${name} (thread ${id})`;
}

function requestLine({ method, origin, path, state, ageMs }: RequestSummary): string {
  return `${method} ${origin}${path}, ${state}, ${showMs(ageMs)} old`;
}

/** One finding as a block of its own. */
export function renderFinding(
  { severity, code, title, evidence, stack, fix }: Finding,
  { out, columns }: Style,
): string {
  return [
    paintOf(severity, out)(`${severityMarks[severity]} ${code}`),
    ...indented(title, columns),
    ...evidence.flatMap((line) => bulleted('•', line, columns)),
    ...stack.slice(0, 1).map((frame) => `    ${out.dim(`at ${frame}`)}`),
    ...bulleted('→', fix, columns),
  ].join('\n');
}

const severityMarks: Readonly<Record<Severity, string>> = { error: '✖', warning: '⚠', info: 'ℹ' };

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
  return wrap(text, Math.max(30, Math.min(columns, widest) - indent));
}

function footer(
  { environment: { node, undici }, tool, durationMs }: Report,
  { out, columns }: Style,
): string {
  const text = `timer-notify ${tool.version} · Node ${node} · undici ${undici} · took ${showMs(durationMs)}`;
  return wrapped(text, columns, 0)
    .map((line) => out.dim(line))
    .join('\n');
}
