import type { Cause } from '../../../model/cause.ts';
import type { PythonRecord, PythonRequest } from '../record.ts';
import { ageOf, duration, requestText } from '../wording.ts';
import type { PythonRule, Suspicion } from './rule.ts';
import { inheritedEvidence } from './stalls.ts';

type FailureCause = Extract<
  Cause,
  | 'refused'
  | 'reset'
  | 'dns-not-found'
  | 'tls-untrusted'
  | 'rate-limited'
  | 'http-error'
  | 'rejected-by-slack'
  | 'never-requested'
  | 'response-stalled'
  | 'process-exited'
>;

/** Requests that came to an end, but not to a good one, and were not made again with success. */
export const failures: PythonRule = (record) =>
  record.requests.flatMap((request) => {
    const cause = causeOf(request);
    return cause === null ? [] : [suspicion(cause, request, record)];
  });

function causeOf({ refusal, head, failure, state }: PythonRequest): FailureCause | null {
  if (refusal !== null) return refusal === 'ratelimited' ? 'rate-limited' : 'rejected-by-slack';
  if (head?.status === 429) return 'rate-limited';
  if (head !== null && head.status >= 400) return 'http-error';
  if (failure === null || failure.by !== 'error' || failure.code === 'timed-out') return null;
  switch (failure.code) {
    case 'refused':
    case 'reset':
    case 'dns-not-found':
    case 'tls-untrusted':
      return failure.code;
    case 'wrong-loop':
      return state === 'created' ? 'never-requested' : 'response-stalled';
    case 'loop-closed':
      return 'never-requested';
  }
  if (/after (interpreter )?shutdown/.test(failure.message)) return 'process-exited';
  return state === 'created' ? 'never-requested' : 'reset';
}

function suspicion(code: FailureCause, request: PythonRequest, record: PythonRecord): Suspicion {
  return {
    code,
    severity: 'error',
    title: titleFor(code, request),
    thread: request.started.thread,
    request,
    evidence: [
      `${requestText(request)} ended after ${duration(ageOf(request, record))} with ${endText(request)}`,
      ...ownerEvidence(request, record),
      ...inheritedEvidence(request),
      ...(request.head?.retryAfter === null || request.head === null
        ? []
        : [`the server asked to wait ${request.head.retryAfter} s (Retry-After)`]),
      'the same request was not made again with success',
    ],
    stack: request.started.stack,
    fix: fixFor(code, request),
  };
}

const sessionNames: Readonly<Record<string, string>> = {
  aiohttp: 'ClientSession',
  httpx: 'httpx.AsyncClient',
  httpcore: 'connection pool',
};

/** Whose session it was, where it was another loop's. */
function ownerEvidence({ started }: PythonRequest, record: PythonRecord): readonly string[] {
  if (started.owner === null || started.loop === null || started.owner === started.loop) return [];
  const loop = record.loops.get(started.owner);
  if (loop?.state === 'closed')
    return [
      `its ${sessionNames[started.client] ?? 'client'} belongs to the first loop, which is closed: each asyncio.run() has its own loop`,
    ];
  const owner = loop?.thread;
  const where = owner === undefined || owner === null ? 'another loop' : `the loop of ${owner.name}`;
  return [
    `its ${sessionNames[started.client] ?? 'client'} belongs to ${where} and was used on the loop of ${started.thread.name}`,
  ];
}

function endText({ refusal, head, failure }: PythonRequest): string {
  if (refusal !== null) return `"ok": false, "error": "${refusal}"`;
  if (head !== null && head.status >= 400) return `HTTP ${head.status}`;
  return failure === null ? 'no answer' : `${failure.code}: ${failure.message}`;
}

function titleFor(code: FailureCause, { started, head, refusal, failure }: PythonRequest): string {
  switch (code) {
    case 'refused':
      return `Nothing accepts connections at ${started.origin}`;
    case 'reset':
      return `${started.origin} closed the connection before it had answered`;
    case 'dns-not-found':
      return `The name of ${started.origin} can’t be resolved`;
    case 'tls-untrusted':
      return `The certificate of ${started.origin} is not trusted`;
    case 'rate-limited':
      return 'The server asks to send less often, and the message was not sent again';
    case 'http-error':
      return `The server answered with HTTP ${head?.status ?? 'garbage'}`;
    case 'rejected-by-slack':
      return `Slack took the request and refused the message: ${refusal ?? 'unknown'}`;
    case 'response-stalled':
      return 'A session of one loop was used on another: the message may have been posted, its answer can’t be awaited there';
    case 'process-exited':
      return 'A request was made while the interpreter was ending';
    case 'never-requested':
      if (failure?.code === 'loop-closed')
        return `A ${sessionNames[started.client] ?? 'client'} was used after asyncio.run had closed the loop that its connections belong to`;
      return failure?.code === 'wrong-loop'
        ? 'A session of one loop was used on another: no request was made'
        : `No request was made: ${failure?.code ?? 'unknown error'}`;
  }
}

const ownLoop =
  'Use a session only on the loop that made it: hand the request to that loop (run_coroutine_threadsafe, awaited through wrap_future), or make a session per loop';

function fixFor(code: FailureCause, { failure }: PythonRequest): string {
  switch (code) {
    case 'refused':
      return 'Start the server or correct host and port; send again with a growing pause where it may be restarting';
    case 'reset':
      return 'Send again on a fresh connection; close idle connections sooner than the server does (keepalive_timeout)';
    case 'dns-not-found':
      return 'Correct the host’s name, or the resolver that this machine uses';
    case 'tls-untrusted':
      return 'Trust the authority that signed it (SSL_CERT_FILE), or correct the host’s name; never switch verification off';
    case 'rate-limited':
      return 'Wait as long as Retry-After says, then send again; spread messages of one channel to one a second';
    case 'http-error':
      return 'Read the reply’s body for the reason; send again after 5xx with a growing pause, mend the request after 4xx';
    case 'rejected-by-slack':
      return 'Look at `ok` and `error` of each reply, not at the status alone';
    case 'response-stalled':
      return ownLoop;
    case 'process-exited':
      return 'Send before main returns, and join the threads that send';
    case 'never-requested':
      return failure?.code === 'wrong-loop' || failure?.code === 'loop-closed'
        ? ownLoop
        : 'Fix the error; the request was never made';
  }
}
