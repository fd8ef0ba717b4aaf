import type { ProgramRecord, RequestRecord, ThreadRecord } from '../record.ts';
import type { SuspicionOf } from '../suspicion.ts';

export interface RuleOptions {
  /** A request that waits longer than this, in ms, is a finding. */
  readonly hangAfterMs: number;
}

export type Suspicion = SuspicionOf<ThreadRecord, RequestRecord>;

/** A pure function from the joined record to what it shows. */
export type Rule = (record: ProgramRecord, options: RuleOptions) => readonly Suspicion[];
