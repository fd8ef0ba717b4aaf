import { availableParallelism } from 'node:os';
import { contexts } from '../contexts/index.ts';
import type { ContextName } from '../contexts/names.ts';
import type { StrategyName } from '../delivery/strategy.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Fault } from '../emulator/faults.ts';
import { monotonicMs } from '../measure/clock.ts';
import { Cores } from './cores.ts';
import { runTrial } from './run-trial.ts';
import type { Observation, TrialSpec } from './trial.ts';

export interface Trial {
  readonly context: ContextName;
  readonly strategy: StrategyName;
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly faults: readonly Fault[];
}

export interface TrialResult {
  readonly spec: TrialSpec;
  readonly fault: string | null;
  readonly observation: Observation;
}

export interface MatrixOptions {
  readonly trials: readonly Trial[];
  readonly count: number;
  readonly afterMs: number;
  readonly patienceMs: number;
  readonly replySizeBytes: number | null;
  readonly project: string;
  readonly interrupted: AbortSignal;
  /** Called when a trial has ended. */
  readonly onResult: (result: TrialResult) => void;
}

/** A loop that stands still makes its trial the longest: those start first, so that the others run meanwhile. */
const standsStill: ReadonlySet<ContextName> = new Set([
  'blocked',
  'main-blocked',
  'parked',
  'piscina',
  'starved',
]);

/** Runs every trial, as many at once as the cores carry without one disturbing another. */
export async function runMatrix(emulator: Emulator, options: MatrixOptions): Promise<TrialResult[]> {
  const cores = new Cores(availableParallelism());
  const interruption = abortOf(options.interrupted);
  const ordered = [...options.trials].sort(
    (a, b) => Number(standsStill.has(b.context)) - Number(standsStill.has(a.context)),
  );
  const results = await Promise.all(
    ordered.map((trial) => runWhenFree(cores, emulator, trial, { ...options, interruption })),
  );
  return results.filter((result) => result !== null);
}

interface Running extends MatrixOptions {
  readonly interruption: Promise<void>;
}

async function runWhenFree(
  cores: Cores,
  emulator: Emulator,
  trial: Trial,
  options: Running,
): Promise<TrialResult | null> {
  const core = await cores.take();
  try {
    if (options.interrupted.aborted) return null;
    const result = await runOne(emulator, trial, options, () => {
      if (contexts[trial.context].keepsCpuBusy !== true) core.release();
    });
    options.onResult(result);
    return result;
  } finally {
    core.release();
  }
}

/** `onCalm` is called once the trial's notifications have been sent and it only waits. */
async function runOne(
  emulator: Emulator,
  { context, strategy, fault, faults }: Trial,
  { count, afterMs, patienceMs, replySizeBytes, project, interruption }: Running,
  onCalm: () => void,
): Promise<TrialResult> {
  const session = await emulator.open({
    faults,
    host: contexts[context].resolvesHost === true ? 'name' : 'ip',
    ...(replySizeBytes === null ? {} : { replySizeBytes }),
  });
  const spec: TrialSpec = {
    context,
    strategy,
    target: { kind: 'bot', baseUrl: session.baseUrl, token: 'xoxb-test-token' },
    channel: '#general',
    count,
    afterMs,
    patienceMs,
    deadlineMs: patienceMs * 0.8,
    connections: 16,
    queueLimit: Math.max(1000, 2 * count),
    project,
  };
  try {
    const observation = await runTrial(spec, session, {
      interrupted: interruption,
      onStarted: (dueAtMs) => setTimeout(onCalm, dueAtMs - monotonicMs() + calmAfterMs),
    });
    return { spec, fault, observation };
  } finally {
    await session.close();
  }
}

/** Time, in ms, that a healthy trial needs after its expiry: what takes longer only waits. */
const calmAfterMs = 100;

/** One listener for all trials. */
function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
