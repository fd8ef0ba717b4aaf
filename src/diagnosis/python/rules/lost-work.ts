import type { LossKind, LostWork } from '../../lost-work.ts';
import { lossSuspicions } from '../../rules/lost-work.ts';
import type { PythonThread } from '../event.ts';
import type { PythonRequest } from '../record.ts';
import { threadText } from '../wording.ts';
import type { PythonRule } from './rule.ts';

/** Kinds that are a loss only where they took long. */
const onlyLong: ReadonlySet<LossKind> = new Set(['queued', 'woken-late', 'overdue', 'stuck']);

/** Work that was to send and did not, or did late. */
export const lostWork: PythonRule = (record, { hangAfterMs }) => {
  const isLoss = ({ how, waitedMs }: LostWork<PythonThread>) =>
    !onlyLong.has(how) || waitedMs === null || waitedMs >= hangAfterMs;
  return lossSuspicions<PythonThread, PythonRequest>(record.losses.filter(isLoss), threadText);
};
