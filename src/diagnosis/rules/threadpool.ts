import type { ProgramRecord, RequestRecord } from '../record.ts';
import { isAnswered, isByName, latencyOf, longestPoolWait } from './request-facts.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { ageOf, deadlineEvidence, duration, lastSeen, requestText, startedAt } from './wording.ts';

const decisiveShare = 0.5;

/** `threadpool-starved`: the host's name can't be resolved, since every thread of libuv's pool is taken. */
export const threadpoolStarved: Rule = (record, options) => {
  const found = record.requests.flatMap((request) => {
    const waitMs = starvedFor(request, record, options);
    return waitMs === null ? [] : [suspicion(request, waitMs, record)];
  });
  return found.length > 0 ? found : starvedBeforeAnyRequest(record, options);
};

function starvedFor(
  request: RequestRecord,
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): number | null {
  if (!isByName(request) || request.failure?.by === 'program' || request.retried) return null;
  if (request.failure?.by === 'error') return null;
  const until = request.sentAt ?? lastSeen(request, record);
  const longest = longestPoolWait(record, request.thread.pid, request.startedAt, until);
  if (longest === null || longest.ms < (until - request.startedAt) * decisiveShare) return null;
  const tooLate = isAnswered(request)
    ? latencyOf(request, record) > hangAfterMs && longest.ms > hangAfterMs * 0.75
    : request.failure !== null || request.thread.end !== null || ageOf(request, record) >= hangAfterMs;
  return tooLate ? longest.ms : null;
}

function suspicion(request: RequestRecord, waitMs: number, record: ProgramRecord): Suspicion {
  return {
    code: 'threadpool-starved',
    severity: 'error',
    title: 'The host’s name is not resolved: libuv’s thread pool is full',
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} waited ${duration((request.sentAt ?? lastSeen(request, record)) - request.startedAt)} before it was sent`,
      `a job of no length did not come back from libuv’s pool for ${duration(waitMs)} while the loop turned; dns.lookup waits in the same queue`,
      ...deadlineEvidence(request, record),
    ],
    stack: request.stack,
    fix: 'Take the long jobs (crypto, zlib, fs, dns.lookup) off the pool or raise UV_THREADPOOL_SIZE; a warm connection or an address instead of a name needs no lookup',
  };
}

/** Nothing was requested at all because what comes before the request waits for the pool. */
function starvedBeforeAnyRequest(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  if (record.started > 0) return [];
  const stuck = record.poolWaits.find((wait) => !wait.done && record.end.at - wait.from > hangAfterMs);
  if (stuck === undefined) return [];
  return [
    {
      code: 'threadpool-starved',
      severity: 'error',
      title: 'Nothing was requested: libuv’s thread pool is full',
      thread: record.threads.find((thread) => thread.pid === stuck.pid && thread.isMain) ?? null,
      request: null,
      evidence: [
        `a job of no length did not come back from libuv’s pool for ${duration(record.end.at - stuck.from)} while the loop turned`,
      ],
      stack: [],
      fix: 'Take the long jobs (crypto, zlib, fs, dns.lookup) off the pool or raise UV_THREADPOOL_SIZE',
    },
  ];
}
