import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };

const request = {
  e: 'request',
  t: 100,
  r: 1,
  client: 'http.client',
  method: 'POST',
  origin: 'http://127.0.0.1:1',
  path: '/batch',
  loop: null,
  owner: null,
  body: 'x',
  timeoutMs: 1000,
  deadlineMs: null,
  polling: false,
  inherited: false,
  stack: ['app.py:25 (flush)'],
};
const sent = { e: 'state', t: 110, r: 1, s: 'sent' };

function placed(wait: object | null) {
  const thread = { ...main, stack: ['app.py:19 (add)'], statement: 'with self.lock:', stillMs: 7000, wait };
  return {
    e: 'snapshot',
    t: 8000,
    how: 'pending',
    requests: [{ r: 1, s: 'sent', threadAlive: true, body: null }],
    loops: [],
    handovers: [],
    jobs: [],
    queued: 0,
    threads: [thread],
  };
}

function findingsOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events)
    joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, stack: [], ...event }));
  const end = { kind: 'timeout', at: 8000, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings;
}

const lock = { kind: 'lock', on: 'self.lock', holder: 1, heldSince: 'app.py:23 (flush)' };

describe('a signal handler that wants the lock of what it interrupted', () => {
  it('is a deadlock of the thread with itself, and the request beneath it is not the server’s fault', () => {
    const findings = findingsOf(request, sent, placed({ ...lock, handler: 'SIGTERM' }));
    expect(findings.map(({ code }) => code)).toEqual(['bridge-deadlock']);
    expect(findings[0]?.evidence.join('\n')).toMatch(/handler of SIGTERM.*\n.*POST \/batch/);
    expect(findings[0]?.fix).toMatch(/^Take no lock in a signal handler/);
  });

  it('is told of as a lock that is taken twice where no handler is about', () => {
    const [first] = findingsOf(placed(lock));
    expect(first?.fix).toMatch(/^Use an RLock/);
  });

  it('leaves a request whose thread waits for its answer to the server', () => {
    expect(findingsOf(request, sent, placed(null)).map(({ code }) => code)).toEqual(['response-stalled']);
  });
});
