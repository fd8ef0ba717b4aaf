import type { Finding } from '../../report/report.ts';
import { type Cause, causes } from '../cause.ts';
import type { CheckedCheck } from './check.ts';

/** A failed check says why a notification won't arrive. */
export function findingsOf(checked: readonly CheckedCheck[]): readonly Finding[] {
  return checked.flatMap(({ check, outcome }) =>
    outcome.status === 'fail'
      ? [
          {
            code: outcome.cause,
            severity: 'error' as const,
            title: `${check.title}: ${outcome.seen}`,
            thread: null,
            request: null,
            evidence: [`check ${check.id}: ${outcome.seen}`],
            stack: [],
            fix: outcome.fix,
          },
        ]
      : [],
  );
}

/** The cause that stands first in the vocabulary, which lists roots before symptoms. */
export function verdictOf(findings: readonly Finding[]): Cause {
  return causes.find((cause) => findings.some(({ code }) => code === cause)) ?? 'healthy';
}
