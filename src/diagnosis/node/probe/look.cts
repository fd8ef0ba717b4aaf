import { lookAtAwaits, takeHeapGraph } from '../../inspect/awaits.ts';
import { fastqQueues } from '../../inspect/fastq-queues.ts';
import { converseInProcess } from '../../inspect/in-process.ts';
import { ownCode } from '../../inspect/own-code.ts';
import { type StalledSink, stalledSinks } from '../../inspect/stalled-sinks.ts';
import { type StuckQueue, stuckQueues } from '../../inspect/stuck-queues.ts';
import { type UnsentList, unsentLists } from '../../inspect/unsent-lists.ts';
import { withoutDeclarations } from '../../source/declarations.ts';
import type { PendingAwaitSeen } from '../protocol.ts';
import { callsAt, callsOneOf, sendsByWay, sendsInService } from './sending-code.cjs';
import { codeOf, placeOf, readSource } from './source-text.cjs';

export interface Look {
  readonly awaits: readonly PendingAwaitSeen[];
  readonly queues: readonly StuckQueue[];
  readonly unsent: readonly UnsentList[];
  readonly stalled: readonly StalledSink[];
}

/**
 * The pending awaits of this thread, and its own lists of jobs that nobody will do; `sentFrom` are places from which
 * requests have come. Its loop waits meanwhile, for about a second where the heap is small.
 */
export function look(sentFrom: readonly string[]): Look {
  const { awaits, queues, unsent, stalled } = converseInProcess(lookWith(sentFrom));
  return {
    queues,
    unsent,
    stalled,
    awaits: awaits
      // Compiled code awaits by callbacks, too: what waits for one of them is an await.
      .filter(({ kind, chain, isRunning }) => (kind === 'await' || chain.length > 1) && !isRunning)
      .map(({ chain, expression, holders, count, isReady }) => ({
        ...(isReady ? { isReady: true as const } : {}),
        expression,
        holders,
        count,
        chain: chain.map(({ after, afterLoop, ...place }) => ({
          ...place,
          sendsAfter: sendsByWay(withoutDeclarations(after), codeOf(place.file)),
          ...(callsOneOf(withoutDeclarations(after), callsAt(sentFrom, place.file))
            ? { callsSender: true as const }
            : {}),
          isInUnboundedLoop: afterLoop !== null,
          sendsLater: sendsInService(withoutDeclarations(afterLoop ?? after)),
        })),
      })),
  };
}

function* lookWith(sentFrom: readonly string[]) {
  const graph = yield* takeHeapGraph();
  const places = sentFrom.map(placeOf);
  const hasSent = (file: string, from: number, to: number) =>
    places.some((place) => place.file === file && place.line >= from && place.line <= to);
  const sends = (code: string, file: string) => sendsByWay(code, codeOf(file));
  const code = ownCode(graph, readSource);
  // V8 forgets the numbers of all objects with the look at what is awaited.
  const stalled = yield* stalledSinks(graph, code, hasSent);
  const ofFastq = yield* fastqQueues(graph, code, hasSent);
  const seen = yield* lookAtAwaits(graph);
  return {
    awaits: seen.awaits,
    queues: [...stuckQueues(graph, seen, code, hasSent), ...ofFastq],
    unsent: unsentLists(graph, code, sends),
    stalled,
  };
}
