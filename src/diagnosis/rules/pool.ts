import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { deadlineEvidence } from './deadline-evidence.ts';
import { endText } from './endings.ts';
import { isLasting } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { lastSeen, startedAt } from './wording.ts';

/** `pool-exhausted`: the request waits behind connections that don't get free. */
export const poolExhausted: Rule = (record, { hangAfterMs }) =>
  record.requests.flatMap((request) =>
    isStuckInQueue(request, record, hangAfterMs)
      ? [suspicion(request, holdersOf(request, record), record)]
      : [],
  );

function isStuckInQueue(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  if (request.retried) return false;
  if (request.status !== null) return request.wasQueued && isLateFromDrought(request, record, hangAfterMs);
  if (request.state !== 'queued') return false;
  const lasting = isLasting(request, record, hangAfterMs);
  if (request.endedAt !== null) {
    if (request.failure?.by === 'program') return isBehindUnread(request, record);
    return request.failure?.by === 'deadline' || (request.failure?.by === 'timer' && lasting);
  }
  // Paused connections don't hold the loop: the thread may end with the queue unserved.
  return lasting || request.thread.end?.reason === 'natural';
}

/** A place in the queue that was waited for this long, in ms, is not given up in passing. */
const vainMs = 1000;

/** Given up by the program while nothing but responses that nobody read held the connections: none would have got free. */
function isBehindUnread(request: RequestRecord, record: ProgramRecord): boolean {
  if (lastSeen(request, record) - request.startedAt < vainMs) return false;
  const holders = holdersOf(request, record);
  return (
    holders.length > 0 &&
    holders.every(
      ({ client, state, headersAt }) =>
        client === request.client &&
        state === 'body-unread' &&
        headersAt !== null &&
        headersAt <= request.startedAt,
    )
  );
}

/** Answered in the end, but only after nothing had moved for long: a busy pool moves all the time. */
function isLateFromDrought(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  const { startedAt, sentAt, headersAt } = request;
  if (sentAt === null || headersAt === null || headersAt - startedAt < hangAfterMs) return false;
  return record.periodsWithoutResponses.some(
    ({ thread, origin, from, to }) =>
      thread === request.thread &&
      origin === request.origin &&
      Math.min(to, sentAt) - Math.max(from, startedAt) >= hangAfterMs * 0.75,
  );
}

/** What had the connections of the same origin in the same thread when it waited. */
function holdersOf(request: RequestRecord, record: ProgramRecord): readonly RequestRecord[] {
  const until = lastSeen(request, record);
  return record.requests.filter(
    (other) =>
      other !== request &&
      other.thread === request.thread &&
      other.origin === request.origin &&
      other.sentAt !== null &&
      other.sentAt <= until &&
      (other.endedAt === null || other.endedAt >= until),
  );
}

function suspicion(
  request: RequestRecord,
  holders: readonly RequestRecord[],
  record: ProgramRecord,
): Suspicion {
  // Over HTTP/2 a connection carries as many requests at a time as the server allows.
  const place = request.client === 'http2' ? 'stream' : 'connection';
  return {
    code: 'pool-exhausted',
    severity: 'error',
    title: `The request waits in the client’s queue: every ${place} is taken`,
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} waited ${showMs((request.sentAt ?? lastSeen(request, record)) - request.startedAt)} for a free ${place}`,
      ...(request.endedAt === null && request.thread.end?.reason === 'natural'
        ? [
            `then ${endText(request.thread, request.thread.end, request.thread.isMain)}: a connection whose response nobody reads holds none`,
          ]
        : []),
      ...holders.slice(0, 3).map((holder) => {
        const what =
          holder.status === null
            ? `has waited ${showMs(lastSeen(request, record) - holder.startedAt)} for its response`
            : 'was answered, but its body is not read to the end';
        return `a ${place} is held by ${requestText(holder)}${startedAt(holder)} which ${what}`;
      }),
      ...deadlineEvidence(request, record),
    ],
    stack: request.stack,
    fix: null,
  };
}
