import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };

function begins(r: number, t: number, more: object = {}) {
  return {
    e: 'request',
    t,
    r,
    client: 'aiohttp',
    method: 'POST',
    origin: 'http://127.0.0.1:1',
    path: '/report',
    loop: null,
    owner: null,
    body: 'abc',
    timeoutMs: null,
    deadlineMs: null,
    polling: false,
    inherited: false,
    stack: ['app.py:19 (send)'],
    ...more,
  };
}
const answer = (r: number, t: number, status: number) => [
  { e: 'head', t, r, status, retryAfter: null, endless: false, whole: false },
  { e: 'end', t: t + 1, r },
];

function diagnosisOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, ...event }));
  joiner.processGone(4, 0);
  const record = joiner.finish({ kind: 'exited', at: 9000, exitCode: 0, signal: null });
  return diagnose(record, { hangAfterMs: 2000 });
}

describe('a try after an answer of 503', () => {
  const failed = (r: number, t: number) => ({
    e: 'fail',
    t,
    r,
    code: 'RuntimeError',
    message: 'Form data has been processed already',
    by: 'error',
    s: 'created',
  });

  it('that an error of the program’s own broke off is the root', () => {
    const { verdict, findings } = diagnosisOf(
      begins(1, 10),
      ...answer(1, 20, 503),
      begins(2, 50),
      failed(2, 51),
    );
    expect(verdict).toBe('never-requested');
    expect(findings).toHaveLength(1);
    expect(findings[0]?.evidence.join('\n')).toContain('it was to be the next try after HTTP 503');
  });

  it('is none of another message', () => {
    const other = begins(2, 50, { body: 'other' });
    const { findings } = diagnosisOf(begins(1, 10), ...answer(1, 20, 503), other, failed(2, 51));
    expect(findings.map(({ code }) => code)).toContain('http-error');
  });
});

describe('an answer of "ok": false with an HTTP error', () => {
  const refused = (path: string, status: number) =>
    diagnosisOf(
      begins(1, 10, { path }),
      { e: 'head', t: 20, r: 1, status, retryAfter: null, endless: false, whole: false },
      { e: 'refusal', t: 21, r: 1, code: 'method not allowed' },
      { e: 'end', t: 22, r: 1 },
    ).verdict;

  it.each([
    ['/hooks/general', 405, 'http-error'],
    ['/hooks/general', 200, 'rejected-by-slack'],
    ['/api/chat.postMessage', 403, 'rejected-by-slack'],
  ])('at %s with HTTP %d is %s', (path, status, verdict) => {
    expect(refused(path, status)).toBe(verdict);
  });
});

describe('a GET that an HTTP error answers', () => {
  const get = (t: number, more: object = {}) => begins(2, t, { method: 'GET', path: '/new', ...more });
  const evidence = (second: object) =>
    diagnosisOf(begins(1, 10), ...answer(1, 20, 302), second, ...answer(2, 40, 405))
      .findings.flatMap((finding) => finding.evidence)
      .join('\n');

  it('says which redirect made it of a POST', () => {
    expect(evidence(get(25))).toContain('POST /report, which was answered with HTTP 302');
  });

  it.each([
    ['made elsewhere', get(25, { stack: ['app.py:40 (look)'] })],
    ['made later', get(900)],
  ])('is no redirect’s where it was %s', (_what, second) => {
    expect(evidence(second)).not.toContain('the client made it of');
  });
});

describe('a request that the program gave up in its client’s queue', () => {
  const state = (r: number, t: number, s: string) => ({ e: 'state', t, r, s });
  const queued = [begins(2, 100), state(2, 101, 'queued')];
  const givenUp = (t: number) => ({
    e: 'fail',
    t,
    r: 2,
    code: 'cancelled',
    message: '',
    by: 'program',
    s: 'queued',
  });
  const unread = [
    begins(1, 10, { body: 'first' }),
    { e: 'head', t: 20, r: 1, status: 200, retryAfter: null, endless: false, whole: false },
    state(1, 21, 'body-unread'),
  ];

  it('waited for answers that nobody read', () => {
    expect(diagnosisOf(...unread, ...queued, givenUp(3000)).verdict).toBe('pool-exhausted');
  });

  it('is its own matter where it had hardly waited', () => {
    expect(diagnosisOf(...unread, ...queued, givenUp(400)).verdict).toBe('healthy');
  });
});

describe('a greenlet that the end of the program cut off', () => {
  const cutOff = (overdueMs: number) =>
    diagnosisOf(begins(1, 10), ...answer(1, 20, 200), {
      e: 'task-end',
      t: 3000,
      how: 'cut-off',
      greenlet: true,
      overdueMs,
      what: 'send',
      made: ['app.py:16 (later)'],
      ageMs: 0,
      requests: 0,
      leads: true,
      repeats: false,
      took: null,
      error: null,
      statement: null,
      stack: [],
    }).verdict;

  it.each([
    [2000, 'never-requested'],
    [0, 'process-exited'],
  ])('was overdue by %d ms: %s', (overdueMs, verdict) => {
    expect(cutOff(overdueMs)).toBe(verdict);
  });
});

describe('a request that a mock took', () => {
  const mocked = { e: 'mocked', t: 11, r: 1, by: 'httpx.MockTransport' };

  it('is intercepted, by the name of the mock and with the place of the call', () => {
    const { verdict, findings } = diagnosisOf(begins(1, 10), mocked, { e: 'end', t: 12, r: 1 });
    expect(verdict).toBe('intercepted');
    expect(findings[0]?.title).toBe('The request never left the process: httpx.MockTransport took it');
    expect(findings[0]?.stack).toEqual(['app.py:19 (send)']);
  });

  it('is healthy where the same message then left the process', () => {
    const { verdict } = diagnosisOf(
      begins(1, 10),
      mocked,
      { e: 'end', t: 12, r: 1 },
      begins(2, 20),
      ...answer(2, 30, 200),
    );
    expect(verdict).toBe('healthy');
  });
});
