import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

describe('the verdict on a request that did not end by itself', () => {
  const answeredThen = (fail: Partial<EventOf<'fail'>>, status = 200): Recording => [
    threadStarts(main),
    ...beats(main, 0, 1000),
    requestStarts(main, { t: 300 }),
    [main, { e: 'headers', t: 350, r: 1, status, retryAfter: null, endless: false }],
    [main, { e: 'fail', t: 400, r: 1, by: 'error', code: 'Error', message: 'enough', s: 'body', ...fail }],
  ];

  it.each([
    ['an error without a code', 'Error'],
    ['an error without a name', ''],
    ['the end of the stream that it wrote to', 'ERR_STREAM_PREMATURE_CLOSE'],
    ['a wrong return value of its callback', 'UND_ERR_INVALID_RETURN_VALUE'],
  ])('is healthy when the program breaks off a good answer by %s', (_what, code) => {
    expect(diagnosisOf(answeredThen({ code }), { at: 1000 }).verdict).toBe('healthy');
  });

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'HTTPParserError'])(
    'is reset when the answer breaks off with %s',
    (code) => {
      const { verdict, findings } = diagnosisOf(answeredThen({ code }), { at: 1000 });
      expect(verdict).toBe('reset');
      expect(findings[0]?.title).toBe('http://10.0.0.1 closed the connection in the middle of its response');
    },
  );

  it('is http-error when the program breaks off an answer that was none', () => {
    expect(diagnosisOf(answeredThen({}, 503), { at: 1000 }).verdict).toBe('http-error');
  });

  const failedWith = (fail: Pick<EventOf<'fail'>, 'code' | 'message' | 's'>): Recording => [
    threadStarts(main),
    ...beats(main, 0, 1000),
    requestStarts(main, { t: 300 }),
    [main, { e: 'fail', t: 310, r: 1, by: 'error', ...fail }],
  ];

  it.each([
    ['is a file that is missing', 'ENOENT', 'ENOENT: no such file or directory, open ’a.png’', 'created'],
    ['fails half way', 'Error', 'no more of it', 'sending'],
    ['is of a type that can’t be sent', 'ERR_INVALID_ARG_TYPE', '', 'sending'],
  ] as const)('is never-requested when the request’s body %s', (_what, code, message, s) => {
    expect(diagnosisOf(failedWith({ code, message, s }), { at: 1000 }).verdict).toBe('never-requested');
  });

  it('is request-incomplete when the request’s body is not as long as announced', () => {
    const code = 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH';
    const recording = failedWith({ code, message: '', s: 'queued' });
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('request-incomplete');
  });

  it('is refused when nothing listens at a socket’s path', () => {
    const recording = failedWith({ code: 'ENOENT', message: 'connect ENOENT /run/app.sock', s: 'created' });
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('refused');
  });

  it('is reset when a connector of the program’s own fails', () => {
    const recording = failedWith({ code: 'Error', message: 'no proxy', s: 'created' });
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('reset');
  });

  it('is healthy when the program ends a request that it waits for by an error of its own', () => {
    const recording = failedWith({ code: 'Error', message: 'shutting down', s: 'sent' });
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });

  it('speaks of the handshake, not of the certificate, where TLS fails for another reason', () => {
    const recording = failedWith({
      code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
      message: 'alert handshake failure',
      s: 'created',
    });
    const { verdict, findings } = diagnosisOf(recording, { at: 1000 });
    expect(verdict).toBe('tls-untrusted');
    expect(findings[0]?.title).toBe('The TLS handshake with http://10.0.0.1 failed');
  });

  it('is healthy when the try after a reset is answered, and the program then has enough of it', () => {
    const recording: Recording = [
      ...answeredThen({ code: 'ECONNRESET' }),
      requestStarts(main, { t: 500, r: 2 }),
      [main, { e: 'headers', t: 550, r: 2, status: 206, retryAfter: null, endless: false }],
      [main, { e: 'fail', t: 600, r: 2, by: 'program', code: 'AbortError', message: '', s: 'body' }],
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });

  it('is reset when the program gives the next try up before it is answered', () => {
    const recording: Recording = [
      ...failedWith({ code: 'ECONNRESET', message: '', s: 'sent' }),
      requestStarts(main, { t: 500, r: 2 }),
      [main, { e: 'fail', t: 600, r: 2, by: 'program', code: 'AbortError', message: '', s: 'sent' }],
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('reset');
  });

  it('is refused by the proxy where the request goes through one, and names it', () => {
    const recording: Recording = [
      ...failedWith({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.9:3128', s: 'created' }),
    ];
    const failed = recording.findIndex(([, { e }]) => e === 'fail');
    const through: Recording = [
      ...recording.slice(0, failed),
      [main, { e: 'proxy', r: 1, proxy: 'http://10.0.0.9:3128' }],
      ...recording.slice(failed),
    ];
    const { verdict, findings } = diagnosisOf(through, { at: 1000 });
    expect(verdict).toBe('refused');
    expect(findings[0]?.title).toBe('The proxy http://10.0.0.9:3128 accepts no connections');
    expect(findings[0]?.fix).toContain('http://10.0.0.9:3128');
  });

  it('is http-error when a proxy does not let the request through', () => {
    const message = 'Proxy response (407) !== 200 when HTTP Tunneling';
    const recording = failedWith({ code: 'UND_ERR_ABORTED', message, s: 'created' });
    const { verdict, findings } = diagnosisOf(recording, { at: 1000 });
    expect(verdict).toBe('http-error');
    expect(findings[0]?.title).toBe('The proxy does not let the request through to http://10.0.0.1');
  });

  it('is healthy when a refused upgrade is asked for again and granted', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 320, 1, 401),
      requestStarts(main, { t: 330, r: 2 }),
      ...answered(main, 340, 2, 101),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });
});
