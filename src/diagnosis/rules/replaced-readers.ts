import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ReplacedReader } from '../record.ts';
import { endText } from './endings.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: an interval gave a process or worker what that sent, and gives nothing to the one in its place. */
export const replacedReaders: Rule = (record, options) =>
  record.replacedReaders.filter((replaced) => isMissed(replaced, record, options)).map(suspicion);

/** Two of its times have passed, and the successor sends nothing in another way. */
function isMissed(
  { thread, successor, interval }: ReplacedReader,
  { end }: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): boolean {
  if (thread.isLauncher || successor.requests > 0) return false;
  const until = Math.min(thread.end?.at ?? end.at, successor.end?.at ?? end.at);
  return until - successor.startedAt >= Math.max(2 * interval.delayMs, hangAfterMs);
}

function suspicion({ thread, reader, successor, interval, count, stack }: ReplacedReader): Suspicion {
  const { end } = reader;
  return {
    code: 'never-requested',
    severity: 'error',
    title:
      'Messages that led to requests went to a process that has ended, and none go to the one in its place',
    thread,
    request: null,
    evidence: [
      `the interval of ${showMs(interval.delayMs)} of ${threadText(thread)} set${at(interval.stack)} posted ${count} messages to ${threadText(reader)}${at(stack)}`,
      ...(end === null ? [] : [`${endText(reader, end, reader.isMain)}${at(end.stack)}`]),
      `${threadText(successor)} was started in its place from the same file, and has been given nothing since`,
    ],
    stack: [...stack, ...interval.stack],
    fix: 'Ask for the one that runs now each time (Object.values(cluster.workers), a variable that is set again with each fork): ids such as cluster.worker.id are never given twice; and do not skip in silence where nobody is there (?.)',
  };
}
