import { contextNames, type ReportedContextName } from '../model/names.ts';
import { contexts } from './index.ts';

/** Contexts in which the sender's loop stops, or its thread ends, at its first call. */
export const callsOnce: ReadonlySet<ReportedContextName> = new Set(
  contextNames.filter((name) => contexts[name].callsOnce === true),
);
