import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const consumed = { e: 'queue-consumed', t: 10, queue: 'celery' };

function given(more: object = {}) {
  return {
    e: 'task-given',
    t: 100,
    id: 'a1',
    what: 'bot.notify',
    leads: true,
    dueMs: 60_000,
    inMemory: true,
    stack: ['app.py:20 (<module>)'],
    ...more,
  };
}

const wait = {
  e: 'task-wait',
  t: 200,
  n: 7,
  ids: ['a1'],
  inside: 'bot.report',
  leads: true,
  statement: 'render.delay().get()',
  stack: ['app.py:15 (report)'],
};

function findingsOf(how: 'exited' | 'timeout', ...events: readonly object[]) {
  const joiner = new PythonJoiner(() => how === 'timeout');
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, ...event }));
  if (how === 'exited') {
    joiner.add(4, pythonEventSchema.parse(lastLook));
    joiner.processGone(4, 0);
  }
  const exitCode = how === 'exited' ? 0 : null;
  const record = joiner.finish({ kind: how, at: 5000, exitCode, signal: null });
  return diagnose(record, { hangAfterMs: 2000 }).findings.map(({ code, title }) => `${code}: ${title}`);
}
const lastLook = {
  e: 'snapshot',
  t: 4900,
  how: 'end',
  stack: [],
  requests: [],
  loops: [],
  handovers: [],
  jobs: [],
  queued: 0,
  threads: [],
};
const endedFirst = 'The worker ended before it had begun the task bot.notify';

describe('a task that was given to a broker', () => {
  it('is process-exited where its worker, and its broker in memory, ended before it was due', () => {
    expect(findingsOf('exited', consumed, given())).toContain(`process-exited: ${endedFirst}`);
  });

  it('is inconclusive where its broker may have gone on: another worker may take it', () => {
    const found = findingsOf('exited', consumed, given({ inMemory: false }));
    expect(found).toContain('inconclusive: The worker ended before the task bot.notify was due');
  });

  it('is no finding where it was begun, or revoked, or the worker runs, or there was none', () => {
    const notDue = (found: readonly string[]) =>
      expect(found.join()).not.toMatch(/worker ended before|no worker has begun/);
    notDue(findingsOf('exited', consumed, given(), { e: 'task-begun', t: 300, id: 'a1' }));
    notDue(findingsOf('exited', consumed, given(), { e: 'task-revoked', t: 300, id: 'a1' }));
    notDue(findingsOf('timeout', consumed, given()));
    notDue(findingsOf('exited', given()));
  });

  it('is never-requested where a setting that is not in force was to run it at once', () => {
    const eager = given({ eager: 'CELERY_ALWAYS_EAGER', dueMs: null });
    const said = 'never-requested: The task bot.notify was to run at once and went to a broker in memory';
    expect(findingsOf('exited', eager)).toContain(said);
    expect(findingsOf('exited', consumed, eager)).not.toContain(said);
    expect(findingsOf('exited', { ...eager, inMemory: false })).not.toContain(said);
    expect(findingsOf('exited', eager, { e: 'task-begun', t: 300, id: 'a1' })).not.toContain(said);
  });

  it('is await-unsettled where another task waits for it and no worker begins it', () => {
    const found = findingsOf('timeout', consumed, given({ dueMs: null }), wait);
    expect(found).toContain(
      'await-unsettled: The task bot.report waits for the result of a task that no worker has begun',
    );
    const over = { e: 'task-wait-over', t: 300, n: 7 };
    expect(findingsOf('timeout', consumed, given({ dueMs: null }), wait, over).join()).not.toContain('begun');
  });
});

const request = {
  e: 'request',
  t: 300,
  r: 1,
  client: 'requests',
  method: 'POST',
  origin: 'https://hooks.example.com',
  path: '/services/T/B/X',
  loop: null,
  owner: null,
  stack: ['app.py:4 (post)'],
  timeoutMs: 5000,
  body: 'c0ffee',
};
const sent = [request, { e: 'end', t: 400, r: 1 }];

describe('what was made and left', () => {
  it('is never-requested where a thread was never started', () => {
    const made = { e: 'thread-unstarted', t: 900, what: 'post', stack: ['app.py:9 (<module>)'] };
    expect(findingsOf('exited', made)).toContain(
      'never-requested: A thread was made for post and never started',
    );
  });

  it('is inconclusive where a program that has sent could still have started a thread', () => {
    const made = { e: 'thread-unstarted', t: 900, what: 'post', stack: ['app.py:9 (<module>)'] };
    const said = 'A thread was made for post and never started';
    expect(findingsOf('timeout', ...sent, made)).toContain(`never-requested: ${said}`);
    expect(findingsOf('timeout', ...sent, { ...made, state: 'kept' })).toContain(`inconclusive: ${said}`);
    expect(findingsOf('exited', { ...made, state: 'kept' })).toContain(`never-requested: ${said}`);
  });

  it('is no finding where a timer was made with its object and never wanted, in a program that has sent', () => {
    const made = { e: 'thread-unstarted', t: 900, what: 'alert', stack: ['app.py:9 (__init__)'] };
    const onDemand = { ...made, state: 'on-demand' };
    expect(findingsOf('timeout', ...sent, onDemand)).toEqual([]);
    expect(findingsOf('exited', onDemand)).toContain(
      'inconclusive: A thread was made for alert and never started',
    );
  });

  it('is never-requested where nothing referred to a queue any more that was not empty', () => {
    const left = {
      e: 'queue-left',
      t: 900,
      kind: 'asyncio.Queue',
      left: 1,
      gone: true,
      putAt: 'app.py:7 (main)',
    };
    const takers = { leads: true, takers: ['app.py:4 (worker)'], takerThreads: [1], takersElsewhere: false };
    expect(findingsOf('exited', { ...left, ...takers })).toContain(
      'never-requested: A queue was discarded with unsent items',
    );
  });
});
