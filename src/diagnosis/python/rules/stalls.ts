import type { Cause } from '../../../model/cause.ts';
import type { JobSeen, PythonRequestState } from '../event.ts';
import { busyText } from '../lost-work.ts';
import type { PythonRecord, PythonRequest } from '../record.ts';
import { ageOf, duration, requestText, stateText, threadText, timeoutEvidence } from '../wording.ts';
import { isCutOff, lastedAtTheEnd } from './endings.ts';
import { isAnswered } from './loops.ts';
import type { PythonRule, Suspicion } from './rule.ts';

type Stall = Extract<
  Cause,
  'connect-stalled' | 'response-stalled' | 'body-stalled' | 'pool-exhausted' | 'threadpool-starved'
>;

/** The loop turns, or there is none, and the request waits all the same. */
export const stalls: PythonRule = (record, { hangAfterMs }) =>
  record.requests.flatMap((request) => {
    if (!isStalled(request, record, hangAfterMs)) return [];
    const stall = stallOf(request.state, record);
    return [suspicion(stall, request, record)];
  });

function isStalled(request: PythonRequest, record: PythonRecord, hangAfterMs: number): boolean {
  const { failure } = request;
  if (isCutOff(request, record))
    return lastedAtTheEnd(request, record, hangAfterMs) && !isLongPoll(request, record);
  if (failure !== null)
    return (failure.by === 'deadline' || failure.code === 'timed-out') && !isShortOnPurpose(request, record);
  if (request.endedAt !== null || isAnswered(request) || isLongPoll(request, record)) return false;
  return ageOf(request, record) >= hangAfterMs;
}

/** It asks for what may come later, within the time that it gives the server. */
export function isLongPoll(request: PythonRequest, record: PythonRecord): boolean {
  const { started, timeoutMs, head } = request;
  if (head?.endless === true) return true;
  if (!isReading(request)) return false;
  if (timeoutMs === null) return started.polling;
  return ageOf(request, record) < timeoutMs + 200 && (started.polling || record.succeeded > 0);
}

/** A read that gives up soon and asks again, or a message whose answer is not waited for. */
function isShortOnPurpose(request: PythonRequest, { succeeded }: PythonRecord): boolean {
  const { state, timeoutMs } = request;
  if (isReading(request)) return request.started.polling || succeeded > 0;
  const wasSent = state === 'sent' || state === 'body' || state === 'body-unread';
  return wasSent && request.failure?.by === 'error' && timeoutMs !== null && timeoutMs <= shortMs;
}

/** A timeout this short, in ms, is no wait for an answer. */
const shortMs = 500;

export function isReading({ started }: PythonRequest): boolean {
  return started.method === 'GET' || started.method === 'HEAD';
}

function stallOf(state: PythonRequestState, record: PythonRecord): Stall {
  switch (state) {
    case 'queued':
      return 'pool-exhausted';
    case 'resolving':
      return lookupQueue(record) === null ? 'connect-stalled' : 'threadpool-starved';
    case 'created':
    case 'connecting':
      return 'connect-stalled';
    case 'sent':
      return 'response-stalled';
    case 'body':
    case 'body-unread':
      return 'body-stalled';
  }
}

/** The look-up that waits for a thread of the executor. */
function lookupQueue({ jobs }: PythonRecord): JobSeen | null {
  return jobs.find(({ name }) => name === 'getaddrinfo') ?? null;
}

function suspicion(code: Stall, request: PythonRequest, record: PythonRecord): Suspicion {
  const job = code === 'threadpool-starved' ? lookupQueue(record) : null;
  return {
    code,
    severity: 'error',
    title: titles[code],
    thread: request.started.thread,
    request,
    evidence: [
      `${requestText(request)} ${stateText(request)}${request.failure === null ? ' for' : '; it was given up after'} ${duration(ageOf(request, record))}`,
      ...timeoutEvidence(request, record),
      ...(job === null ? [] : jobEvidence(job, record.queued)),
      ...(code === 'pool-exhausted' ? unreadEvidence(record) : []),
      ...inheritedEvidence(request),
    ],
    stack: request.started.stack,
    fix: fixFor(code, request),
  };
}

export function jobEvidence(job: JobSeen, queued: number): readonly string[] {
  const others = queued > 1 ? `, ${queued} jobs in all` : '';
  return [
    `${job.name} has waited for ${duration(job.queuedMs)} for one of the executor’s ${job.workers} threads${others}`,
    ...busyText(job),
  ];
}

/** A connection that two processes use at once. */
export function inheritedEvidence({ started }: PythonRequest): readonly string[] {
  if (!started.inherited) return [];
  return [
    'its connection was opened by the parent process before the fork: parent and child read each other’s answers from it; make the session after the fork',
  ];
}

function unreadEvidence(record: PythonRecord): readonly string[] {
  const unread = record.requests.filter(isAnswered);
  const [first] = unread;
  if (first === undefined) return [];
  return [
    `${unread.length} earlier ${unread.length === 1 ? 'reply holds its connection' : 'replies hold their connections'}: the body is neither read nor released (${threadText(first.started.thread)}, ${first.started.stack[0] ?? 'an unknown place'})`,
  ];
}

const titles: Readonly<Record<Stall, string>> = {
  'pool-exhausted': 'The request waits for a connection of the session’s connector',
  'threadpool-starved': 'The look-up of the host waits for a thread of a full executor',
  'connect-stalled': 'The connection is not made',
  'response-stalled': 'The server has the request and does not answer',
  'body-stalled': 'The server began its answer and does not go on',
};

function fixFor(code: Stall, { timeoutMs, started }: PythonRequest): string {
  if (code !== 'response-stalled' || (timeoutMs === null && started.deadlineMs === null)) return fixes[code];
  return 'Send again after the timeout, and ask the server’s operator why it does not answer';
}

const fixes: Readonly<Record<Stall, string>> = {
  'pool-exhausted':
    'Read or release every reply (`async with session.post(...) as response`), or raise the connector’s limit',
  'threadpool-starved':
    'Give blocking jobs an executor of their own (run_in_executor(own, …)), so that look-ups find a free thread; an asynchronous resolver (aiohttp[speedups]) needs none',
  'connect-stalled': 'Check host, port and firewall; set a connect timeout and send again',
  'response-stalled': 'Set a timeout (requests has none unless it is given one) and send again',
  'body-stalled': 'Set a timeout that covers the body (ClientTimeout(total=…)) and send again',
};
