import { lookAtAwaits, takeHeapGraph } from '../../inspect/awaits.ts';
import { converseInProcess } from '../../inspect/in-process.ts';
import type { PendingAwaitSeen } from '../protocol.ts';
import { sendsByWay, sendsInService } from './sending-code.cjs';
import { readSource, withoutStrings } from './source-text.cjs';

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
          sendsAfter: sendsByWay(after, sourceOf(place.file)),
          isInUnboundedLoop: afterLoop !== null,
          sendsLater: sendsInService(afterLoop ?? after),
        })),
      }))
  );
}

const sources = new Map<string, string>();

/** Without its strings; empty where it can't be read, as of code that was given on the command line. */
function sourceOf(file: string): string {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const source = withoutStrings(readSource(file));
  sources.set(file, source);
  return source;
}

function* look() {
  const graph = yield* takeHeapGraph();
  const { awaits } = yield* lookAtAwaits(graph);
  return awaits;
}
