import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };

function diagnosisOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, ...event }));
  joiner.processGone(4, 0);
  const record = joiner.finish({ kind: 'exited', at: 9000, exitCode: 0, signal: null });
  return diagnose(record, { hangAfterMs: 2000 });
}

const begins = (r: number, t: number, more: object = {}) => ({
  e: 'request',
  t,
  r,
  client: 'aiohttp',
  method: 'POST',
  origin: 'http://127.0.0.1:1',
  path: `/${r}`,
  loop: 1,
  owner: 1,
  body: `${r}`,
  timeoutMs: null,
  deadlineMs: null,
  stack: ['app.py:19 (send)'],
  ...more,
});
const answer = (r: number, t: number) => [
  { e: 'head', t, r, status: 200, retryAfter: null },
  { e: 'end', t: t + 1, r },
];
const timesOut = (r: number, t: number) => [
  { e: 'state', t: t - 500, r, s: 'sent' },
  { e: 'fail', t, r, code: 'timed-out', message: 'asyncio.wait_for', by: 'deadline', s: 'sent' },
];
const goesOn = (r: number, t: number, ms: number) => ({ e: 'given-up', t, r, ms, at: 'app.py:28 (main)' });

describe('what a deadline of the program’s own gave up soon, and code for just that went on without', () => {
  it('is none of its losses where a later request to the same server went well', () => {
    const events = [begins(1, 0), ...timesOut(1, 800), goesOn(1, 801, 800)];
    expect(diagnosisOf(...events, begins(2, 900), ...answer(2, 910)).verdict).toBe('healthy');
    expect(diagnosisOf(...events).verdict).toBe('response-stalled');
    const elsewhere = begins(2, 900, { origin: 'http://127.0.0.1:2' });
    expect(diagnosisOf(...events, elsewhere, ...answer(2, 910)).verdict).toBe('response-stalled');
  });

  it('is lost where it was given more time, or nobody is known to have gone on without it', () => {
    const later = [begins(2, 1900), ...answer(2, 1910)];
    const patient = [begins(1, 0), ...timesOut(1, 1500), goesOn(1, 1501, 1500)];
    expect(diagnosisOf(...patient, ...later).verdict).toBe('response-stalled');
    expect(diagnosisOf(begins(1, 0), ...timesOut(1, 800), ...later).verdict).toBe('response-stalled');
  });

  it('comes after what never went out', () => {
    const waits = {
      e: 'task-end',
      t: 7000,
      n: 1,
      how: 'cut-off',
      what: 'Push.send',
      made: ['app.py:37 (main)'],
      ageMs: 6000,
      requests: 0,
      leads: true,
      repeats: false,
      took: null,
      error: null,
      statement: 'await self.turn.acquire()',
      stack: ['app.py:18 (send)', '/usr/lib/python3.11/asyncio/locks.py:114 (acquire)'],
    };
    const { findings } = diagnosisOf(begins(1, 0), ...timesOut(1, 800), goesOn(1, 801, 800), waits);
    expect(findings.map(({ code }) => code)).toEqual(['await-unsettled', 'response-stalled']);
    const others = diagnosisOf(begins(1, 0), ...timesOut(1, 800), waits);
    expect(others.verdict).toBe('response-stalled');
  });
});

describe('what was given up by the client’s own timeout behind a reply’s head', () => {
  const givenUp = (status: number, ms: number) => [
    begins(1, 0, { timeoutMs: ms, client: 'http.client' }),
    { e: 'head', t: 20, r: 1, status, retryAfter: null },
    { e: 'fail', t: 20 + ms, r: 1, code: 'timed-out', message: 'timed out', by: 'deadline', s: 'body' },
  ];

  it('had been taken where the head said so and the timeout was short', () => {
    expect(diagnosisOf(...givenUp(200, 800)).verdict).toBe('healthy');
  });

  it('is a finding where it was given more time, or the head said otherwise', () => {
    expect(diagnosisOf(...givenUp(200, 3000)).verdict).toBe('body-stalled');
    expect(diagnosisOf(...givenUp(503, 800)).verdict).not.toBe('healthy');
  });
});

describe('a scheduled job that ran late', () => {
  const late = {
    e: 'scheduled',
    t: 4000,
    how: 'late',
    what: 'notify',
    trigger: 'date',
    leads: true,
    lateMs: 3000,
    graceMs: null,
    error: null,
    place: [],
    stack: ['app.py:30 (main)'],
  };
  const request = [begins(1, 4010), ...answer(1, 4020)];

  it('was kept from running where its loop was blocked meanwhile', () => {
    const blocked = {
      e: 'loop-blocked',
      t: 4000,
      l: 1,
      forMs: 3200,
      statement: 'subprocess.run(["tar"])',
      stack: ['app.py:12 (pack)'],
      waitsFor: null,
      inLock: false,
    };
    const { verdict, findings } = diagnosisOf(blocked, late, ...request);
    expect(verdict).toBe('loop-blocked');
    expect(findings[0]?.stack).toContain('app.py:12 (pack)');
  });

  it('is no finding where nothing of the program did that', () => {
    expect(diagnosisOf(late, ...request).verdict).toBe('healthy');
  });
});

it('what waits for a thread names what it waits for', () => {
  const job = {
    j: 7,
    name: 'notify',
    leads: true,
    stack: ['app.py:33 (main)'],
  };
  const look = {
    e: 'snapshot',
    t: 3000,
    how: 'pending',
    stack: [],
    loops: [],
    handovers: [],
    queued: 1,
    jobs: [
      {
        ...job,
        pool: 'anyio’s thread limiter',
        module: 'app',
        queuedMs: 2900,
        workers: 2,
        busyWith: ['time.sleep(0.2)'],
        busyAt: ['app.py:14 (follow)'],
      },
    ],
  };
  const { verdict, findings } = diagnosisOf(look, { e: 'job-started', t: 3100, ...job, queuedMs: 3000 });
  expect(verdict).toBe('threadpool-starved');
  expect(findings[0]?.evidence.join()).toContain('anyio’s thread limiter’s 2 threads');
});
