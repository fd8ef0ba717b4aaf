import type { Cause } from '../model/cause.ts';
import type { Finding } from '../model/finding.ts';

export interface Judgement {
  readonly verdict: Cause;
  readonly ok: boolean;
}

/** The verdict on findings, the root first, and whether a program with them passes. */
export function judge(findings: readonly Finding[]): Judgement {
  const verdict = findings[0]?.code ?? 'healthy';
  // Not having seen enough is no proof of health.
  const ok = findings.every(({ code, severity }) => severity !== 'error' && code !== 'inconclusive');
  return { verdict, ok };
}
