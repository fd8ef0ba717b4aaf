import type { ProgramRecord, RequestRecord, ThreadRecord } from '../record.ts';
import type { RuleOptions, SuspicionOf } from '../suspicion.ts';

export type { RuleOptions } from '../suspicion.ts';

export type Suspicion = SuspicionOf<ThreadRecord, RequestRecord>;

/** A pure function from the joined record to what it shows. */
export type Rule = (record: ProgramRecord, options: RuleOptions) => readonly Suspicion[];
