import type { ProgramRecord, ThreadRecord } from '../record.ts';
import { queueSuspicion } from '../stuck-queue.ts';
import { isOpen } from './request-facts.ts';
import type { Rule } from './rule.ts';
import { threadText } from './wording.ts';

/** `never-requested`: jobs wait in a list of the program's own, and the one before them will never call back. */
export const stuckQueues: Rule = (record) =>
  record.threads.flatMap((thread) => {
    if (thread.isLauncher || thread.awaits === null || isAtWork(thread, record)) return [];
    return thread.awaits.queues.map((queue) =>
      queueSuspicion(thread, threadText(thread), queue, 'such jobs have led to requests before'),
    );
  });

/** A request whose end nobody has heard of yet may be that job's. */
function isAtWork(thread: ThreadRecord, { requests }: ProgramRecord): boolean {
  return requests.some((request) => request.thread === thread && isOpen(request));
}
