import type { AwaitsLook, ProgramRecord, ThreadRecord } from '../record.ts';
import { isOpen } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/** `never-requested`: jobs wait in a list of the program's own, and the one before them will never call back. */
export const stuckQueues: Rule = (record) =>
  record.threads.flatMap((thread) => {
    if (thread.isLauncher || thread.awaits === null || isAtWork(thread, record)) return [];
    return thread.awaits.queues.map((queue) => suspicion(thread, queue));
  });

/** A request whose end nobody has heard of yet may be that job's. */
function isAtWork(thread: ThreadRecord, { requests }: ProgramRecord): boolean {
  return requests.some((request) => request.thread === thread && isOpen(request));
}

function suspicion(thread: ThreadRecord, queue: AwaitsLook['queues'][number]): Suspicion {
  const { name, waiting, file, line, column } = queue;
  const jobs = waiting === 1 ? '1 job waits' : `${waiting} jobs wait`;
  const place = `${file}:${line}:${column} (${queue.function})`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${jobs} in “${name}”, and the one before never calls back`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} takes a job from “${name}” at ${place} once the last one has called back; no such callback is left in its memory, so none of the ${waiting} that wait can begin`,
      'requests have come of such jobs before',
    ],
    stack: [place],
    fix: 'Let every job call back on each of its ways, those that return early and those that fail among them (or let it return a promise, and go on in finally)',
  };
}
