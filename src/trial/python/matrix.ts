import type { Emulator } from '../../emulator/emulator.ts';
import type { Fault } from '../../emulator/faults.ts';
import type { PythonContextName, PythonStrategyName } from '../../model/names.ts';
import type { TrialWatch } from '../observe-trial.ts';
import { runOnCores } from '../run-on-cores.ts';
import type { ObservedSpec, ObservedTrial } from '../trial.ts';
import type { Interpreter } from './interpreter.ts';
import { runPythonTrial } from './run-trial.ts';

export interface PythonTrial {
  readonly context: PythonContextName;
  readonly strategy: PythonStrategyName;
}

export interface PythonMatrixOptions {
  readonly trials: readonly PythonTrial[];
  readonly interpreter: Interpreter;
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

/** Runs every trial, as many at once as the cores carry without one disturbing another. */
export function runPythonMatrix(emulator: Emulator, options: PythonMatrixOptions): Promise<ObservedTrial[]> {
  const jobs = options.trials.map((trial) => ({
    keepsCpuBusy: false,
    run: async (watch: TrialWatch) => {
      const result = await runOne(emulator, trial, options, watch);
      options.onResult(result);
      return result;
    },
  }));
  return runOnCores(jobs, options.interrupted);
}

async function runOne(
  emulator: Emulator,
  { context, strategy }: PythonTrial,
  { interpreter, fault, faults, count, afterMs, patienceMs, replySizeBytes }: PythonMatrixOptions,
  watch: TrialWatch,
): Promise<ObservedTrial> {
  const session = await emulator.open({
    faults,
    host: context === 'starved' ? 'name' : 'ip',
    ...(replySizeBytes === null ? {} : { replySizeBytes }),
  });
  const spec: ObservedSpec = { context, strategy, count, afterMs, patienceMs, deadlineMs: patienceMs * 0.8 };
  try {
    return { spec, fault, observation: await runPythonTrial(interpreter, spec, session, watch) };
  } finally {
    await session.close();
  }
}
