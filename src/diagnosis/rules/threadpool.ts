import type { Runtime } from '../../model/runtime.ts';
import { showMs } from '../../time/show-ms.ts';
import { busyText } from '../busy-text.ts';
import type { PoolWait, ProgramRecord, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { deadlineEvidence } from './deadline-evidence.ts';
import { isAnswered, isByName, latencyOf, longestPoolWait } from './request-facts.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { ageOf, lastSeen, startedAt } from './wording.ts';

type Longest = NonNullable<ReturnType<typeof longestPoolWait>>;

const decisiveShare = 0.5;

/** `threadpool-starved`: the host's name can't be resolved, since every thread of the pool is taken. */
export const threadpoolStarved: Rule = (record, options) => {
  const found = record.requests.flatMap((request) => {
    const longest = starvedFor(request, record, options);
    return longest === null ? [] : [suspicion(request, longest, record)];
  });
  return found.length > 0 ? found : starvedBeforeAnyRequest(record, options);
};

function starvedFor(
  request: RequestRecord,
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): Longest | null {
  if (!isByName(request) || request.failure?.by === 'program' || request.retried) return null;
  if (request.failure?.by === 'error') return null;
  const until = request.sentAt ?? lastSeen(request, record);
  const longest = longestPoolWait(record, request.thread.pid, request.startedAt, until);
  if (longest === null || longest.ms < (until - request.startedAt) * decisiveShare) return null;
  const tooLate = isAnswered(request)
    ? latencyOf(request, record) > hangAfterMs && longest.ms > hangAfterMs * 0.75
    : request.failure !== null || request.thread.end !== null || ageOf(request, record) >= hangAfterMs;
  return tooLate ? longest : null;
}

function suspicion(request: RequestRecord, { wait, ms }: Longest, record: ProgramRecord): Suspicion {
  return {
    code: 'threadpool-starved',
    severity: 'error',
    title: `The host’s name is not resolved: ${wait.job?.pool ?? pools[request.thread.runtime]} is full`,
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} waited ${showMs((request.sentAt ?? lastSeen(request, record)) - request.startedAt)} before it was sent`,
      ...waitText(wait, ms, '; dns.lookup waits in the same queue'),
      ...deadlineEvidence(request, record),
    ],
    stack: request.stack,
    fix: null,
  };
}

/** What comes before a request waits for the pool: nothing was requested at all, or the job is one that sends. */
function starvedBeforeAnyRequest(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  const stuck = record.poolWaits.find(
    (wait) =>
      !wait.done &&
      record.end.at - wait.from > hangAfterMs &&
      (wait.job === null
        ? record.started === 0
        : wait.job.isDeadlocked || (wait.job.sends && !wait.job.busySends)),
  );
  if (stuck === undefined) return [];
  const pool = stuck.job?.pool ?? pools[record.runtime];
  const isDeadlocked = stuck.job?.isDeadlocked === true;
  return [
    {
      code: isDeadlocked ? 'bridge-deadlock' : 'threadpool-starved',
      severity: 'error',
      title:
        stuck.job === null
          ? `Nothing was requested: ${pool} is full`
          : isDeadlocked
            ? `${stuck.job.name} waits for a thread of ${pool}, all of which wait for jobs behind them`
            : `${stuck.job.name} waits: ${pool} is full`,
      thread: record.threads.find((thread) => thread.pid === stuck.pid && thread.isMain) ?? null,
      request: null,
      evidence: waitText(stuck, record.end.at - stuck.from, ''),
      stack: stuck.job === null ? [] : [...stuck.job.busyAt, ...stuck.job.stack],
      fix: isDeadlocked
        ? 'Do not wait in a job for another job of the same executor: give the inner jobs an executor of their own, or wait for them outside'
        : null,
    },
  ];
}

const pools: Readonly<Record<Runtime, string>> = { node: 'libuv’s thread pool', python: 'the executor' };

function waitText({ job }: PoolWait, ms: number, consequence: string): readonly string[] {
  if (job === null)
    return [
      `a job of no length did not come back from libuv’s pool for ${showMs(ms)} while the loop ran${consequence}`,
    ];
  const others = job.queued > 1 ? `, ${job.queued} jobs in all` : '';
  return [
    `${job.name} has waited for ${showMs(ms)} for one of ${job.pool}’s ${job.workers} threads${others}`,
    ...busyText(job),
    ...(job.isDeadlocked
      ? ['each of these threads waits for a job that is queued behind it: none of them will ever be free']
      : []),
  ];
}
