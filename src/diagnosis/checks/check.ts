import type { FindingCode } from '../../model/cause.ts';
import type { CheckReport } from '../../model/finding.ts';
import type { Surroundings } from './surroundings.ts';

export type CheckGroup =
  | 'runtime'
  | 'project'
  | 'configuration'
  | 'network'
  | 'slack'
  | 'delivery'
  | 'handler';

/** What one check saw. Only `fail` says that a notification won't arrive, so only it names a cause. */
export type CheckResult =
  | { readonly status: 'ok'; readonly seen: string }
  | { readonly status: 'warn'; readonly seen: string; readonly fix: string }
  | {
      readonly status: 'fail';
      readonly seen: string;
      readonly fix: string;
      readonly cause: FindingCode;
    }
  /** Does not apply here, or has nothing to look at; `seen` says why. */
  | { readonly status: 'skipped'; readonly seen: string }
  /** Was tried and gave no result; `seen` says why. */
  | { readonly status: 'inconclusive'; readonly seen: string; readonly fix: string };

/** One row of `doctor`'s table. */
export interface Check {
  readonly id: string;
  readonly group: CheckGroup;
  readonly title: string;
  run(surroundings: Surroundings): CheckResult | Promise<CheckResult>;
}

/** A check that threw is a fault of this tool, and says so. */
export type CheckOutcome =
  | CheckResult
  | { readonly status: 'crash'; readonly seen: string; readonly fix: string };

export interface CheckedCheck {
  readonly check: Check;
  readonly outcome: CheckOutcome;
}

export function reportOf({ check, outcome }: CheckedCheck): CheckReport {
  const { id, group, title } = check;
  return {
    id,
    group,
    title,
    status: outcome.status,
    seen: outcome.seen,
    fix: 'fix' in outcome ? outcome.fix : null,
  };
}

export const ok = (seen: string): CheckResult => ({ status: 'ok', seen });
export const warn = (seen: string, fix: string): CheckResult => ({ status: 'warn', seen, fix });
export const skipped = (seen: string): CheckResult => ({ status: 'skipped', seen });
export const inconclusive = (seen: string, fix: string): CheckResult => ({
  status: 'inconclusive',
  seen,
  fix,
});
/** What to do where the machine kept a trial from running. */
export const quieter = 'run it again on a quieter machine';
export const fail = (cause: FindingCode, seen: string, fix: string): CheckResult => ({
  status: 'fail',
  cause,
  seen,
  fix,
});
