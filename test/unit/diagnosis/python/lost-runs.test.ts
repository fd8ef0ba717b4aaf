import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };

function request(method: string) {
  return {
    e: 'request',
    t: 100,
    r: 1,
    client: 'http.client',
    method,
    origin: 'http://127.0.0.1:1',
    path: '/state',
    loop: null,
    owner: null,
    body: 'x',
    timeoutMs: null,
    deadlineMs: null,
    polling: false,
    inherited: false,
    stack: ['app.py:12 (send)', 'app.py:9 (check)'],
  };
}
const answered = [
  { e: 'head', t: 110, r: 1, status: 200, retryAfter: null, endless: false, whole: false },
  { e: 'end', t: 120, r: 1 },
];

function scheduled(how: string, t: number, more: object = {}) {
  return {
    e: 'scheduled',
    t,
    how,
    what: 'check',
    trigger: 'interval[0:00:01]',
    leads: true,
    lateMs: 0,
    graceMs: null,
    error: null,
    place: [],
    stack: ['app.py:30 (<module>)'],
    function: 'app.py:7 (check)',
    instances: 1,
    ...more,
  };
}
const skipped = scheduled('too-many-instances', 2000);
const refusal = 'RuntimeError: cannot schedule new futures after interpreter shutdown';

function findingsOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, ...event }));
  const end = { kind: 'exited', at: 4000, exitCode: 0, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings;
}

describe('runs that a scheduler skipped because one was still busy', () => {
  it('are lost where the job posts and did not run again', () => {
    const [first] = findingsOf(request('POST'), ...answered, skipped);
    expect(first?.code).toBe('never-requested');
    expect(first?.evidence.join('\n')).toMatch(/max_instances 1/);
    expect(first?.stack[0]).toBe('app.py:30 (<module>)');
  });

  it('are none where the job ran again', () => {
    expect(findingsOf(request('POST'), ...answered, skipped, scheduled('ran-again', 3000))).toEqual([]);
  });

  it('are none of a job that only asks', () => {
    expect(findingsOf(request('GET'), ...answered, skipped)).toEqual([]);
  });
});

describe('a run that its executor refused', () => {
  it('says with what, and that main had returned before', () => {
    const [first] = findingsOf({ e: 'main-ended', t: 500 }, scheduled('refused', 2500, { error: refusal }));
    expect(first?.code).toBe('never-requested');
    expect(first?.title).toContain(refusal);
    expect(first?.evidence.join('\n')).toContain('the main thread had returned 2 s before');
  });
});
