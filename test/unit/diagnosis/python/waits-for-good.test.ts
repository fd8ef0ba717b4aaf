import { describe, expect, it } from 'vitest';
import { pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const helper = { id: 2, name: 'helper', isMain: false, daemon: true };

function standing(thread: object, wait: object | null, place = 'app.py:9 (ask)') {
  return { ...thread, stack: [place], statement: null, stillMs: 4000, wait };
}
const waits = (kind: string, leads = false) => ({ kind, on: 'a Queue', holder: null, leads });

function findingsOf(...threads: readonly object[]) {
  const snapshot = {
    e: 'snapshot',
    t: 4900,
    how: 'pending',
    stack: [],
    requests: [],
    loops: [],
    handovers: [],
    jobs: [],
    queued: 0,
    threads,
  };
  const joiner = new PythonJoiner(() => true);
  for (const event of [{ e: 'process', t: 0 }, snapshot]) joiner.add(4, pythonEventSchema.parse(event));
  const end = { kind: 'timeout', at: 5000, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings.filter(
    ({ code }) => code !== 'inconclusive',
  );
}

describe('a thread that waits for what no other thread can do', () => {
  it('is await-unsettled where its request comes after a queue’s get(), main included', () => {
    const [found] = findingsOf(
      standing(main, waits('queue-get', true), 'app.py:19 (invite)'),
      standing(helper, waits('queue-get')),
    );
    expect(found?.code).toBe('await-unsettled');
    expect(found?.title).toContain('an item of a queue into which no thread is left to put one');
    expect(found?.stack[0]).toBe('app.py:19 (invite)');
  });

  it('is await-unsettled where it is a future’s result, and a loop beside it has nothing to do', () => {
    const [found] = findingsOf(
      standing(main, waits('future', true)),
      standing(helper, { ...waits('loop'), on: 'something to do on its event loop' }),
    );
    expect(found?.title).toContain('a future that no thread is left to set');
  });

  it('is none where it comes round to take the next thing', () => {
    expect(findingsOf(standing(helper, waits('queue-get')), standing(main, waits('end')))).toEqual([]);
  });

  it('is none while another thread goes on', () => {
    expect(findingsOf(standing(main, waits('queue-get', true)), standing(helper, null))).toEqual([]);
  });
});
