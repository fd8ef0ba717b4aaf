import { describe, expect, it } from 'vitest';
import { PythonJoiner } from '../../../src/diagnosis/python/joiner.ts';
import { PythonThread } from '../../../src/diagnosis/python/thread.ts';
import type { LossKind, LostWork } from '../../../src/diagnosis/record.ts';
import { lostWork } from '../../../src/diagnosis/rules/lost-work.ts';

const made = ['bot.py:30 (fire)'];
const place = { statement: 'time.sleep(3)', stack: ['bot.py:20 (export)'] };
const thread = new PythonThread(4, { id: 1, name: 'MainThread', isMain: true, daemon: false }, 0);
const nothingSeen = new PythonJoiner(() => true).finish({
  kind: 'timeout',
  at: 5000,
  exitCode: null,
  signal: null,
});

function suspicionOf(how: LossKind, more: Partial<LostWork> = {}) {
  const work = {
    how,
    thread,
    what: 'deliver',
    made,
    place,
    error: null,
    waitedMs: 2500,
    details: [],
  };
  const record = { ...nothingSeen, losses: [{ ...work, ...more }] };
  const [suspicion] = lostWork(record, { hangAfterMs: 2000 });
  if (suspicion === undefined) throw new Error('a loss is a suspicion');
  return suspicion;
}

describe('work that was to send and did not', () => {
  it.each<[LossKind, string]>([
    ['destroyed', 'never-requested'],
    ['failed', 'never-requested'],
    ['cut-off', 'process-exited'],
    ['thread-cut-off', 'thread-exited'],
    ['not-awaited', 'never-requested'],
    ['queued', 'threadpool-starved'],
    ['daemon', 'process-exited'],
    ['left-in-queue', 'process-exited'],
    ['missed-run', 'never-requested'],
    ['due-after-end', 'timer-unreferenced'],
    ['pool-terminated', 'process-exited'],
    ['overdue', 'loop-blocked'],
    ['missed-behind-block', 'loop-blocked'],
    ['task-not-eager', 'never-requested'],
    ['stuck', 'await-unsettled'],
    ['child-unread', 'await-unsettled'],
    ['skipped-run', 'never-requested'],
    ['refused-run', 'never-requested'],
  ])('%s is %s', (how, code) => {
    expect(suspicionOf(how).code).toBe(code);
  });

  it('tells of a run that its scheduler passed over after a block, however short that was', () => {
    const { title } = suspicionOf('missed-behind-block', { waitedMs: 1200 });
    expect(title).toBe('The loop of the main thread was blocked while deliver() was due');
    expect(() => suspicionOf('overdue', { waitedMs: 1200 })).toThrow('a loss is a suspicion');
  });

  it('names the line that made a task which was collected, before where it was', () => {
    const { title, stack, evidence } = suspicionOf('destroyed');
    expect(title).toMatch(/^The task deliver was garbage-collected/);
    expect(stack).toEqual(['bot.py:30 (fire)', 'bot.py:20 (export)']);
    expect(evidence[1]).toBe('it was in `time.sleep(3)` at bot.py:20 (export)');
  });

  it('names the line that blocked a loop before the work that was due', () => {
    const { stack, evidence } = suspicionOf('overdue');
    expect(stack[0]).toBe('bot.py:20 (export)');
    expect(evidence[0]).toContain('deliver() had been due for 2.5 s');
  });

  it('names the error, by its kind in the title and in full in the evidence', () => {
    const { title, evidence } = suspicionOf('failed', { error: "KeyError: 'name'" });
    expect(title).toBe('KeyError ended deliver before it had made a request');
    expect(evidence[0]).toContain("KeyError: 'name' ended deliver (started at bot.py:30 (fire))");
  });

  it('says nothing of places that are not known', () => {
    const { stack, evidence } = suspicionOf('daemon', { made: [], place: { statement: null, stack: [] } });
    expect(stack).toEqual([]);
    expect(evidence[0]).toBe(
      'the main thread runs deliver and is a daemon: the end of the program cut it off',
    );
  });
});
