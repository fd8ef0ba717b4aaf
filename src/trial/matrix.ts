import type { Emulator } from '../emulator/emulator.ts';
import type { Fault } from '../emulator/faults.ts';
import type { ReportedContextName, ReportedStrategyName } from '../model/names.ts';
import type { ObservedTrial } from './observation.ts';
import type { TrialListeners } from './observe-trial.ts';
import { runOnCores } from './run-on-cores.ts';
import type { TrialRuntime } from './trial-runtime.ts';

export interface Trial<Context, Strategy> {
  readonly context: Context;
  readonly strategy: Strategy;
}

export interface MatrixOptions<Context, Strategy> {
  readonly trials: readonly Trial<Context, Strategy>[];
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly faults: readonly Fault[];
  readonly count: number;
  readonly afterMs: number;
  readonly patienceMs: number;
  readonly replySizeBytes: number | null;
  readonly interrupted: AbortSignal;
  /** Called when a trial has ended. */
  readonly onResult: (result: ObservedTrial) => void;
}

/** From how many trials on warming up costs less than it saves. */
const worthWarmUp = 8;

/** Runs every trial, as many at once as the cores carry without one disturbing another. */
export async function runMatrix<Context extends ReportedContextName, Strategy extends ReportedStrategyName>(
  emulator: Emulator,
  runtime: TrialRuntime<Context, Strategy>,
  options: MatrixOptions<Context, Strategy>,
): Promise<ObservedTrial[]> {
  const jobs = hangingFirst(options.trials, ({ context }) => runtime.traits(context)).map(
    (trial) => async (listeners: TrialListeners) => {
      const result = await runOne(emulator, runtime, trial, options, listeners);
      options.onResult(result);
      return result;
    },
  );
  // Without it the trials are slower, and no more than that.
  const warmUp = jobs.length < worthWarmUp ? undefined : runtime.warmUp?.(emulator).catch(() => {});
  const results = await runOnCores(jobs, options.interrupted, options.count);
  await warmUp;
  return results;
}

/** Those that wait for what never comes take longest: the others run meanwhile. */
export function hangingFirst<Each>(
  all: readonly Each[],
  traits: (each: Each) => { readonly mayHang?: boolean },
): Each[] {
  const mayHang = (each: Each) => traits(each).mayHang === true;
  return [...all].sort((a, b) => Number(mayHang(b)) - Number(mayHang(a)));
}

/** A client's own timeout, in ms: it is to fire while its outcome is still waited for. */
export function deadlineFor(patienceMs: number): number {
  return patienceMs * 0.8;
}

async function runOne<Context extends ReportedContextName, Strategy extends ReportedStrategyName>(
  emulator: Emulator,
  runtime: TrialRuntime<Context, Strategy>,
  { context, strategy }: Trial<Context, Strategy>,
  { fault, faults, count, afterMs, patienceMs, replySizeBytes }: MatrixOptions<Context, Strategy>,
  listeners: TrialListeners,
): Promise<ObservedTrial> {
  const session = await emulator.open({
    faults,
    host: runtime.traits(context).resolvesHost === true ? 'name' : 'ip',
    ...(replySizeBytes === null ? {} : { replySizeBytes }),
  });
  const spec = { context, strategy, count, afterMs, patienceMs, deadlineMs: deadlineFor(patienceMs) };
  try {
    return { spec, fault, observation: await runtime.run(spec, session, listeners) };
  } finally {
    await session.close();
  }
}
