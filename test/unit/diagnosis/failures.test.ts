import { describe, expect, it } from 'vitest';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

describe('the verdict on a request that fails', () => {
  it('is healthy when a retry with the same body went well', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, r: 1 }),
      ...answered(main, 320, 1, 503),
      requestStarts(main, { t: 500, r: 2 }),
      ...answered(main, 520, 2),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });

  it.each(['4:', null])(
    'is healthy when the try that failed at once had shown only %s of its body',
    (body) => {
      const recording: Recording = [
        threadStarts(main),
        ...beats(main, 0, 1000),
        requestStarts(main, { t: 300, r: 1, body }),
        ...answered(main, 320, 1, 503),
        requestStarts(main, { t: 500, r: 2, body: '4:x1y2' }),
        ...answered(main, 520, 2),
      ];
      expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
    },
  );

  it('is http-error when only another message went well afterwards', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, r: 1, body: 'a' }),
      ...answered(main, 320, 1, 503),
      requestStarts(main, { t: 500, r: 2, body: 'b' }),
      ...answered(main, 520, 2),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('http-error');
  });

  it('is rejected-by-slack when the reply says ok: false', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300 }),
      [main, { e: 'headers', t: 350, r: 1, status: 200, retryAfter: null, endless: false }],
      [main, { e: 'reply', r: 1, encoding: '', data: '{"ok":false,"error":"channel_not_found"}' }],
      [main, { e: 'end', t: 351, r: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('rejected-by-slack');
  });

  it('is refused when fetch does not connect to the port', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, origin: 'http://10.0.0.1:9' }),
      [main, { e: 'fail', t: 300, r: 1, by: 'error', code: 'ERR_BAD_PORT', message: '', s: 'created' }],
    ];
    const { verdict, findings } = diagnosisOf(recording, { at: 1000 });
    expect({ verdict, title: findings[0]?.title }).toEqual({
      verdict: 'refused',
      title: 'fetch refuses to connect to the port of http://10.0.0.1:9',
    });
  });

  it('tells of a request and its package’s retries once, with the line of the program', () => {
    const retry = (t: number, r: number, stack: number): Recording => {
      const [thread, event] = requestStarts(main, { t, r });
      return [
        [thread, event.e === 'request' ? { ...event, stack } : event],
        ...answered(main, t + 20, r, 500),
      ];
    };
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      [main, { e: 'stack', id: 1, frames: ['/app/node_modules/retry/index.js:9:1'] }],
      [main, { e: 'stack', id: 2, frames: ['/app/notify.js:3:1', '/app/node_modules/retry/index.js:2:1'] }],
      ...retry(300, 1, 2),
      ...retry(400, 2, 1),
      ...retry(500, 3, 1),
    ];
    const { findings } = diagnosisOf(recording, { at: 1000 });
    expect(findings.map(({ code, stack: [place] }) => ({ code, place }))).toEqual([
      { code: 'http-error', place: '/app/notify.js:3:1' },
    ]);
  });

  it('is healthy when the same message went well at another host', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, r: 1, origin: 'http://10.0.0.9' }),
      [main, { e: 'fail', t: 310, r: 1, by: 'error', code: 'ECONNREFUSED', message: '', s: 'connecting' }],
      requestStarts(main, { t: 320, r: 2 }),
      ...answered(main, 350, 2),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });
});
