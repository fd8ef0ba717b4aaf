import { withoutDeclarations } from '../source/declarations.ts';
import { seemsToSend } from '../source/seems-to-send.ts';
import type { AwaitsSeen } from './awaits.ts';
import type { HeapGraph } from './heap-graph.ts';
import { ownCode } from './own-code.ts';
import { type StuckQueue, stuckQueues } from './stuck-queues.ts';

/** A look does not know what has been sent before: the code of a job says whether it sends. */
export function queuesOf(graph: HeapGraph, seen: AwaitsSeen): readonly StuckQueue[] {
  const sourceOf = (file: string) => seen.sources.get(file) ?? '';
  const sendsIn = (file: string, from: number, to: number) =>
    seemsToSend(
      withoutDeclarations(
        sourceOf(file)
          .split('\n')
          .slice(from - 1, to)
          .join('\n'),
      ),
    );
  return stuckQueues(graph, seen, ownCode(graph, sourceOf), sendsIn);
}
