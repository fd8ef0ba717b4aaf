import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';
import type { Finding } from '../../../../src/model/finding.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const timer = { id: 2, name: 'Thread-1', isMain: false, daemon: false };
const stack = ['app.py:10 (notify)'];

function firstFinding(...events: readonly object[]): Finding | undefined {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, stack, ...event }));
  joiner.processGone(4, 0);
  const record = joiner.finish({ kind: 'exited', at: 9000, exitCode: 0, signal: null });
  return diagnose(record, { hangAfterMs: 2000 }).findings[0];
}

describe('a session that is used on another loop', () => {
  const used = [
    { e: 'loop', l: 1, s: 'running' },
    { e: 'loop', t: 10, l: 2, s: 'running', thread: timer },
    {
      e: 'request',
      t: 20,
      r: 1,
      client: 'aiohttp',
      method: 'POST',
      origin: 'http://127.0.0.1:8080',
      path: '/hook',
      loop: 2,
      owner: 1,
      timeoutMs: null,
      deadlineMs: null,
      body: 'a',
      thread: timer,
    },
    { e: 'fail', t: 30, r: 1, code: 'wrong-loop', message: 'inside a task', by: 'error', s: 'created' },
  ];
  const closed = { e: 'loop', l: 1, s: 'closed' };

  it('is said to belong to a loop that runs, although that is closed at the end', () => {
    expect(firstFinding(...used, { ...closed, t: 4000 })?.evidence).toContain(
      'its ClientSession belongs to the loop of the main thread and was used on the loop of thread Thread-1',
    );
  });

  it('is said to belong to a closed loop where that was closed before', () => {
    const [running, ...others] = used;
    const evidence = firstFinding(running ?? {}, { ...closed, t: 5 }, ...others)?.evidence.join();
    expect(evidence).toContain('belongs to a loop that had been closed');
  });
});

describe('a scheduled job', () => {
  const failed = {
    e: 'scheduled',
    t: 100,
    how: 'failed',
    what: 'digest',
    trigger: 'interval[0:00:01]',
    leads: true,
    lateMs: 0,
    graceMs: null,
    error: 'TimeoutError: ',
    place: stack,
  };

  it('that failed was heard of: its scheduler logs the error', () => {
    const finding = firstFinding(failed);
    expect(finding?.evidence[0]).toBe(
      'TimeoutError ended digest (started at app.py:10 (notify)); the scheduler handed it to its logger, and went on',
    );
    expect(finding?.fix).not.toContain('await the task');
  });

  const cut = {
    e: 'task-end',
    t: 5000,
    how: 'cut-off',
    what: 'digest',
    made: [],
    ageMs: 4800,
    requests: 0,
    leads: true,
    repeats: true,
    isRun: true,
    took: null,
    error: null,
    statement: 'async with lock:',
    stack: ['app.py:12 (deliver)', '/usr/lib/python3.11/asyncio/locks.py:113 (acquire)'],
  };

  it('of which a run waits for a lock until the end is await-unsettled', () => {
    expect(firstFinding(cut)?.code).toBe('await-unsettled');
  });

  it.each([
    ['a run sleeps', { stack }],
    ['its own loop comes round', { isRun: false }],
    ['the run has only begun', { ageMs: 300 }],
  ])('is not where %s', (_, more) => {
    expect(firstFinding({ ...cut, ...more })?.code).not.toBe('await-unsettled');
  });
});

describe('the advice on a coroutine that was dropped', () => {
  const dropped = { e: 'unawaited', what: 'remind', users: true };

  it.each([
    ['coroutine', 'Write `await remind(…)`'],
    ['function-on-loop', 'Keep what asyncio.create_task(remind(…)) returns'],
    ['function', 'asyncio.run(remind(…))'],
  ])('in a %s is what can be written there', (droppedIn, fix) => {
    expect(firstFinding({ ...dropped, droppedIn })?.fix).toContain(fix);
  });

  it('by a library names no statement', () => {
    expect(firstFinding(dropped)?.fix).toContain('Give remind to what awaits it');
  });
});

it('names a function as it is written', () => {
  const handover = { e: 'handover', h: 5, loop: 1, what: 'post', thread: timer };
  expect(firstFinding(handover, { e: 'leaving', t: 5000 })?.title).toBe(
    'post was handed over to an event loop, which no thread runs',
  );
});
