import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, RequestRecord, SelfAsking, Standstill, ThreadRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { isWait, localPort } from './request-facts.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { standstillFix } from './standstill-fix.ts';
import { ageOf, lastSeen, standstillText, startedAt, stateText, threadText } from './wording.ts';

/** A standstill must make up this share of the wait to be its cause. */
const decisiveShare = 0.5;

/**
 * `loop-blocked`, `loop-parked`: the request asks a server that the program runs itself, in a thread whose loop does not
 * run. A child that execFileSync started and that asks its parent waits so, and a blocking request to the own server.
 */
export const stoppedServer: Rule = (record, options) => {
  const asked = byRequests(record, options);
  const servers = new Set(asked.map(({ thread }) => thread));
  return [...asked, ...byOthers(record, options).filter(({ thread }) => !servers.has(thread))];
};

function byRequests(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  return record.requests.flatMap((request) => {
    const port = localPort(request);
    // The kernel takes connections for a loop that does not run.
    if (port === null || !isWaitingForResponse(request) || request.retried) return [];
    const ageMs = ageOf(request, record);
    if (ageMs < hangAfterMs) return [];
    for (const server of record.threads) {
      if (!server.listensOn.includes(port) || (server === request.thread && !canAskItself(server))) continue;
      const found = longestWhile(server, request.startedAt, lastSeen(request, record));
      if (found !== null && found.ms >= Math.max(hangAfterMs, ageMs) * decisiveShare)
        return [suspicion(request, server, found.standstill, record)];
    }
    return [];
  });
}

/** The client is a process without the probe; only its connection was seen. A call that succeeded was answered by something else. */
function byOthers({ threads }: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  return threads.flatMap((thread) =>
    thread.isLauncher
      ? []
      : thread.standstills
          .filter(({ durationMs }) => durationMs >= hangAfterMs * decisiveShare)
          .flatMap((standstill) =>
            standstill.askedBy === null ? [] : [askedByItsChild(thread, standstill, standstill.askedBy)],
          )
          .slice(0, 1),
  );
}

function askedByItsChild(
  thread: ThreadRecord,
  standstill: Standstill,
  { pid, name, port }: SelfAsking,
): Suspicion {
  return {
    code: 'loop-blocked',
    severity: 'error',
    title: `The server that ${name} asks runs in ${threadText(thread)}, whose loop is blocked: it waits for ${name}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}`,
      `meanwhile process ${pid} (${name}), for which it waited, had a connection to port ${port}, on which ${threadText(thread)} itself listens: nothing could answer there`,
    ],
    stack: standstill.stack,
    fix: standstillFix(standstill, []),
  };
}

/** A blocking client keeps the loop of its own thread, which was to answer it; Node has none. */
function canAskItself({ runtime }: ThreadRecord): boolean {
  return runtime === 'python';
}

function isWaitingForResponse({ headersAt, state }: RequestRecord): boolean {
  return headersAt === null && (state === 'sent' || state === 'sending');
}

function longestWhile(
  { standstills }: ThreadRecord,
  from: number,
  until: number,
): { readonly standstill: Standstill; readonly ms: number } | null {
  let longest: { standstill: Standstill; ms: number } | null = null;
  for (const standstill of standstills) {
    const ms = Math.min(standstill.from + standstill.durationMs, until) - Math.max(standstill.from, from);
    if (ms > 0 && (longest === null || ms > longest.ms)) longest = { standstill, ms };
  }
  return longest;
}

function suspicion(
  request: RequestRecord,
  server: ThreadRecord,
  standstill: Standstill,
  record: ProgramRecord,
): Suspicion {
  const parked = isWait(standstill);
  return {
    code: parked ? 'loop-parked' : 'loop-blocked',
    severity: 'error',
    title: `The server that is asked runs in ${threadText(server)}, whose loop is ${parked ? 'parked' : 'blocked'}`,
    thread: server,
    request,
    evidence: [
      `${threadText(server)}, which listens on that port, ${standstillText(standstill)} for ${showMs(standstill.durationMs)}`,
      `meanwhile ${requestText(request)}${startedAt(request)} of ${threadText(request.thread)} ${stateText(request)} after ${showMs(ageOf(request, record))}`,
    ],
    stack: standstill.stack.length > 0 ? standstill.stack : request.stack,
    fix: standstillFix(standstill, []),
  };
}
