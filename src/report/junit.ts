import { create } from 'xmlbuilder2';
import { cellName, showCount, showMishaps, showPercent } from '../measure/figures.ts';
import type { Comparison } from '../model/bench.ts';
import type { Cell } from '../model/cell.ts';
import { type CheckReport, requestLine } from '../model/finding.ts';
import { nameFrame, ownFirst } from '../model/frame.ts';
import type { Report } from '../model/report.ts';
import { printableLines } from '../printable.ts';
import { showActual, showFigure } from './judgement.ts';
import { requestProgress } from './request-progress.ts';

interface TestCase {
  readonly name: string;
  /** In s; 0 where it has no time of its own. */
  readonly timeS: number;
  readonly result:
    | { readonly kind: 'passed' }
    | { readonly kind: 'failed'; readonly message: string; readonly details: string }
    | { readonly kind: 'skipped'; readonly message: string };
}

interface TestSuite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}

/** JUnit XML as CI servers read it: a test case for each threshold and cell, finding, and for the whole. */
export function renderJunit(report: Report): string {
  const suites: TestSuite[] = [
    { name: 'thresholds', cases: thresholdCases(report) },
    { name: 'cells', cases: report.cells.flatMap(cellCase) },
    { name: 'comparison', cases: comparisonCases(report) },
    // A check that failed is a case already.
    { name: 'findings', cases: report.checks === undefined ? findingCases(report) : [] },
    { name: 'checks', cases: (report.checks ?? []).map(checkCase) },
  ].filter(({ cases }) => cases.length > 0);
  const failed = suites.some(({ cases }) => cases.some(({ result }) => result.kind === 'failed'));
  // What failed is told once: the whole has a failure of its own only where no part of it has, or it was interrupted.
  if (report.ok || !failed || report.partial === true)
    suites.push({ name: 'verdict', cases: [verdictCase(report)] });
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: `timer-notify ${report.kind}`,
    ...totals(suites.flatMap(({ cases }) => cases)),
    time: seconds(report.durationMs / 1000),
  });
  for (const suite of suites) addSuite(root, suite, report);
  return `${root.end({ prettyPrint: true })}\n`;
}

function addSuite(root: ReturnType<typeof create>, { name, cases }: TestSuite, report: Report): void {
  const className = `timer-notify.${report.kind}.${name}`;
  const suite = root.ele('testsuite', {
    name,
    ...totals(cases),
    skipped: String(cases.filter(({ result }) => result.kind === 'skipped').length),
    time: seconds(cases.reduce((sum, { timeS }) => sum + timeS, 0)),
    timestamp: report.startedAt,
  });
  for (const { name: caseName, timeS, result } of cases) {
    const testCase = suite.ele('testcase', {
      classname: className,
      name: printableLines(caseName),
      time: seconds(timeS),
    });
    if (result.kind === 'skipped') testCase.ele('skipped', { message: printableLines(result.message) });
    if (result.kind === 'failed') {
      testCase
        .ele('failure', { message: printableLines(result.message) })
        .txt(printableLines(result.details));
    }
  }
}

function totals(cases: readonly TestCase[]): Record<string, string> {
  const number = (kind: TestCase['result']['kind']) =>
    String(cases.filter(({ result }) => result.kind === kind).length);
  return { tests: String(cases.length), failures: number('failed'), errors: '0' };
}

function seconds(value: number): string {
  return value.toFixed(3);
}

function thresholdCases({ thresholds, partial }: Report): readonly TestCase[] {
  return thresholds.map((result) => ({
    name: result.cell === null ? result.expr : `${result.expr} in ${result.cell}`,
    timeS: 0,
    result: result.passed
      ? heldResult(partial === true)
      : { kind: 'failed', message: `${result.expr}: ${showActual(result)}`, details: '' },
  }));
}

/** What holds for a part may fail for the whole. */
function heldResult(interrupted: boolean): TestCase['result'] {
  return interrupted
    ? { kind: 'skipped', message: 'interrupted: it held for what was measured until then' }
    : { kind: 'passed' };
}

/** Only what a scenario speaks of can come out wrong; what was skipped is listed all the same. */
function cellCase(cell: Cell): readonly TestCase[] {
  const name = cellName(cell);
  const timeS = (cell.latencyMs?.max ?? 0) / 1000;
  if (cell.skipped !== null) return [{ name, timeS, result: { kind: 'skipped', message: cell.skipped } }];
  if (cell.expected === null) return [];
  if (cell.expected) return [{ name, timeS, result: { kind: 'passed' } }];
  const seen = `${showPercent(cell.completionRate)} of ${showCount(cell.sent)} delivered`;
  const details = [showMishaps(cell), cell.cause ?? ''].filter((part) => part !== '').join('\n');
  return [{ name, timeS, result: { kind: 'failed', message: `${seen}, otherwise than expected`, details } }];
}

function comparisonCases({ comparison }: Report): readonly TestCase[] {
  if (comparison === undefined) return [];
  const changes = comparison.changes.map(
    ({ cell, metric, before, after, p, verdict }): TestCase => ({
      name: `${metric} of ${cell}`,
      timeS: 0,
      result:
        verdict === 'worse'
          ? {
              kind: 'failed',
              message: `worse than the baseline: ${showFigure(metric, before)} → ${showFigure(metric, after)}`,
              details: `p = ${p ?? 'unknown'}`,
            }
          : verdict === 'inconclusive'
            ? {
                kind: 'skipped',
                message: `can’t tell: p = ${p ?? 'unknown, too few rounds'}${moreRounds(comparison)}`,
              }
            : { kind: 'passed' },
    }),
  );
  const unmatched = (comparison.unmatched ?? []).map(
    ({ cell, reason }): TestCase => ({
      name: `${cell} against the baseline`,
      timeS: 0,
      result: { kind: 'skipped', message: `can’t tell: ${reason}` },
    }),
  );
  return [...changes, ...unmatched];
}

function moreRounds({ fewRounds }: Comparison): string {
  return fewRounds === undefined
    ? ''
    : `; --rounds ${fewRounds.enough} or more on both sides would show more`;
}

function findingCases({ findings }: Report): readonly TestCase[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ code, title, pid, request, evidence, stack, codeFrame = [], fix }) => ({
      name: `${code}: ${title}${pid === undefined ? '' : ` (process ${pid})`}`,
      timeS: (request?.ageMs ?? 0) / 1000,
      result: {
        kind: 'failed',
        message: title,
        details: [
          ...(request === null ? [] : [`${requestLine(request)}, ${requestProgress(request)}`]),
          ...evidence,
          ...ownFirst(stack).map((frame) => nameFrame(frame, process.cwd())),
          ...codeFrame,
          `fix: ${fix}`,
        ].join('\n'),
      },
    }));
}

function checkCase({ id, title, status, seen, fix }: CheckReport): TestCase {
  const name = `${id}: ${title}`;
  const timeS = 0;
  if (status === 'skipped' || status === 'inconclusive')
    return { name, timeS, result: { kind: 'skipped', message: seen } };
  if (status !== 'fail' && status !== 'crash') return { name, timeS, result: { kind: 'passed' } };
  return {
    name,
    timeS,
    result: { kind: 'failed', message: seen, details: fix === null ? '' : `fix: ${fix}` },
  };
}

function verdictCase({ kind, ok, verdict, partial, durationMs }: Report): TestCase {
  const name = `timer-notify ${kind}${partial === true ? ' (interrupted)' : ''}`;
  const timeS = durationMs / 1000;
  if (ok) return { name, timeS, result: { kind: 'passed' } };
  const message =
    partial === true
      ? `interrupted${verdict === null ? '' : ` (${verdict})`}: this is what was seen until then`
      : (verdict ?? 'otherwise than expected');
  return { name, timeS, result: { kind: 'failed', message, details: '' } };
}
