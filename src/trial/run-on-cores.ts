import { availableParallelism } from 'node:os';
import { abortOf } from './abort-of.ts';
import { Cores } from './cores.ts';
import type { TrialListeners } from './observe-trial.ts';

/** Trials that may wait at once for their timers and for what never comes, for each core: their memory is the limit. */
const waitingOnEach = 12;

export type TrialJob<Result> = (listeners: TrialListeners) => Promise<Result>;

/**
 * Runs every trial, as many at once as the cores carry: one whose timers run only waits, and leaves its core to
 * the next.
 * @param weight how many times the usual work each of them is
 */
export async function runOnCores<Result>(
  jobs: readonly TrialJob<Result>[],
  interrupted: AbortSignal,
  weight = 1,
): Promise<Result[]> {
  const cores = availableParallelism();
  // Two more than there are: a trial that starts also waits for the threads that it starts.
  const waiting = Math.max(1, Math.floor((cores * waitingOnEach) / weight));
  const starting = new Cores(Math.min(cores + 2, waiting));
  const running = new Cores(waiting);
  const interruption = abortOf(interrupted);
  const results: Result[] = [];
  const runWhenFree = async (run: TrialJob<Result>) => {
    const place = await running.take();
    const core = await starting.take();
    try {
      if (interrupted.aborted) return;
      results.push(await run({ interrupted: interruption, onStarted: () => core.release() }));
    } finally {
      core.release();
      place.release();
    }
  };
  await Promise.all(jobs.map(runWhenFree));
  return results;
}
