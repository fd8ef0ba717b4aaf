import { describe, expect, it } from 'vitest';
import { connectionFailure } from '../../../src/delivery/connection-failure.ts';

const failing = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('connectionFailure', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['ENOTFOUND', 'dns-not-found'],
    ['EAI_AGAIN', 'dns-not-found'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['CERT_HAS_EXPIRED', 'tls-untrusted'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-failed'],
    ['SOMETHING_NEW', 'connect-failed'],
  ])('names %s as %s', (code, expected) => {
    expect(connectionFailure(failing(code))).toEqual({ code: expected, message: `connect ${code}` });
  });

  it('names an answer that is no HTTP as bad-response', () => {
    const parserError = Object.assign(new Error('Invalid header'), { name: 'HTTPParserError' });
    expect(connectionFailure(parserError)).toEqual({ code: 'bad-response', message: 'Invalid header' });
  });

  it('names what is no error object at all', () => {
    expect(connectionFailure('odd')).toMatchObject({ code: 'connect-failed' });
  });
});
