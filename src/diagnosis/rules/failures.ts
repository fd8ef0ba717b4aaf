import type { Cause } from '../../model/cause.ts';
import type { ProgramRecord, RequestRecord } from '../record.ts';
import { isBrokenOff, isOwnError } from './own-error.ts';
import type { Rule, Suspicion } from './rule.ts';
import { duration, requestText, startedAt, wayEvidence } from './wording.ts';

type FailureCause = Extract<
  Cause,
  | 'refused'
  | 'reset'
  | 'dns-not-found'
  | 'tls-untrusted'
  | 'rate-limited'
  | 'http-error'
  | 'rejected-by-slack'
>;

/** Requests that came to an end, but not to a good one, and were not made again with success. */
export const failures: Rule = (record) =>
  record.requests.flatMap((request) => {
    if (request.retried) return [];
    const cause = causeOf(request);
    return cause === null ? [] : [suspicion(cause, request, record)];
  });

function causeOf(request: RequestRecord): FailureCause | null {
  if (request.refusal !== null)
    return request.refusal === 'ratelimited' ? 'rate-limited' : 'rejected-by-slack';
  const { status, failure } = request;
  if (status === 429) return 'rate-limited';
  if (status !== null && (status >= 400 || isUnfollowed(request))) return 'http-error';
  if (failure?.by !== 'error' || isOwnDoing(request)) return null;
  return errorCause(failure.code, failure.message);
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

const tlsCodes =
  /CERT|^UNABLE_TO_|SELF_SIGNED|^ERR_TLS|^ERR_SSL|^EPROTO$|^HOSTNAME_MISMATCH|^INVALID_CA|^PATH_LENGTH_EXCEEDED|^CRL_/;

/** What a client's error says of the cause; a connection that broke is `reset`. */
export function errorCause(code: string, message: string): FailureCause {
  if (isProxyRefusal(message)) return 'http-error';
  if (/^(ENOTFOUND|EAI_|ENODATA|ERR_INVALID_IP_ADDRESS|ESERVFAIL|ENONAME|EBADNAME|ENOMEM_DNS)/.test(code))
    return 'dns-not-found';
  if (
    tlsCodes.test(code) ||
    /self.signed certificate|unable to verify the first certificate/i.test(message)
  ) {
    return 'tls-untrusted';
  }
  if (
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|ENOENT|EHOSTDOWN|ERR_BAD_PORT)$/.test(code)
  )
    return 'refused';
  if (
    /^(HPE_|UND_ERR_INFO|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RESPONSE|ERR_HTTP_|UND_ERR_NOT_SUPPORTED)/.test(
      code,
    )
  )
    return 'http-error';
  return 'reset';
}

/** As undici says it: `Proxy response (407) !== 200 when HTTP Tunneling`. */
function isProxyRefusal(message: string): boolean {
  return /^Proxy response \(\d+\)/.test(message);
}

function suspicion(code: FailureCause, request: RequestRecord, record: ProgramRecord): Suspicion {
  return {
    code,
    severity: 'error',
    title: titleFor(code, request),
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ended after ${duration((request.endedAt ?? record.end.at) - request.startedAt)} with ${endText(request)}`,
      ...wayEvidence(request),
      ...(request.retryAfter === null
        ? []
        : [`the server asked to wait ${request.retryAfter} s (Retry-After)`]),
      'the same request was not made again with success',
    ],
    stack: request.stack,
    fix: fixFor(code, request),
  };
}

function fixFor(code: FailureCause, request: RequestRecord): string {
  if (code === 'http-error' && isUnfollowed(request)) return followFix;
  return isBadPort(request) ? badPortFix : fixes[code];
}

function isBadPort({ failure }: RequestRecord): boolean {
  return failure?.code === 'ERR_BAD_PORT';
}

function endText(request: RequestRecord): string {
  if (request.refusal !== null) return `"ok": false, "error": "${request.refusal}"`;
  if (request.status !== null && request.status >= 300) return `HTTP ${request.status}`;
  const { failure } = request;
  return failure === null
    ? 'no answer'
    : `${failure.code}${failure.message === '' ? '' : ` (${failure.message})`}`;
}

function titleFor(code: FailureCause, request: RequestRecord): string {
  switch (code) {
    case 'refused':
      if (isBadPort(request)) return `fetch refuses to connect to the port of ${request.origin}`;
      return `Nothing accepts connections at ${request.origin}`;
    case 'reset':
      return resetTitle(request);
    case 'dns-not-found':
      return `The name of ${request.origin} can't be resolved`;
    case 'tls-untrusted':
      return isHandshakeFailure(request)
        ? `The TLS handshake with ${request.origin} failed`
        : `The certificate of ${request.origin} is not trusted`;
    case 'rate-limited':
      return 'The server asks to send less often, and the message was not sent again';
    case 'http-error':
      return httpErrorTitle(request);
    case 'rejected-by-slack':
      return `Slack took the request and refused the message: ${request.refusal ?? 'unknown'}`;
  }
}

function httpErrorTitle({ origin, status, failure }: RequestRecord): string {
  if (status !== null && status >= 300) return `The server answered with HTTP ${status}`;
  return isProxyRefusal(failure?.message ?? '')
    ? `The proxy does not let the request through to ${origin}`
    : `The answer of ${origin} can’t be read`;
}

function resetTitle({ client, origin, status, state }: RequestRecord): string {
  if (status !== null) return `${origin} closed the connection in the middle of its answer`;
  // node:http tells of a connection that stands at the next turn of the loop only.
  return client === 'undici' && (state === 'created' || state === 'connecting')
    ? `The connection to ${origin} broke before the request was sent`
    : `${origin} closed the connection before it had answered`;
}

/** Other than over a certificate: protocol versions, ciphers, or no TLS at the other end. */
function isHandshakeFailure({ failure }: RequestRecord): boolean {
  const code = failure?.code ?? '';
  return /^ERR_SSL_|^EPROTO$/.test(code) && !/CERT/.test(`${code} ${failure?.message.toUpperCase() ?? ''}`);
}

const followFix =
  'Post to the address that the redirect names, or use fetch, which follows it; node:http and undici.request do not';

const badPortFix =
  'Let the server listen on another port: the Fetch standard blocks this one, whether anything listens there or not';

const fixes: Readonly<Record<FailureCause, string>> = {
  refused:
    'Start the server or correct host and port; send again with a growing pause where it may be restarting',
  reset:
    'Send again on a fresh connection; keep idle connections shorter than the server does (keepAliveTimeout)',
  'dns-not-found': 'Correct the host’s name, or the resolver that this machine uses',
  'tls-untrusted':
    'Trust the authority that signed it (NODE_EXTRA_CA_CERTS), or correct the host’s name; never switch verification off',
  'rate-limited':
    'Wait as long as Retry-After says, then send again; spread notifications of one channel to one a second',
  'http-error':
    'Read the reply’s body for the reason; send again after 5xx with a growing pause, mend the request after 4xx',
  'rejected-by-slack':
    'Look at `ok` and `error` of each reply, not at the status alone; `timer-notify doctor` checks token, scopes and channel',
};
