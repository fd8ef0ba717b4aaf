import type { RuleOptions, SuspicionOf } from '../../suspicion.ts';
import type { PythonThread } from '../event.ts';
import type { PythonRecord, PythonRequest } from '../record.ts';

export type Suspicion = SuspicionOf<PythonThread, PythonRequest>;

/** A pure function from the joined record to what it shows. */
export type PythonRule = (record: PythonRecord, options: RuleOptions) => readonly Suspicion[];
