import { describe, expect, it } from 'vitest';
import { PauseWatch } from '../../../../src/diagnosis/inspect/pauses.ts';

describe('the pauses of a look', () => {
  it('are told apart: questions, and what reads or walks the heap', async () => {
    const watch = new PauseWatch();
    const asked: string[] = [];
    const thread = watch.over({
      id: 0,
      name: 'main',
      isMain: true,
      ask: ({ method }) => Promise.resolve(asked.push(method)),
    });
    await thread.ask({ method: 'Runtime.evaluate' });
    expect(watch.pauses()).toMatchObject({ snapshotMs: 0, heapMs: 0 });
    await thread.ask({ method: 'HeapProfiler.takeHeapSnapshot', readsHeap: true });
    await thread.ask({ method: 'HeapProfiler.getObjectByHeapObjectId', readsHeap: true });
    const { snapshotMs, heapMs } = watch.pauses();
    expect(snapshotMs).toBeGreaterThan(0);
    expect(heapMs).toBeGreaterThan(snapshotMs);
    expect(asked).toHaveLength(3);
  });
});
