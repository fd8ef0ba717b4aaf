import type { Cause } from '../../model/cause.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { deadlineEvidence } from './deadline-evidence.ts';
import { deadlocks, isHeldUp } from './deadlocks.ts';
import { dripping, drips } from './dripping.ts';
import { cutOffBy } from './endings.ts';
import { hasTimeLeft } from './inconclusive.ts';
import { isLongPoll } from './long-poll.ts';
import { isBeingMade, isLasting, isToItself } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { ageOf, inheritedEvidence, startedAt, stateText, wayEvidence } from './wording.ts';

type Stall = Extract<Cause, 'connect-stalled' | 'response-stalled' | 'body-stalled'>;

/** `connect-stalled`, `response-stalled`, `body-stalled`: the other side does not go on. */
export const stalls: Rule = (record, options) => {
  const deadlocked = deadlocks(record, options);
  return outwardFirst(record).flatMap((request) => {
    const { received } = request;
    if (received !== null && drips(request, record, options.hangAfterMs))
      return [dripping(request, received, record)];
    if (isHeldUp(request, deadlocked) || !isStalled(request, record, options.hangAfterMs)) return [];
    const stall = stallOf(request);
    return stall === null ? [] : [suspicion(stall, request, record)];
  });
};

/** A program's own server may itself wait for a response from elsewhere, which is then the root. */
function outwardFirst(record: ProgramRecord): readonly RequestRecord[] {
  const isInward = (request: RequestRecord) => isToItself(request, record);
  return [...record.requests.filter((request) => !isInward(request)), ...record.requests.filter(isInward)];
}

function isStalled(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  if (request.retried || (request.endedAt === null && isLongPoll(request, record))) return false;
  if (isBeingMade(request)) return false;
  // Its own limit lies ahead: nothing is proven yet.
  if (request.status === null && request.thread.end === null && hasTimeLeft(request, record)) return false;
  const { failure } = request;
  if (cutOffBy(request, record) !== null)
    return (
      isLasting(request, record, hangAfterMs) && !(request.asksFor !== null && isLongPoll(request, record))
    );
  if (failure !== null) {
    if (isShortOnPurpose(request, record) || (isPassedOver(request) && request.answeredSince)) return false;
    // A poll that the program ends itself had been kept for as long as it had asked.
    if (failure.by === 'timer' && request.asksToWaitMs !== null && isLongPoll(request, record)) return false;
    return failure.by === 'deadline' || (failure.by === 'timer' && isLasting(request, record, hangAfterMs));
  }
  if (request.endedAt !== null) return false;
  if (request.status === null) return isLasting(request, record, hangAfterMs);
  // A paused connection holds no loop: the thread ended with the rest unread.
  if (isHeld(request) && request.thread.end?.reason === 'natural') return true;
  // A response is stalled when nothing has come of it for long; one that streams is not.
  const until = request.thread.end?.at ?? record.end.at;
  return until - Math.max(request.stateAt, request.received?.at ?? 0) >= hangAfterMs;
}

/** A timeout this short, in ms, is no wait for a response. */
const shortMs = 500;
/** A deadline of the program's own that is this short, in ms, says little of whoever was to answer. */
const briefMs = 1000;

/** A read that gives up soon and asks again, or a message whose response is not waited for, or not to its end. */
function isShortOnPurpose(
  { asksFor, failure, state, status, deadline, thread }: RequestRecord,
  record: ProgramRecord,
): boolean {
  if (thread.runtime !== 'python') return false;
  if (asksFor !== null) return asksFor === 'news' || record.succeeded > 0;
  const wasSent = state === 'sent' || state === 'body' || state === 'body-unread';
  const wasTaken = status !== null && status >= 200 && status < 300;
  const limitMs = wasTaken ? briefMs : shortMs;
  return wasSent && failure?.code === 'timed-out' && deadline !== null && deadline.ms <= limitMs;
}

/** What the program gave up soon, by a deadline around it, and went on without, saying so in its own words. */
function isPassedOver({ failure, givenUp }: RequestRecord): boolean {
  return failure?.by === 'deadline' && failure.state === 'sent' && givenUp !== null && givenUp.ms < briefMs;
}

function stallOf(request: RequestRecord): Stall | null {
  const code = request.failure?.code ?? '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'connect-stalled';
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return 'response-stalled';
  if (code === 'UND_ERR_BODY_TIMEOUT') return 'body-stalled';
  switch (request.state) {
    case 'created':
    case 'resolving':
    case 'connecting':
      return 'connect-stalled';
    case 'sending':
    case 'sent':
    case 'queued':
      return 'response-stalled';
    case 'body':
      return request.endless || request.status === 101 ? null : 'body-stalled';
    case 'body-held':
      return 'body-stalled';
    case 'unfinished':
    case 'body-unread':
      return null;
  }
}

const titles: Readonly<Record<Stall, string>> = {
  'connect-stalled': 'The connection is not established',
  'response-stalled': 'The server does not respond',
  'body-stalled': 'The server’s response stops halfway',
};

const heldFix =
  'Read every copy of the body, or cancel those that you do not need; do not clone a response of which only one copy is read';

function isHeld({ state }: RequestRecord): boolean {
  return state === 'body-held';
}

function titleFor(code: Stall, request: RequestRecord): string {
  if (isPassedOver(request)) return 'The program gave the request up before the server had responded';
  if (isHeld(request)) return 'The program itself does not read the response to its end';
  if (request.proxy === null || code === 'body-stalled') return titles[code];
  return code === 'response-stalled' ? 'The proxy does not respond' : 'The proxy opens no tunnel to the host';
}

/** What is there already is not advised. */
function fixFor(code: Stall, request: RequestRecord, record: ProgramRecord): string | null {
  if (isHeld(request)) return heldFix;
  const { failure, proxy, deadline } = request;
  if (proxy !== null && code !== 'body-stalled')
    return `Check the proxy ${proxy}, or exclude this host from it (NO_PROXY, or the client’s own proxy option)`;
  if ((failure?.tries ?? []).length > 1)
    return 'Give each address more time (net.setDefaultAutoSelectFamilyAttemptTimeout: 250 ms are the default), or switch off the family that is not routed';
  if (failure?.code === 'UND_ERR_CONNECT_TIMEOUT')
    return 'Check address, port, firewall and TLS endpoint; the client’s connect timeout fired: send again when it does';
  if (deadlineEvidence(request, record).length > 0)
    return 'Its own deadline did not fire though the event loop ran: keep the signal or timer referenced until the request has settled (a signal that nothing holds is collected)';
  if (code !== 'connect-stalled' && (failure !== null || deadline !== null))
    return 'Send again when the deadline fires; check the server or proxy at the other end';
  return null;
}

function suspicion(code: Stall, request: RequestRecord, record: ProgramRecord): Suspicion {
  const { failure } = request;
  const gaveUp = failure === null ? '' : `, until it was given up (${failure.code || failure.message})`;
  return {
    code,
    severity: 'error',
    title: titleFor(code, request),
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} after ${showMs(ageOf(request, record))}${gaveUp}`,
      ...(isHeld(request)
        ? [
            'you do not read it: the body is piped into a stream that takes no more, and the other readers wait with it (a clone that nobody reads does that)',
          ]
        : []),
      ...(request.loop !== null && (request.thread.end === null || failure !== null)
        ? ['the loop of its thread kept running meanwhile']
        : []),
      ...(isPassedOver(request) && request.givenUp !== null
        ? [
            `the program’s own deadline around it was ${showMs(request.givenUp.ms)}; the code at ${request.givenUp.at} took that and went on without it; no later request to ${request.origin} succeeded`,
          ]
        : []),
      ...wayEvidence(request),
      ...deadlineEvidence(request, record),
      ...inheritedEvidence(request),
    ],
    stack: request.stack,
    fix: fixFor(code, request, record),
    ...(isPassedOver(request) ? { isPassedOver: true } : {}),
    // On a loop others go on beside it.
    ...(request.loop === null && request.endedAt === null ? { halted: [request.thread] } : {}),
  };
}
