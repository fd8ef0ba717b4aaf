import type { ReportedContextName } from '../model/names.ts';

/** Here the sender ends or stands still after its first call: nothing that falls due later is ever sent. */
export const callsOnce: ReadonlySet<ReportedContextName> = new Set([
  'blocked',
  'exiting',
  'terminated',
  'unreferenced',
  'main-exiting',
]);
