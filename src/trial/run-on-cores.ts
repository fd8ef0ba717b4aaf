import { availableParallelism } from 'node:os';
import { monotonicMs } from '../time/clock.ts';
import { startTimer } from '../time/long-timer.ts';
import { abortOf } from './abort-of.ts';
import { Cores } from './cores.ts';
import type { TrialListeners } from './observe-trial.ts';

/** Time, in ms, that a healthy trial needs after its expiry: what takes longer only waits. */
const calmAfterMs = 100;

export interface TrialJob<Result> {
  /** True when it takes a core for itself while it runs. */
  readonly keepsCpuBusy: boolean;
  run(watch: TrialListeners): Promise<Result>;
}

/** Runs every trial, as many at once as the cores carry; one that only waits leaves its core to the next. */
export async function runOnCores<Result>(
  jobs: readonly TrialJob<Result>[],
  interrupted: AbortSignal,
): Promise<Result[]> {
  // Two more than there are: a trial that has one also waits, for its timer and for the threads that it starts.
  const cores = new Cores(availableParallelism() + 2);
  const interruption = abortOf(interrupted);
  const results: Result[] = [];
  const runWhenFree = async ({ keepsCpuBusy, run }: TrialJob<Result>) => {
    const core = await cores.take();
    try {
      if (interrupted.aborted) return;
      const onCalm = () => {
        if (!keepsCpuBusy) core.release();
      };
      const onStarted = (dueAtMs: number) => void startTimer(onCalm, dueAtMs - monotonicMs() + calmAfterMs);
      results.push(await run({ interrupted: interruption, onStarted }));
    } finally {
      core.release();
    }
  };
  await Promise.all(jobs.map(runWhenFree));
  return results;
}
