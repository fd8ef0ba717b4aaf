import type { Seen } from '../model/report.ts';
import type { ProgramRecord } from './record.ts';
import { unseenTimers } from './rules/timers.ts';

/** How much was seen of a program, whatever its verdict. */
export function seenOf(record: ProgramRecord): Seen {
  const { started, succeeded, requests, threads, poolWaits, end } = record;
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
    ...unfired(record),
  };
}

/** What the watch was too short for. */
function unfired(record: ProgramRecord): Pick<Seen, 'timersToSend' | 'nextTimerMs'> {
  const unseen = unseenTimers(record);
  const [first] = unseen;
  return first === undefined ? {} : { timersToSend: unseen.length, nextTimerMs: first.dueInMs };
}
