import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ReplacedSender } from '../record.ts';
import { endText } from './endings.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: the process or worker whose interval sent was replaced by one that does not set it. */
export const replacedSenders: Rule = (record, options) =>
  record.replaced.filter((replaced) => isMissed(replaced, record, options)).map(suspicion);

/** Two of its times have passed, and the successor sends nothing in another way. */
function isMissed(
  { thread, successor, interval }: ReplacedSender,
  { end }: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): boolean {
  if (thread.isLauncher || end.kind === 'exited' || successor.requests > 0) return false;
  return (successor.end?.at ?? end.at) - successor.startedAt >= Math.max(2 * interval.delayMs, hangAfterMs);
}

function suspicion({ thread, successor, interval }: ReplacedSender): Suspicion {
  const { end } = thread;
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'What was started in place of a process that had ended does not set the interval that sent',
    thread: successor,
    request: null,
    evidence: [
      `the interval of ${showMs(interval.delayMs)} of ${threadText(thread)} set${at(interval.stack)} had sent`,
      ...(end === null ? [] : [`${endText(thread, end, thread.isMain)}${at(end.stack)}`]),
      `${threadText(successor)} was started in its place from the same file: it set no such interval and made no request`,
    ],
    stack: [...interval.stack, ...(end?.stack ?? [])],
    fix: 'Decide by what the parent hands on (an environment variable, workerData) who is to send, and hand it to the replacement too: ids such as cluster.worker.id are never given twice',
  };
}
