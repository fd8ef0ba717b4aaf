import { reportHead } from '../../measure/report-head.ts';
import type { Report } from '../../model/report.ts';
import { type CheckedCheck, reportOf } from './check.ts';
import { crashesOf, findingsOf, unansweredOf, verdictOf } from './findings.ts';

export interface CheckRun {
  readonly checked: readonly CheckedCheck[];
  readonly startedAt: Date;
  readonly interrupted: boolean;
  /** A test message was asked for. */
  readonly liveWanted: boolean;
  /** The ids and groups that were asked for by name. */
  readonly asked?: readonly string[];
}

/** One that was interrupted, or skipped, has checked nothing. */
function hasAnswer({ outcome: { status } }: CheckedCheck): boolean {
  return status !== 'inconclusive' && status !== 'skipped';
}

export function checkReport({ checked, startedAt, interrupted, liveWanted, asked = [] }: CheckRun): Report {
  const failures = [...findingsOf(checked), ...crashesOf(checked)];
  const findings =
    failures.length > 0 || interrupted ? failures : unansweredOf(checked, { liveWanted, asked });
  return {
    ...reportHead('doctor', startedAt),
    cells: [],
    thresholds: [],
    verdict: interrupted && !checked.some(hasAnswer) && findings.length === 0 ? null : verdictOf(findings),
    findings,
    checks: checked.map(reportOf),
    ok: findings.length === 0 && !interrupted,
    ...(interrupted ? { partial: true } : {}),
  };
}
