import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const request = {
  e: 'request',
  r: 1,
  client: 'http.client',
  method: 'POST',
  origin: 'http://127.0.0.1:1',
  path: '/ok',
  loop: null,
  owner: null,
  timeoutMs: 5000,
  body: '1',
  stack: ['bot.py:9 (post)'],
};
const answer = [
  { e: 'head', r: 1, status: 200, retryAfter: null },
  { e: 'end', r: 1 },
];

function findingsOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 10, thread: main, ...event }));
  joiner.processGone(4, 0);
  const record = joiner.finish({ kind: 'exited', at: 5000, exitCode: 0, signal: null });
  return diagnose(record, { hangAfterMs: 2000 }).findings;
}

const codesOf = (...events: readonly object[]) => findingsOf(...events).map(({ code }) => code);

describe('an error that an except has passed over', () => {
  const swallowed = {
    e: 'swallowed',
    n: 7,
    error: "KeyError: 'high'",
    how: 'passed over by the `except`',
    place: 'bot.py:20 (alert)',
    stack: ['bot.py:18 (alert)'],
  };

  it('is never-requested where it takes any error, or nothing was sent at all', () => {
    expect(codesOf(request, ...answer, swallowed)).toEqual(['never-requested']);
    expect(codesOf({ ...swallowed, named: true })).toEqual(['never-requested']);
  });

  it('is inconclusive where it takes just such errors, in a program that sends', () => {
    const [finding] = findingsOf(request, ...answer, { ...swallowed, named: true });
    expect(finding?.code).toBe('inconclusive');
    expect(finding?.evidence.at(-1)).toContain('only the program knows');
  });

  it('is none of its losses where something was sent in its place', () => {
    const sent = { e: 'swallowed-sent', n: 7 };
    expect(codesOf(request, ...answer, { ...swallowed, named: true }, sent)).toEqual([]);
  });
});

describe('a greenlet that was killed', () => {
  const killed = {
    e: 'task-cancelled',
    n: 3,
    what: 'report',
    made: ['bot.py:30 (<module>)'],
    ageMs: 0,
    at: ['bot.py:33 (<module>)'],
    statement: 'gevent.sleep(0.2)',
    stack: ['bot.py:20 (build)'],
  };

  it('is never-requested after a wait for it that ran out', () => {
    const [finding] = findingsOf(request, ...answer, { ...killed, how: 'deadline', by: 'a wait of 300 ms' });
    expect(finding?.code).toBe('never-requested');
  });

  it('is inconclusive where nothing says why', () => {
    const [finding] = findingsOf(request, ...answer, { ...killed, how: 'killed', by: '' });
    expect(finding).toMatchObject({
      code: 'inconclusive',
      title: 'The greenlet report was killed before it had made its request',
    });
    expect(finding?.evidence).toContain('it was killed at bot.py:33 (<module>)');
  });
});
