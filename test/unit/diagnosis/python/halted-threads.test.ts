import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const worker = { id: 2, name: 'worker', isMain: false, daemon: true };

const ended = {
  e: 'thread-error',
  t: 100,
  thread: worker,
  error: 'SystemExit: bad item',
  stack: ['app.py:18 (consume)'],
  requests: 1,
};
const left = {
  e: 'queue-left',
  t: 900,
  kind: 'queue.Queue',
  left: 1,
  putAt: 'app.py:30 (<module>)',
  leads: true,
  takers: ['app.py:14 (consume)'],
  takerThreads: [worker.id],
  takersElsewhere: false,
};
const handedOver = [
  { e: 'loop', t: 50, l: 1, s: 'running', kind: 'asyncio', thread: worker },
  { e: 'loop', t: 90, l: 1, s: 'stopped', kind: 'asyncio', thread: worker },
  { ...ended, error: "KeyError: 'x'" },
  {
    e: 'handover',
    t: 1000,
    h: 5,
    loop: 1,
    running: false,
    what: 'send',
    leads: true,
    stack: ['app.py:40 (main)'],
  },
];

function findingsOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events)
    joiner.add(4, pythonEventSchema.parse({ t: 0, thread: main, stack: [], ...event }));
  const end = { kind: 'timeout', at: 5000, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings;
}

describe('an error that ended a thread', () => {
  it('comes before what the thread has left in its queue, also where sys.exit() made it', () => {
    const findings = findingsOf(ended, left);
    expect(findings.map(({ code }) => code)).toEqual(['never-requested', 'process-exited']);
    expect(findings[0]?.title).toBe('SystemExit ended thread worker');
  });

  it('is no finding where sys.exit() made it and nothing was left', () => {
    expect(findingsOf(ended).map(({ title }) => title)).not.toContain('SystemExit ended thread worker');
  });

  it('comes before what was handed to its loop afterwards and never began', () => {
    const findings = findingsOf(...handedOver);
    expect(findings.map(({ code }) => code)).toEqual(['never-requested', 'bridge-target-blocked']);
    expect(findings[0]?.title).toBe('KeyError ended thread worker');
  });
});
