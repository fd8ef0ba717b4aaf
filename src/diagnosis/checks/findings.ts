import type { Cause } from '../../model/cause.ts';
import type { Finding } from '../../model/finding.ts';
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

/** What failed first: the table goes from the ground up, so what fails later is likely to fail because of it. */
export function verdictOf([first]: readonly Finding[]): Cause {
  return first?.code ?? 'healthy';
}
