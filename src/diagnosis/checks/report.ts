import { currentEnvironment } from '../../report/environment.ts';
import { type Report, schemaVersion } from '../../report/report.ts';
import { toolVersion } from '../../version.ts';
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
    schemaVersion,
    kind: 'doctor',
    tool: { name: 'timer-notify', version: toolVersion() },
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    environment: currentEnvironment(),
    cells: [],
    thresholds: [],
    verdict: verdictOf(findings),
    findings,
    checks: checked.map(reportOf),
    ok: findings.length === 0 && !crashed && !interrupted,
    ...(interrupted ? { partial: true } : {}),
  };
}
