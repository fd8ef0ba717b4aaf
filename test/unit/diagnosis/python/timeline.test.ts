import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { timelineOf } from '../../../../src/diagnosis/timeline.ts';

const heartbeat = { id: 2, name: 'heartbeat', isMain: false, daemon: true };

type Findings = Parameters<typeof timelineOf>[2];

const stalled: Findings = [{ code: 'body-stalled', severity: 'error' }];

function timelineAfter(...events: readonly object[]) {
  return judgedTimeline(stalled, ...events);
}

function judgedTimeline(findings: Findings, ...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events)
    joiner.add(4, pythonEventSchema.parse({ thread: heartbeat, stack: [], ...event }));
  return timelineOf(
    joiner.finish({ kind: 'timeout', at: 6000, exitCode: null, signal: null }),
    1000,
    findings,
  );
}

function request(r: number, t: number): object {
  return {
    e: 'request',
    t,
    r,
    client: 'aiohttp',
    method: 'POST',
    origin: 'http://127.0.0.1:8080',
    path: '/api/chat.postMessage',
    loop: 1,
    owner: 1,
    timeoutMs: null,
    deadlineMs: null,
    body: String(r),
  };
}

it('shows a request that was never sent beside the loop that stopped under it', () => {
  const [thread] = timelineAfter({ e: 'loop', t: 1500, l: 1, s: 'running' }, request(1, 2000), {
    e: 'loop',
    t: 2010,
    l: 1,
    s: 'stopped',
  });
  expect(thread?.spans.map(({ kind, fromMs, toMs, result }) => ({ kind, fromMs, toMs, result }))).toEqual([
    { kind: 'request', fromMs: 1000, toMs: null, result: 'never sent' },
    { kind: 'parked', fromMs: 1010, toMs: null, result: null },
  ]);
});

it('counts the requests that went well', () => {
  const [thread] = timelineAfter(
    request(1, 2000),
    { e: 'head', t: 2010, r: 1, status: 200, retryAfter: null },
    { e: 'end', t: 2011, r: 1 },
  );
  expect([thread?.name, thread?.answered, thread?.spans.length]).toEqual(['heartbeat', 1, 0]);
});

it('does not call an answer good of which only the head has come', () => {
  const [thread] = timelineAfter(request(1, 2000), {
    e: 'head',
    t: 2010,
    r: 1,
    status: 200,
    retryAfter: null,
  });
  expect(thread?.answered).toBe(0);
  expect(thread?.spans).toMatchObject([{ kind: 'request', result: '200, body open', good: false }]);
});

describe('an answer whose body nobody has read', () => {
  const head = { e: 'head', t: 2010, r: 1, status: 200, retryAfter: null };
  const unread = { e: 'state', t: 2020, r: 1, s: 'body-unread' };

  it('is good where nothing was found, as the verdict says', () => {
    const [thread] = judgedTimeline([], request(1, 2000), head, unread);
    expect(thread?.spans).toMatchObject([{ result: '200, body not read', good: true }]);
  });

  it('is good beside the fault of another request', () => {
    const [thread] = judgedTimeline([{ code: 'refused', severity: 'error' }], request(1, 2000), head, unread);
    expect(thread?.spans).toMatchObject([{ result: '200, body not read', good: true }]);
  });

  it('is not where others wait for its connection', () => {
    const [thread] = judgedTimeline(
      [{ code: 'pool-exhausted', severity: 'error' }],
      request(1, 2000),
      head,
      unread,
    );
    expect(thread?.spans).toMatchObject([{ result: '200, body not read', good: false }]);
  });

  it('is good where the program ended before the rest had come', () => {
    const [thread] = judgedTimeline([], request(1, 2000), head);
    expect(thread?.spans).toMatchObject([{ result: '200, body open', good: true }]);
    expect(thread?.answered).toBe(0);
  });
});

it('shows where a loop did not run', () => {
  const blocked = {
    e: 'loop-blocked',
    t: 4000,
    l: 1,
    forMs: 1500,
    statement: 'crunch()',
    waitsFor: null,
    inLock: false,
  };
  const [thread] = timelineAfter(
    { e: 'loop', t: 1500, l: 1, s: 'running' },
    { ...blocked, stack: ['app.py:3 (f)'] },
  );
  expect(thread?.spans[0]).toMatchObject({
    kind: 'blocked',
    fromMs: 1500,
    toMs: 3000,
    text: '`crunch()` at app.py:3 (f)',
  });
});

describe('a thread that ended before its process', () => {
  const running = { e: 'loop', t: 1500, l: 1, s: 'running' };
  const over = { e: 'threads-over', t: 3000, ids: [heartbeat.id] };

  it('is shown up to its own end, and ended', () => {
    const [thread] = timelineAfter(running, over);
    expect(thread).toMatchObject({ name: 'heartbeat', state: 'ended', endedAtMs: 2000, end: 'natural' });
  });

  it('is there again where another thread has got its number', () => {
    const [thread] = timelineAfter(running, over, { ...running, t: 3500 });
    expect(thread).toMatchObject({ name: 'heartbeat', endedAtMs: null });
  });
});

describe('a thread of which looks alone tell', () => {
  const waiting = {
    ...heartbeat,
    startedAt: 1200,
    stack: ['app.py:6 (expire)'],
    statement: 'lock.acquire()',
    stillMs: 4000,
    wait: { kind: 'lock', on: 'lock', holder: null },
  };
  const look = {
    e: 'snapshot',
    t: 5900,
    how: 'pending',
    loops: [],
    handovers: [],
    jobs: [],
    queued: 0,
    threads: [waiting],
  };
  const aboutIt = { id: heartbeat.id, name: heartbeat.name, isMain: false };

  it('has a row where a finding is about it, with its wait', () => {
    const found = [{ code: 'await-unsettled', severity: 'error', thread: aboutIt }] as const;
    const thread = judgedTimeline(found, look).find(({ isMain }) => !isMain);
    expect(thread).toMatchObject({ name: 'heartbeat', startedAtMs: 200 });
    expect(thread?.spans).toMatchObject([
      { kind: 'blocked', toMs: null, text: '`lock.acquire()` at app.py:6 (expire)' },
    ]);
  });

  it('has none otherwise', () => {
    expect(judgedTimeline([], look).map(({ name }) => name)).toEqual(['MainThread']);
  });
});
