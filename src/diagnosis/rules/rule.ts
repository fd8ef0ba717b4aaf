import type { Severity } from '../../report/report.ts';
import type { Cause } from '../cause.ts';
import type { ProgramRecord, RequestRecord, ThreadRecord } from '../record.ts';

export interface RuleOptions {
  /** A request that waits longer than this, in ms, is a finding. */
  readonly hangAfterMs: number;
}

/** What one rule holds to be the cause, of one request or of the program. */
export interface Suspicion {
  readonly code: Exclude<Cause, 'healthy'>;
  readonly severity: Severity;
  readonly title: string;
  readonly thread: ThreadRecord | null;
  readonly request: RequestRecord | null;
  readonly evidence: readonly string[];
  readonly stack: readonly string[];
  readonly fix: string;
}

/** A pure function from the joined record to what it shows. */
export type Rule = (record: ProgramRecord, options: RuleOptions) => readonly Suspicion[];
