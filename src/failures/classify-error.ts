import { errorCode } from '../file-error.ts';
import type { ConnectionFailureCode } from './failures.ts';

/** What Node or an HTTP client says about a connection. */
export interface ReportedError {
  /** `ECONNREFUSED`; empty where the error has none. */
  readonly code: string;
  readonly message: string;
}

/** The codes of Node, OpenSSL and undici and the exceptions of Python's clients, by what they mean; the first match counts. */
const meanings: readonly (readonly [codes: RegExp, meaning: ConnectionFailureCode])[] = [
  [
    /^(ENOTFOUND|ENODATA|ESERVFAIL|ENONAME|EBADNAME|ERR_INVALID_IP_ADDRESS|gaierror|NameResolutionError)$|^EAI_/,
    'dns-not-found',
  ],
  [/^(ERR_SSL_|EPROTO$|ERR_TLS_|SSLError$)(?!.*CERT)/, 'tls-failed'],
  [
    /CERT|SSLCertVerificationError|SELF_SIGNED|^UNABLE_TO_|^HOSTNAME_MISMATCH|^INVALID_CA|^PATH_LENGTH_EXCEEDED|^CRL_/,
    'tls-untrusted',
  ],
  [/^ERR_PROXY$/, 'proxy-refused'],
  [/^(ECONNREFUSED|EACCES|ENOENT|ERR_BAD_PORT|ConnectionRefusedError)$/, 'refused'],
  [/^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL)$/, 'unreachable'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'connect-failed'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'reset'],
  [
    /^(Connection(Reset|Aborted)Error|BrokenPipeError|ServerDisconnectedError|RemoteDisconnected|IncompleteRead|ClientPayloadError)$/,
    'reset',
  ],
  [/^(UND_ERR_CLOSED|UND_ERR_DESTROYED|ERR_HTTP2_(INVALID|GOAWAY)_SESSION)$/, 'closed'],
  [
    /^(HPE_|ERR_HTTP_|UND_ERR_RESPONSE|UND_ERR_HEADERS_OVERFLOW|UND_ERR_INFO|UND_ERR_NOT_SUPPORTED)/,
    'bad-response',
  ],
];

/** OpenSSL's certificate errors come under `ERR_SSL_` too, and some clients keep the words only. */
const untrusted = /certificate verify failed|self.signed certificate|unable to verify the first certificate/i;

/** As undici says it of a response it cannot take, such as 100 Continue unasked: `bad response`. */
const badResponse = /^bad (response|upgrade)$/;

/** As undici says it: `Proxy response (407) !== 200 when HTTP Tunneling`. */
const proxyResponse = /^Proxy response \((\d+)\)/;

/** Names a connection's failure; null for an error that says nothing about a connection. */
export function classifyError({ code, message }: ReportedError): ConnectionFailureCode | null {
  if (proxyResponse.test(message)) return 'proxy-refused';
  if (untrusted.test(message)) return 'tls-untrusted';
  if (badResponse.test(message)) return 'bad-response';
  return meanings.find(([codes]) => codes.test(code))?.[1] ?? null;
}

/** The status with which a proxy refused a tunnel; null where the error is about something else. */
export function proxyStatusIn(message: string): number | null {
  const status = proxyResponse.exec(message)?.[1];
  return status === undefined ? null : Number(status);
}

/** True for what a machine without a network reports: nothing is wrong with the configuration. */
export function isOffline({ code }: ReportedError): boolean {
  return /^(EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ENETDOWN)$/.test(code);
}

/** Code and words of whatever was thrown; of several addresses that were tried, the words of each. */
export function reportedError(error: unknown): ReportedError {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  // undici gives some errors of its HTTP parser no code.
  const code = errorCode(error) || (error.name === 'HTTPParserError' ? 'HPE_' : '');
  const tried = error instanceof AggregateError ? error.errors : [];
  const words = tried.flatMap((one: unknown) => (one instanceof Error ? [one.message] : []));
  return { code, message: error.message || words.join('; ') || code || error.name };
}

/** The failure of a connection, in words that a user can act on. */
export interface ConnectionFailure {
  readonly code: ConnectionFailureCode;
  readonly message: string;
}

/**
 * Names the failure of a request.
 * @param wasSent whether any of it may have reached the server: then an unknown error broke the connection, otherwise it
 *   kept it from being made
 */
export function connectionFailure(error: unknown, wasSent: boolean): ConnectionFailure {
  const reported = reportedError(error);
  const code = classifyError(reported) ?? (wasSent ? 'reset' : 'connect-failed');
  const status = proxyStatusIn(reported.message);
  return { code, message: status === null ? reported.message : refusedByProxy(status) };
}

function refusedByProxy(status: number): string {
  const why = status === 407 ? '; it asks for credentials: put them into the proxy’s URL' : '';
  return `the proxy refused the connection with HTTP ${status}${why}`;
}
