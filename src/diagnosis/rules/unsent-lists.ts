import { capital } from '../../capital.ts';
import type { UnsentList } from '../inspect/unsent-lists.ts';
import type { ProgramRecord, ThreadEnd, ThreadRecord } from '../record.ts';
import { endText } from './endings.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: what a list had collected since a timer's last round was not sent before the end. */
export const unsentLists: Rule = (record: ProgramRecord) =>
  record.threads.flatMap((thread) => {
    const { end, awaits, isLauncher } = thread;
    if (isLauncher || end === null || awaits === null || awaits.when !== 'end') return [];
    if (end.reason !== 'exit-call' && end.reason !== 'natural') return [];
    return awaits.unsent.map((list) => suspicion(thread, end, list));
  });

function suspicion(thread: ThreadRecord, end: ThreadEnd, list: UnsentList): Suspicion {
  const { name, waiting, file, line, column } = list;
  const place = `${file}:${line}:${column}`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${thread.isMain ? 'The process' : capital(threadText(thread))} ended before what “${name}” had collected was sent`,
    thread,
    request: null,
    evidence: [
      `a timer’s function of ${threadText(thread)} empties “${name}” at ${place} and sends what was in it; ${waiting === 1 ? '1 entry was' : `${waiting} entries were`} in it when ${endText(thread, end, thread.isMain)}${at(end.stack)}`,
    ],
    stack: [place, ...end.stack],
    fix: 'Send what has been collected before the end: flush the batch and wait for that, then call process.exit()',
  };
}
