import { lookAtAwaits, takeHeapGraph } from '../../inspect/awaits.ts';
import { converseInProcess } from '../../inspect/in-process.ts';
import type { PendingAwaitSeen } from '../protocol.ts';
import { sends, sendsInService } from './sending-code.cjs';

/** The pending awaits of this thread. Its loop waits meanwhile, for about a second where the heap is small. */
export function pendingAwaits(): readonly PendingAwaitSeen[] {
  return (
    converseInProcess(look())
      // Compiled code awaits by callbacks, too: what waits for one of them is an await.
      .filter(({ kind, chain, isReady }) => (kind === 'await' || chain.length > 1) && !isReady)
      .map(({ chain, expression, holders, count }) => ({
        expression,
        holders,
        count,
        chain: chain.map(({ after, afterLoop, ...place }) => ({
          ...place,
          sendsAfter: sends(after),
          isInUnboundedLoop: afterLoop !== null,
          sendsLater: sendsInService(afterLoop ?? after),
        })),
      }))
  );
}

function* look() {
  const graph = yield* takeHeapGraph();
  const { awaits } = yield* lookAtAwaits(graph);
  return awaits;
}
