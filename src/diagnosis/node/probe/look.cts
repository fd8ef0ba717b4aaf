import { lookAtAwaits, takeHeapGraph } from '../../inspect/awaits.ts';
import { converseInProcess } from '../../inspect/in-process.ts';
import type { PendingAwaitSeen } from '../protocol.ts';
import { sends } from './sending-code.cjs';

/** The pending awaits of this thread. Its loop waits meanwhile, for about a second where the heap is small. */
export function pendingAwaits(): readonly PendingAwaitSeen[] {
  return converseInProcess(look())
    .filter(({ kind, isReady }) => kind === 'await' && !isReady)
    .map(({ chain, expression, holders, count }) => ({
      expression,
      holders,
      count,
      chain: chain.map(({ after, ...place }) => ({ ...place, sendsAfter: sends(after) })),
    }));
}

function* look() {
  const graph = yield* takeHeapGraph();
  const { awaits } = yield* lookAtAwaits(graph);
  return awaits;
}
