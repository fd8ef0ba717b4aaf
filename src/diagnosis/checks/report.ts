import { reportHead } from '../../measure/report-head.ts';
import type { Report } from '../../model/report.ts';
import { type CheckedCheck, reportOf } from './check.ts';
import { findingsOf, verdictOf } from './findings.ts';

export interface CheckRun {
  readonly checked: readonly CheckedCheck[];
  readonly startedAt: Date;
  readonly interrupted: boolean;
}

export function checkReport({ checked, startedAt, interrupted }: CheckRun): Report {
  const findings = findingsOf(checked);
  const crashed = checked.some(({ outcome }) => outcome.status === 'crash');
  return {
    ...reportHead('doctor', startedAt),
    cells: [],
    thresholds: [],
    verdict: verdictOf(findings),
    findings,
    checks: checked.map(reportOf),
    ok: findings.length === 0 && !crashed && !interrupted,
    ...(interrupted ? { partial: true } : {}),
  };
}
