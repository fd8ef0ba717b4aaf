import { describe, expect, it } from 'vitest';
import { causesFirst } from '../../../src/diagnosis/causes-first.ts';
import type { SuspicionOf } from '../../../src/diagnosis/suspicion.ts';
import type { FindingCode } from '../../../src/model/cause.ts';

type Suspicion = SuspicionOf<string, object>;

function suspicion(code: FindingCode, more: Partial<Suspicion> = {}): Suspicion {
  return {
    code,
    severity: 'error',
    title: '',
    thread: null,
    request: null,
    evidence: [],
    stack: [],
    fix: null,
    ...more,
  };
}

function order(...suspicions: readonly Suspicion[]): readonly FindingCode[] {
  return causesFirst<string, Suspicion>(suspicions).map(({ code }) => code);
}

const queue = (threads: readonly string[], functions: readonly string[] = []) =>
  suspicion('process-exited', { needed: { threads, functions } });
const error = (halted: readonly string[], stack: readonly string[] = []) =>
  suspicion('never-requested', { halted, stack });

describe('what explains another comes first', () => {
  it('where nothing does, roots come before their symptoms', () => {
    expect(order(error([]), suspicion('process-exited'))).toEqual(['process-exited', 'never-requested']);
  });

  it('an error that ended the thread, before what that thread left undone', () => {
    expect(order(queue(['a']), error(['a']))).toEqual(['never-requested', 'process-exited']);
  });

  it('a shortage of CPU comes after what loses a notification on an idle machine, too, and before what it may explain', () => {
    const starved = suspicion('process-suspended', { isOfMachine: true });
    expect(order(starved, suspicion('timer-overflow'))).toEqual(['timer-overflow', 'process-suspended']);
    expect(order(starved, suspicion('response-stalled'))).toEqual(['process-suspended', 'response-stalled']);
  });

  it('not where another thread could still have done it', () => {
    expect(order(queue(['a', 'b']), error(['a']))).toEqual(['process-exited', 'never-requested']);
  });

  it('all that together halted the threads that could have', () => {
    expect(order(queue(['a', 'b']), error(['a']), suspicion('await-unsettled', { halted: ['b'] }))).toEqual([
      'await-unsettled',
      'never-requested',
      'process-exited',
    ]);
  });

  it('an error in the code that was to do it, whatever thread ran that', () => {
    const failed = error([], ['app.py:16 (consume)']);
    expect(order(queue(['pool'], ['app.py (consume)']), failed)).toEqual([
      'never-requested',
      'process-exited',
    ]);
    expect(order(queue(['pool'], ['app.py (other)']), failed)).toEqual(['process-exited', 'never-requested']);
  });

  it('of what explains each other, none is lost', () => {
    const both = { halted: ['a'], needed: { threads: ['a'], functions: [] } };
    expect(order(suspicion('never-requested', both), suspicion('process-exited', both))).toEqual([
      'never-requested',
      'process-exited',
    ]);
  });
});
