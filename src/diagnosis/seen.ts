import type { Seen } from '../model/report.ts';
import type { ProgramRecord } from './record.ts';
import { isUnended } from './rules/request-facts.ts';
import { unseenTimers } from './rules/timers.ts';

/** How much was seen of a program, whatever its verdict. */
export function seenOf(record: ProgramRecord): Seen {
  const { started, succeeded, requests, threads, poolWaits, end } = record;
  const blocked = threads
    .filter(({ isLauncher }) => !isLauncher)
    .flatMap(({ standstills }) => standstills)
    .filter(({ kind }) => kind === 'blocked' || kind === 'held');
  const waiting = poolWaits.flatMap(({ done, job }) => (done || job === null ? [] : [job.queued]));
  const underWay = requests.filter(({ endedAt }) => endedAt === null);
  // The server has what they carried: only the rest of its response was not taken.
  const bodiesOpen = underWay.filter(isUnended).length;
  return {
    ...(end.kind !== 'exited' || end.exitCode === null ? {} : { exitCode: end.exitCode }),
    requests: started,
    answered: succeeded + bodiesOpen,
    ...(bodiesOpen === 0 ? {} : { bodiesOpen }),
    sentAgain: requests.filter(({ retried }) => retried).length,
    underWay: underWay.length - bodiesOpen,
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
