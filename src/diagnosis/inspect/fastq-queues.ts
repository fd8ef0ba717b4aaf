import { endOfFunction } from '../source/source-text.ts';
import { scopesOf, scriptOf, target } from './closures.ts';
import type { Conversation } from './conversation.ts';
import type { HeapGraph } from './heap-graph.ts';
import { saidBy } from './heap-ids.ts';
import type { OwnCode } from './own-code.ts';
import type { StuckQueue } from './stuck-queues.ts';

/** Each costs a walk through the heap. */
const queuesAsked = 10;
const tasksFollowed = 100_000;

/**
 * Queues of fastq whose worker has not called back for a job, while others wait: a job under way is kept by nothing but
 * its callback, and none is left in the heap. `HeapProfiler` is enabled.
 */
export function* fastqQueues(
  graph: HeapGraph,
  { files, closures }: OwnCode,
  hasSent: (file: string, fromLine: number, toLine: number) => boolean,
): Conversation<readonly StuckQueue[]> {
  const found: StuckQueue[] = [];
  let asked = 0;
  for (const { queue, scope } of queuesIn(graph)) {
    const waiting = tasksFrom(graph, target(graph, scope, 'queueHead'));
    const worker = closures.find(({ node }) => node === target(graph, scope, 'worker'));
    const source = worker === undefined ? undefined : files.get(worker.file);
    if (waiting.size === 0 || worker === undefined || source === undefined) continue;
    if (isAnyUnderWay(graph, scope, waiting)) continue;
    const from = source.placeOf(worker.at);
    const to = source.placeOf(endOfFunction(source.code, worker.at));
    if (!hasSent(worker.file, from.line, to.line)) continue;
    if (++asked > queuesAsked) break;
    const isRunning = yield* saidBy(graph.heapId(queue), runs.toString());
    if (isRunning === true)
      found.push({
        name: 'fastq',
        waiting: waiting.size,
        function: graph.name(worker.node),
        file: worker.file,
        ...from,
      });
  }
  return found;
}

/** Runs inside the thread that is looked at, sent there as text. */
function runs(this: { readonly paused?: unknown; running?(): number }): boolean {
  return this.paused === false && typeof this.running === 'function' && this.running() > 0;
}

interface FastqQueue {
  readonly queue: number;
  /** Of the function that made it. */
  readonly scope: number;
}

function* queuesIn(graph: HeapGraph): Iterable<FastqQueue> {
  for (let node = 0; node < graph.nodeCount; node++) {
    if (graph.type(node) !== 'object' || graph.name(node) !== 'Object') continue;
    const getQueue = target(graph, node, 'getQueue');
    if (getQueue === null || !isOfFastq(graph, getQueue)) continue;
    const [scope] = scopesOf(graph, getQueue);
    if (scope !== undefined) yield { queue: node, scope };
  }
}

function isOfFastq(graph: HeapGraph, closure: number): boolean {
  return graph.type(closure) === 'closure' && /[\\/]fastq[\\/]queue\.js$/.test(scriptOf(graph, closure));
}

/** A job and those that are linked behind it. */
function tasksFrom(graph: HeapGraph, first: number | null): ReadonlySet<number> {
  const tasks = new Set<number>();
  for (
    let task = first;
    task !== null && graph.name(task) === 'Task' && !tasks.has(task) && tasks.size < tasksFollowed;
    task = target(graph, task, 'next')
  )
    tasks.add(task);
  return tasks;
}

/** One that neither waits nor is kept to be used again. */
function isAnyUnderWay(graph: HeapGraph, scope: number, waiting: ReadonlySet<number>): boolean {
  const release = target(graph, scope, 'release');
  const cache = target(graph, scope, 'cache');
  const getFree = cache === null ? null : target(graph, cache, 'get');
  const [free] = getFree === null ? [] : scopesOf(graph, getFree);
  if (release === null || free === undefined) return true;
  const unused = tasksFrom(graph, target(graph, free, 'head'));
  for (const { from, name } of graph.edgesTo(release)) {
    if (name === 'release' && graph.name(from) === 'Task' && !waiting.has(from) && !unused.has(from))
      return true;
  }
  return false;
}
