import type { DroppedJobs, ProgramRecord } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: a pool of workers was ended before it had done its jobs, each of which was to send. */
export const droppedJobs: Rule = (record) =>
  record.droppedJobs.filter((jobs) => !wasSentElsewhere(jobs, record)).map(suspicion);

/** Whoever ends a pool may do its jobs in another one. */
function wasSentElsewhere({ at: endedAt, thread }: DroppedJobs, { threads }: ProgramRecord): boolean {
  return (
    thread.isLauncher ||
    threads.some(({ lastRequestAt }) => lastRequestAt !== null && lastRequestAt > endedAt)
  );
}

function suspicion({ thread, workers, count, stack, error, silencedAt }: DroppedJobs): Suspicion {
  const jobs = count === null ? 'jobs' : count === 1 ? '1 job' : `${count} jobs`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `A pool of workers was ended before it had done ${jobs} that ${count === 1 ? 'was' : 'were'} to send`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} ended the pool${at(stack)}, which rejected ${jobs}${error === null ? '' : ` with ${error}`}; ${whatWorkersDo(workers)}`,
      silencedAt === null
        ? 'no request followed'
        : `what caught a rejection at ${silencedAt} does not report it, and no request followed`,
    ],
    stack: silencedAt === null ? stack : [...stack, silencedAt],
    fix: 'Wait for every job (await Promise.all(jobs), or the pool’s own way to drain) before the pool is ended, and log what its jobs are rejected with',
  };
}

function whatWorkersDo(workers: DroppedJobs['workers']): string {
  const names = workers.map(threadText).join(', ');
  return workers.some(({ requests }) => requests > 0)
    ? `each job that ${names} had done before had made a request`
    : `${names} had done none so far, and by its code a job is to send`;
}
