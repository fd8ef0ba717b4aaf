import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import type { HowSuspended } from '../../../../src/diagnosis/record.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const timer = { id: 2, name: 'timer', isMain: false, daemon: false };

const beat = (t: number) => ({ e: 'beat', t });
const ranAgain = (t: number, ageMs: number) => ({
  e: 'ran-again',
  t,
  threads: [{ thread: timer, started: ['app.py:26 (start)'], ageMs }],
});
const sends = (t: number) => [
  {
    e: 'request',
    t,
    r: 1,
    thread: timer,
    client: 'http.client',
    method: 'POST',
    origin: 'http://127.0.0.1:1',
    path: '/up',
    loop: null,
    owner: null,
    body: 'x',
    timeoutMs: null,
    deadlineMs: null,
    polling: false,
    inherited: false,
    stack: ['app.py:12 (send)'],
  },
  { e: 'head', t: t + 5, r: 1, status: 200, retryAfter: null, endless: false, whole: false },
  { e: 'end', t: t + 6, r: 1 },
];

function findings(
  how: HowSuspended | null,
  events: readonly object[],
  kind: 'exited' | 'timeout' = 'exited',
) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, ...event }));
  if (kind === 'exited') joiner.processGone(4, 0);
  const record = joiner.finish({ kind, at: 9000, exitCode: 0, signal: null }, () => how);
  return diagnose(record, { hangAfterMs: 2000 }).findings;
}

describe('a Python process that the kernel kept from running', () => {
  const stopped = [beat(100), beat(900), ranAgain(7000, 6200), ...sends(7001)];

  it('is why a request began only as it ran again', () => {
    const [first] = findings('stopped', stopped);
    expect(first?.code).toBe('process-suspended');
    expect(first?.title).toContain('SIGSTOP');
    expect(first?.evidence.join('\n')).toContain('the thread was started at app.py:26 (start)');
    expect(first?.stack).toEqual(['app.py:12 (send)']);
  });

  it.each([
    ['it had only been silent', null, stopped],
    ['its thread was started afterwards', 'stopped', [beat(900), ranAgain(7000, 3), ...sends(7001)]],
    ['it sent much later', 'stopped', [beat(900), ranAgain(7000, 6200), ...sends(8200)]],
    ['it had too little CPU', 'starved', stopped],
  ] as const)('is none where %s', (_what, how, events) => {
    expect(findings(how, events)).toEqual([]);
  });

  it('is inconclusive where it had no CPU to the end', () => {
    const [first] = findings('starved', [...sends(50), beat(900)], 'timeout');
    expect(first?.code).toBe('inconclusive');
    expect(first?.title).toContain('CPU');
  });
});
