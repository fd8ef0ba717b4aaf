import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };

interface Case {
  readonly whole?: boolean;
  readonly timeoutMs?: number | null;
  readonly bytes?: number;
  readonly announced?: number | null;
}

/** A reply that began at 200 ms, of which the last part came at 7950 ms. */
function findingsOf({ whole = true, timeoutMs = 2000, bytes = 400, announced = null }: Case) {
  const joiner = new PythonJoiner(() => true);
  const events = [
    {
      e: 'request',
      t: 100,
      r: 1,
      client: 'http.client',
      method: 'GET',
      origin: 'http://127.0.0.1:1',
      path: '/log',
      loop: null,
      owner: null,
      body: 'x',
      timeoutMs,
      deadlineMs: null,
      polling: false,
      inherited: false,
      stack: ['app.py:10 (state)'],
    },
    { e: 'head', t: 200, r: 1, status: 200, retryAfter: null, endless: true, whole },
    { e: 'state', t: 7900, r: 1, s: 'body' },
    {
      e: 'snapshot',
      t: 8000,
      how: 'pending',
      requests: [{ r: 1, reply: { bytes, announced, restedMs: 50 } }],
      loops: [],
      handovers: [],
      jobs: [],
      queued: 0,
      threads: [],
      stack: [],
    },
  ];
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ thread: main, ...event }));
  const end = { kind: 'timeout', at: 8000, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings;
}

function codesOf(one: Case): readonly string[] {
  return findingsOf(one).map(({ code }) => code);
}

describe('a body that comes in drips', () => {
  it('is stalled where the call returns only with all of it, and says what came', () => {
    const [first] = findingsOf({});
    expect(first?.code).toBe('body-stalled');
    expect(first?.evidence.join('\n')).toMatch(
      /400 bytes of it had come in 7\.8 s.*\n.*timeout=2 is for each read/,
    );
  });

  it('is not yet while the timeout that the caller gave has not passed, or none was given', () => {
    expect(codesOf({ timeoutMs: 30_000 })).toEqual(['inconclusive']);
    expect(codesOf({ timeoutMs: null })).toEqual(['inconclusive']);
  });

  it('is none where it comes at a rate of use, or where all that is announced will have come soon', () => {
    expect(codesOf({ bytes: 1_000_000 })).toEqual(['inconclusive']);
    expect(codesOf({ announced: 800 })).toEqual(['inconclusive']);
    expect(codesOf({ announced: 100_000 })).toEqual(['body-stalled']);
  });

  it('is none where the program reads it piece by piece', () => {
    expect(codesOf({ whole: false })).toEqual([]);
  });
});
