import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const unread = {
  e: 'child-unread',
  t: 1000,
  c: 7,
  pid: 99,
  what: 'backup',
  made: [],
  leads: true,
  pipes: ['its stdout holds 65536 bytes that nobody reads'],
  statement: 'await process.wait()',
  stack: ['app.py:18 (backup)'],
};

function findingsOf(...events: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(4, pythonEventSchema.parse({ thread: main, ...event }));
  const end = { kind: 'timeout', at: 5000, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings;
}

describe('a task that waits for a child whose output nobody reads', () => {
  it('never goes on, and the pipe is named', () => {
    const [first] = findingsOf(unread);
    expect(first?.code).toBe('await-unsettled');
    expect(first?.stack[0]).toBe('app.py:18 (backup)');
    expect(first?.evidence.join('\n')).toContain('process 99: its stdout holds 65536 bytes');
  });

  it('is no finding where the child went on, or where nothing is to be sent after it', () => {
    const codes = (...events: readonly object[]) => findingsOf(...events).map(({ code }) => code);
    expect(codes(unread, { e: 'child-read', t: 3000, c: 7 })).not.toContain('await-unsettled');
    expect(codes({ ...unread, leads: false })).not.toContain('await-unsettled');
  });
});
