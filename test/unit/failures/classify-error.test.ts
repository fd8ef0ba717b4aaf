import { describe, expect, it, test } from 'vitest';
import {
  classifyError,
  connectionFailure,
  isOffline,
  reportedError,
} from '../../../src/failures/classify-error.ts';

const failing = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('a connection’s error', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['ENOTFOUND', 'dns-not-found'],
    ['EAI_AGAIN', 'dns-not-found'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-untrusted'],
    ['CERT_HAS_EXPIRED', 'tls-untrusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-failed'],
    ['EPROTO', 'tls-failed'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-failed'],
    ['ETIMEDOUT', 'connect-failed'],
    ['HPE_INVALID_CONSTANT', 'bad-response'],
    ['UND_ERR_HEADERS_OVERFLOW', 'bad-response'],
    ['UND_ERR_DESTROYED', 'closed'],
  ])('%s is %s', (code, expected) => {
    expect(connectionFailure(failing(code), true)).toEqual({ code: expected, message: `connect ${code}` });
  });

  it('that is not known broke a connection that was there, or kept it from being made', () => {
    expect(connectionFailure(failing('SOMETHING_NEW'), true)).toMatchObject({ code: 'reset' });
    expect(connectionFailure(failing('SOMETHING_NEW'), false)).toMatchObject({ code: 'connect-failed' });
  });

  it('of undici’s parser without a code is bad-response', () => {
    const parserError = Object.assign(new Error('Invalid header'), {
      name: 'HTTPParserError',
      code: undefined,
    });
    expect(connectionFailure(parserError, true)).toEqual({ code: 'bad-response', message: 'Invalid header' });
  });

  it('of a proxy that refuses the tunnel says so', () => {
    const error = new Error('Proxy response (407) !== 200 when HTTP Tunneling');
    expect(connectionFailure(error, false)).toEqual({
      code: 'proxy-refused',
      message: expect.stringContaining('HTTP 407; it asks for credentials'),
    });
  });

  it('of several addresses names each that was tried', () => {
    const addresses = ['connect ECONNREFUSED ::1:9', 'connect ECONNREFUSED 127.0.0.1:9'];
    const error = Object.assign(new AggregateError(addresses.map((words) => new Error(words))), {
      code: 'ECONNREFUSED',
    });
    expect(reportedError(error)).toEqual({ code: 'ECONNREFUSED', message: addresses.join('; ') });
  });

  it('is told from what is no error of a connection', () => {
    expect(classifyError(reportedError(new TypeError('x is not a function')))).toBeNull();
    expect(classifyError(reportedError('odd'))).toBeNull();
  });
});

test.each(['EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])('%s is what an offline machine says', (code) => {
  expect(isOffline(reportedError(failing(code)))).toBe(true);
});
