import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';
import workerThreads from 'node:worker_threads';
import { followContexts } from './async-contexts.cjs';
import { openAwaits } from './awaits.cjs';
import { followChildren } from './children.cjs';
import { followClock } from './clock.cjs';
import { followClosedIterators } from './closed-iterators.cjs';
import { followConnections } from './connections.cjs';
import { followCutResponses } from './cut-responses.cjs';
import { followDueTimers, sleepBegins } from './due-timers.cjs';
import { followEarlyMessages } from './early-messages.cjs';
import { followEmits } from './emits.cjs';
import { followEndings } from './endings.cjs';
import { followExceptions, spareExceptions } from './exceptions.cjs';
import { followGlobalFetch } from './fetch.cjs';
import { followGenerators } from './generators.cjs';
import { followGivenErrors } from './given-errors.cjs';
import { followHandlerTables } from './handler-tables.cjs';
import { startHeartbeat } from './heartbeat.cjs';
import { followHeldValues } from './held-values.cjs';
import { followHttp } from './http.cjs';
import { followKeptOut } from './kept-out.cjs';
import { followLazyRequests } from './lazy-requests.cjs';
import { followLines } from './lines.cjs';
import { followMessages, namePorts } from './messages.cjs';
import { followChains } from './middleware.cjs';
import { followMocks, lookAtFetch } from './mocks.cjs';
import { followNotifications } from './notifications.cjs';
import { followDemand } from './on-demand.cjs';
import { followListening } from './other-emitters.cjs';
import { followPausedQueues } from './paused-queues.cjs';
import { followPausedStreams } from './paused-streams.cjs';
import { followRemovals } from './removed-listeners.cjs';
import { followReplacedTimers } from './replaced-timers.cjs';
import { followSchedulers } from './schedulers.cjs';
import { followServedRequests } from './served-requests.cjs';
import { followServers } from './servers.cjs';
import { followSharedMemory } from './shared-memory.cjs';
import { followDeadlines } from './signals.cjs';
import { emit, now, openSink } from './sink.cjs';
import { followStandstills } from './standstill.cjs';
import { followSubjects } from './subjects.cjs';
import { promiseMade } from './swallowed.cjs';
import { followTimers } from './timers.cjs';
import { followUndici } from './undici.cjs';
import { followUndiciCopies } from './undici-copies.cjs';
import { followUnheardEvents } from './unheard.cjs';
import { followVoidDates } from './void-dates.cjs';
import { doubtAll } from './watched-callbacks.cjs';
import { followWatchedFiles } from './watched-files.cjs';
import { followWorkerPools } from './worker-pools.cjs';
import { followWorkers, hidePreload } from './workers.cjs';
import { attempt } from './wrap.cjs';

export interface ProbeOptions {
  /** Where the record is written. */
  readonly directory: string;
  /** The file that Node preloads. */
  readonly preload: string;
  /** What makes Node preload it. */
  readonly nodeOptions: string;
}

/** Observes this thread from its first statement on. */
export function start({ directory, preload, nodeOptions }: ProbeOptions): void {
  const { isMainThread, threadId } = workerThreads;
  const threadName = `${process.pid}.${threadId}`;
  openSink(directory, threadName);
  openAwaits(directory);
  if (isMainThread) attempt(chooseInspectorPort);
  emit({
    e: 'thread',
    t: now(),
    pid: process.pid,
    tid: threadId,
    ppid: process.ppid,
    isMain: isMainThread,
    file: process.argv[1] ?? '',
    node: process.versions.node,
    heapLimit: v8.getHeapStatistics().heap_size_limit,
    debugPort: process.debugPort,
    ports: isMainThread ? [] : namePorts(workerThreads.workerData, `${threadName}.data`),
  });
  const steps = [
    () =>
      followContexts({
        paused: () => {
          doubtAll();
          spareExceptions();
        },
        flooded: spareExceptions,
        made: (promise, isOwn, isWatched) => promiseMade(new WeakRef(promise), isOwn, isWatched),
        ownCodeRuns: lookAtFetch,
      }),
    followUndici,
    followDeadlines,
    followGlobalFetch,
    followUndiciCopies,
    followSchedulers,
    followLazyRequests,
    followSubjects,
    followHeldValues,
    followWorkerPools,
    followHttp,
    followConnections,
    followServers,
    followCutResponses,
    followServedRequests,
    followMocks,
    followUnheardEvents,
    followSharedMemory,
    followStandstills,
    () => hidePreload(preload),
    () => followWorkers(preload, threadName),
    () => followMessages(threadName),
    () => followChildren(preload, nodeOptions),
    // Its timer is none of the program's: it starts before they are followed.
    startHeartbeat,
    () => followTimers(sleepBegins),
    followDueTimers,
    followReplacedTimers,
    followClock,
    followEndings,
    followGenerators,
    followClosedIterators,
    followGivenErrors,
    followNotifications,
    followPausedQueues,
    followPausedStreams,
    followEmits,
    followListening,
    followHandlerTables,
    followEarlyMessages,
    followRemovals,
    followChains,
    followVoidDates,
    followKeptOut,
    followDemand,
    followLines,
    followWatchedFiles,
    followExceptions,
    syncBuiltinESMExports,
  ];
  for (const step of steps) attempt(step);
}

/**
 * A port of its own for each process, in case the inspector must be woken: below those that systems give to connections
 * (from 32,768 on Linux, from 49,152 elsewhere).
 */
function chooseInspectorPort(): void {
  if (process.execArgv.some((option) => option.startsWith('--inspect'))) return;
  process.debugPort = 12_000 + (process.pid % 20_000);
}
