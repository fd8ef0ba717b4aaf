import type { Seen } from '../model/report.ts';
import type { ProgramRecord, ThreadRecord } from './record.ts';
import { timersLeft } from './rules/timers.ts';

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
    ...(end.kind === 'timeout' ? unfired(threads, end.at) : {}),
  };
}

/** What the watch was too short for; what comes round again shows itself. */
function unfired(
  threads: readonly ThreadRecord[],
  endedAt: number,
): Pick<Seen, 'timersToSend' | 'nextTimerMs'> {
  const due = threads
    .filter(({ isLauncher, end }) => !isLauncher && end === null)
    .flatMap((thread) => timersLeft(thread, endedAt))
    .filter(({ setsItself }) => !setsItself)
    .map(({ at }) => Math.round(at - endedAt));
  return due.length === 0 ? {} : { timersToSend: due.length, nextTimerMs: Math.min(...due) };
}
