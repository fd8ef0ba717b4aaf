import type { Severity } from '../../../report/report.ts';
import type { Cause } from '../../cause.ts';
import type { PythonThread } from '../event.ts';
import type { PythonRecord, PythonRequest } from '../record.ts';

export interface RuleOptions {
  /** A request that waits longer than this, in ms, is a finding. */
  readonly hangAfterMs: number;
}

/** What one rule holds to be the cause, of one request or of the program. */
export interface Suspicion {
  readonly code: Exclude<Cause, 'healthy'>;
  readonly severity: Severity;
  readonly title: string;
  readonly thread: PythonThread | null;
  readonly request: PythonRequest | null;
  readonly evidence: readonly string[];
  readonly stack: readonly string[];
  readonly fix: string;
}

/** A pure function from the joined record to what it shows. */
export type PythonRule = (record: PythonRecord, options: RuleOptions) => readonly Suspicion[];
