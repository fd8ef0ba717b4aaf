import { relative } from 'node:path';
import { showMishaps, showPercent } from '../measure/figures.ts';
import type { Cell } from '../model/cell.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { foldWarnings } from './fold-warnings.ts';
import { judgements, showActual, showFigure } from './judgement.ts';

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly place: Place | null;
}

/** Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function renderAnnotations(report: Report, workspace: string): readonly string[] {
  return [
    ...report.findings.map((finding) => ofFinding(finding, workspace)),
    ...ofThresholds(report),
    ...report.cells.filter(({ expected }) => expected === false).map(ofCell),
    ...(report.comparison?.changes ?? [])
      .filter(({ verdict }) => verdict === 'worse')
      .map(({ metric, cell, before, after }) => ({
        level: 'error' as const,
        title: 'timer-notify: worse than the baseline',
        message: `${metric} of ${cell}: ${showFigure(metric, before)} → ${showFigure(metric, after)}`,
        place: null,
      })),
    ...foldWarnings(report.warnings ?? []).map(({ cell, text }) => ({
      level: 'notice' as const,
      title: 'timer-notify',
      message: cell === null ? text : `${cell}: ${text}`,
      place: null,
    })),
  ].map(command);
}

function command({ level, title, message, place }: Annotation): string {
  const properties = [
    ...(place === null ? [] : [`file=${property(place.file)}`, `line=${place.line}`]),
    `title=${property(title)}`,
  ];
  return `::${level} ${properties.join(',')}::${data(message)}`;
}

const levels: Readonly<Record<Severity, Annotation['level']>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
};

function ofFinding({ code, severity, title, pid, stack, fix }: Finding, workspace: string): Annotation {
  return {
    level: levels[severity],
    title: `timer-notify: ${code}`,
    message: `${title}${pid === undefined ? '' : ` (process ${pid})`}\nFix: ${fix}`,
    place: placeIn(stack[0], workspace),
  };
}

/** Only a file of the repository can be annotated. */
function placeIn(frame: string | undefined, workspace: string): Place | null {
  const [, file, line] = /^(.+?):(\d+)(?::\d+)?(?: |$)/.exec(frame ?? '') ?? [];
  if (file === undefined || line === undefined) return null;
  const path = relative(workspace, file.replace(/^file:\/\//, ''));
  return path.startsWith('..') || path.includes('node_modules') ? null : { file: path, line: Number(line) };
}

function ofThresholds({ thresholds }: Report): readonly Annotation[] {
  return judgements(thresholds)
    .filter(({ passed }) => !passed)
    .map(({ expr, failed, worst }) => ({
      level: 'error',
      title: 'timer-notify: threshold failed',
      message: `${expr}: ${showActual(worst)}${worst.cell === null ? '' : ` in ${worst.cell}`}${failed > 1 ? ` and ${failed - 1} more` : ''}`,
      place: null,
    }));
}

function ofCell(cell: Cell): Annotation {
  const seen = [showMishaps(cell), cell.cause ?? ''].filter((part) => part !== '').join(', ');
  return {
    level: 'error',
    title: 'timer-notify: otherwise than expected',
    message: `${cell.strategy}/${cell.context}, ${cell.path}: ${showPercent(cell.completionRate)} delivered${seen === '' ? '' : `, ${seen}`}`,
    place: null,
  };
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
