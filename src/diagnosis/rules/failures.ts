import { capital } from '../../capital.ts';
import { describeFailure, type FailureCause } from '../../failures/failures.ts';
import { isInPackage } from '../../model/frame.ts';
import { showMs } from '../../time/show-ms.ts';
import { functionOf } from '../causes-first.ts';
import type { Failure, ProgramRecord, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { isStatusExpected } from '../source/expected-status.ts';
import { isBrokenOff, isOwnError } from './aborted-by-own-error.ts';
import { failureCodeOf } from './failure-code.ts';
import { isToItself } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { inheritedEvidence, loopText, startedAt, wayEvidence } from './wording.ts';

/** What a request that failed is the sign of. */
type RequestFailure = FailureCause | 'rejected-by-slack' | 'response-stalled' | 'process-exited';

/** Requests that came to an end, but not to a good one, and were not made again with success. */
export const failures: Rule = (record) =>
  record.requests.flatMap((request) => {
    if (request.retried || isOwnStreamsEnd(request, record) || endsInOwnError(request)) return [];
    const cause = causeOf(request);
    return cause === null ? [] : [suspicion(cause, request, record)];
  });

/** It came to an end, but not to a good one, and was not made again with success. */
export function isFailed(request: RequestRecord): boolean {
  return !request.retried && causeOf(request) !== null;
}

/** The program's own server closes what it streamed: that is the end of a response that has no other. */
function isOwnStreamsEnd(request: RequestRecord, { threads }: ProgramRecord): boolean {
  return isToItself(request, { threads }) && request.endless && request.status === 200;
}

/** The server's error was to be followed by another try, which an error of the program's own broke off: that is reported. */
function endsInOwnError({ status, triedAgain }: RequestRecord): boolean {
  let last = triedAgain;
  while (last !== null && last.triedAgain !== null) last = last.triedAgain;
  return status !== null && status >= 500 && last !== null && isBrokenOff(last);
}

/** Slack refuses with HTTP 200, or through its API; where another server answers with an error, its status says most. */
function isRefused({ refusal, status, origin, path }: RequestRecord): boolean {
  if (refusal === null) return false;
  return (
    status === null ||
    status < 400 ||
    /^https?:\/\/(?:[\w-]+\.)*slack\.com\b/.test(origin) ||
    slackMethod.test(path)
  );
}

/** `/api/chat.postMessage` */
const slackMethod = /\/api\/[a-z]+(?:\.[a-zA-Z]+)+$/;

function causeOf(request: RequestRecord): RequestFailure | null {
  if (isRefused(request)) return request.refusal === 'ratelimited' ? 'rate-limited' : 'rejected-by-slack';
  const { status, failure } = request;
  if (status === 429) return 'rate-limited';
  if (status !== null && (status >= 400 || isUnfollowed(request)))
    return isExpected(request, status) ? null : 'http-error';
  if (failure?.by !== 'error' || isOwnDoing(request)) return null;
  return errorCause(failure);
}

/** A question to which "there is none" is an answer like any other: the program compares the status with it. */
function isExpected({ method, stack }: RequestRecord, status: number): boolean {
  const asks = method === 'GET' || method === 'HEAD';
  return asks && (status === 404 || status === 410) && isStatusExpected(stack, status);
}

/** The program broke off what it had sent and got well, or kept it from being sent. */
function isOwnDoing(request: RequestRecord): boolean {
  const wasSent = request.status !== null || request.failure?.state === 'sent';
  return isBrokenOff(request) || (wasSent && isOwnError(request));
}

/** A redirect after which its thread asked for nothing more: node:http and undici.request do not follow by themselves. */
function isUnfollowed({ status, headersAt, thread }: RequestRecord): boolean {
  if (status === null || headersAt === null || status < 300 || status >= 400 || status === 304) return false;
  return (thread.lastRequestAt ?? 0) <= headersAt;
}

/** A connection that broke for a reason unknown is `reset`. */
function errorCause(failure: Failure): RequestFailure {
  const code = failureCodeOf(failure) ?? 'reset';
  // The server may have what was sent before another loop's session failed.
  if (code === 'wrong-loop' && failure.state !== 'created') return 'response-stalled';
  if (/after (interpreter )?shutdown/.test(failure.message)) return 'process-exited';
  return describeFailure(code).cause;
}

function suspicion(code: RequestFailure, request: RequestRecord, record: ProgramRecord): Suspicion {
  return {
    code,
    severity: 'error',
    title: titleFor(code, request),
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ended after ${showMs((request.endedAt ?? record.end.at) - request.startedAt)} with ${endText(request)}`,
      ...wayEvidence(request),
      ...redirectEvidence(request),
      ...sessionEvidence(request),
      ...inheritedEvidence(request),
      ...(request.retryAfter === null
        ? []
        : [`the server asked to wait ${request.retryAfter} s (Retry-After)`]),
      'no later attempt at the same request succeeded',
    ],
    stack: request.stack,
    ...(code === 'http-error' ? { needed: clientOf(request) } : {}),
    fix: fixFor(code, request),
  };
}

function redirectEvidence({ redirectedFrom, method }: RequestRecord): readonly string[] {
  if (redirectedFrom === null) return [];
  const { method: before, path, status } = redirectedFrom;
  return [
    `the client made it of ${before} ${path}, which was answered with HTTP ${status}: it follows such a redirect with ${method} and without the body`,
  ];
}

/** What answers an error of its client sends again through that: where it waits there for good, that is why nothing follows. */
function clientOf({ stack }: RequestRecord): NonNullable<Suspicion['needed']> {
  return { threads: [], functions: stack.filter(isInPackage).filter(isNamed).map(functionOf) };
}

function isNamed(frame: string): boolean {
  return frame.endsWith(')');
}

const sessionNames: Readonly<Record<string, string>> = {
  aiohttp: 'ClientSession',
  httpx: 'httpx.AsyncClient',
  httpcore: 'connection pool',
};

/** Whose session it was, where it was another loop's. */
function sessionEvidence({ sessionOf, loop, client }: RequestRecord): readonly string[] {
  if (sessionOf === null || loop === null) return [];
  const session = sessionNames[client] ?? 'client';
  if (sessionOf.isClosed)
    return [`its ${session} belongs to a loop that had been closed: each asyncio.run() has its own loop`];
  return [`its ${session} belongs to ${loopText(sessionOf)} and was used on ${loopText(loop)}`];
}

function fixFor(code: RequestFailure, request: RequestRecord): string | null {
  const { failure } = request;
  if (code === 'http-error' && isUnfollowed(request)) return followFix;
  if (code === 'http-error' && request.redirectedFrom !== null) return addressFix;
  if (isBadPort(request)) return badPortFix;
  if (isOfProxy(code, request))
    return `Start the proxy ${request.proxy}, or correct its address; or exclude this host from it (NO_PROXY, or the client’s own proxy option)`;
  if (failure === null) return null;
  const failed = failureCodeOf(failure);
  if (failed === 'wrong-loop' || failed === 'loop-closed') return ownLoopFix;
  if (isOfEndedSession(failure)) return ownSessionFix;
  return failed === 'proxy-refused' || failed === 'tls-failed'
    ? capital(describeFailure(failed).remedy)
    : null;
}

/** An HTTP/2 session that had been closed, or was told to go away, takes no more requests. */
function isOfEndedSession({ code }: Failure): boolean {
  return code.startsWith('ERR_HTTP2_');
}

const ownSessionFix =
  'Open a new session where the one before has been closed (its "close" and "goaway" events say when), and log what a request throws';

/** The only connection that a client opens itself is the one to its proxy. */
function isOfProxy(code: RequestFailure, request: RequestRecord): boolean {
  const { proxy, origin, failure } = request;
  if (proxy === null || isBadPort(request)) return false;
  const host = origin.replace(/^\w+:\/\/|:\d+$/g, '');
  return code === 'refused' || (code === 'dns-not-found' && failure?.message.includes(host) !== true);
}

function isBadPort({ failure }: RequestRecord): boolean {
  return failure?.code === 'ERR_BAD_PORT';
}

function endText(request: RequestRecord): string {
  if (isRefused(request)) return `"ok": false, "error": "${request.refusal}"`;
  if (request.status !== null && request.status >= 300) return `HTTP ${request.status}`;
  const { failure } = request;
  return failure === null
    ? 'no response'
    : `${failure.code}${failure.message === '' ? '' : ` (${failure.message})`}`;
}

function titleFor(code: RequestFailure, request: RequestRecord): string {
  const { origin, failure, refusal, proxy } = request;
  const failed = failure === null ? null : failureCodeOf(failure);
  if (failed === 'wrong-loop') return wrongLoopTitle(code);
  if (failed === 'loop-closed')
    return `A ${sessionNames[request.client] ?? 'client'} was used after asyncio.run had closed the loop that its connections belong to`;
  if (failure !== null && isOfEndedSession(failure))
    return `The HTTP/2 session with ${origin} had ended, and no request was made through it`;
  switch (code) {
    case 'refused':
      if (isBadPort(request)) return `fetch refuses to connect to the port of ${origin}`;
      return proxy === null
        ? `Nothing accepts connections at ${origin}`
        : `The proxy ${proxy} accepts no connections`;
    case 'reset':
      return resetTitle(request);
    case 'dns-not-found':
      return `The name of ${isOfProxy(code, request) ? `the proxy ${proxy}` : origin} can't be resolved`;
    case 'tls-untrusted':
      return failure !== null && failureCodeOf(failure) === 'tls-failed'
        ? `The TLS handshake with ${origin} failed`
        : `The certificate of ${origin} is not trusted`;
    case 'rate-limited':
      return 'The server asks to send less often, and the message was not sent again';
    case 'http-error':
      return httpErrorTitle(request);
    case 'rejected-by-slack':
      return `Slack took the request and refused the message: ${refusal ?? 'unknown'}`;
    case 'process-exited':
      return 'A request was made while the interpreter was ending';
    case 'connect-stalled':
      return `The connection to ${origin} is not established`;
    case 'response-stalled':
    case 'never-requested':
    case 'pool-exhausted':
    case 'thread-exited':
      return `The request to ${origin} failed: ${failure?.code ?? 'unknown'}`;
  }
}

function wrongLoopTitle(code: RequestFailure): string {
  const consequence =
    code === 'never-requested'
      ? 'no request was made'
      : 'the message may have been posted, its response can’t be awaited there';
  return `A session of one loop was used on another: ${consequence}`;
}

function httpErrorTitle({ origin, status, failure }: RequestRecord): string {
  if (status !== null && status >= 300) return `The server answered with HTTP ${status}`;
  return failure !== null && failureCodeOf(failure) === 'proxy-refused'
    ? `The proxy does not let the request through to ${origin}`
    : `The response of ${origin} can’t be read`;
}

function resetTitle({ client, origin, status, state }: RequestRecord): string {
  if (status !== null) return `${origin} closed the connection in the middle of its response`;
  // node:http reports a connection that is made when the loop runs again only.
  return client === 'undici' && (state === 'created' || state === 'connecting')
    ? `The connection to ${origin} broke before the request was sent`
    : `${origin} closed the connection before it had responded`;
}

const followFix =
  'Post to the address that the redirect names, or use fetch, which follows it; node:http and undici.request do not';

const addressFix =
  'Post to the address that the redirect names: after HTTP 301, 302 and 303 a client goes on with GET, and only 307 and 308 keep the body';

const badPortFix =
  'Let the server listen on another port: the Fetch standard blocks this one, whether anything listens there or not';

const ownLoopFix =
  'Use a session only on the loop that made it: hand the request to that loop (run_coroutine_threadsafe, awaited through wrap_future), or make a session per loop';
