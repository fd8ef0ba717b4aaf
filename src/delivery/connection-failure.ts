import type { FailureCode } from './outcome.ts';

export interface ConnectionFailure {
  readonly code: FailureCode;
  readonly message: string;
}

const codes: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  ENOTFOUND: 'dns-not-found',
  EAI_AGAIN: 'dns-not-found',
  UND_ERR_CONNECT_TIMEOUT: 'connect-failed',
  UND_ERR_HEADERS_OVERFLOW: 'bad-response',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-untrusted',
  CERT_HAS_EXPIRED: 'tls-untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-untrusted',
};

/** Names the failure of a connection by the error that undici or Node reports. */
export function connectionFailure(error: unknown): ConnectionFailure {
  const code = errorCode(error);
  const message = error instanceof Error && error.message !== '' ? error.message : code;
  // undici gives its parser's errors no code.
  if (error instanceof Error && error.name === 'HTTPParserError') return { code: 'bad-response', message };
  const proxyStatus = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  if (proxyStatus !== undefined) return { code: 'connect-failed', message: refusedByProxy(proxyStatus) };
  return { code: codes[code] ?? 'connect-failed', message };
}

function refusedByProxy(status: string): string {
  const why = status === '407' ? '; it asks for credentials: put them into the proxy’s URL' : '';
  return `the proxy refused the connection with HTTP ${status}${why}`;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
