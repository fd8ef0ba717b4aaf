import type { Seen } from '../model/report.ts';
import type { ProgramRecord } from './record.ts';

/** How much was seen of a program, whatever its verdict. */
export function seenOf({ started, succeeded, requests, threads, poolWaits, end }: ProgramRecord): Seen {
  const blocked = threads
    .filter(({ isLauncher }) => !isLauncher)
    .flatMap(({ standstills }) => standstills)
    .filter(({ kind }) => kind === 'blocked' || kind === 'held');
  const waiting = poolWaits.flatMap(({ done, job }) => (done || job === null ? [] : [job.queued]));
  return {
    ...(end.kind !== 'exited' || end.exitCode === null ? {} : { exitCode: end.exitCode }),
    requests: started,
    answered: succeeded,
    sentAgain: requests.filter(({ retried }) => retried).length,
    underWay: requests.filter(({ endedAt }) => endedAt === null).length,
    blockedMs: Math.max(0, ...blocked.map(({ durationMs }) => durationMs)),
    queuedJobs: Math.max(0, ...waiting),
  };
}
