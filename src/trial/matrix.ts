import { contexts } from '../contexts/index.ts';
import type { Emulator, Session } from '../emulator/emulator.ts';
import type { Fault } from '../emulator/faults.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { attributeUnmarked } from './handler-session.ts';
import type { TrialWatch } from './observe-trial.ts';
import { runOnCores } from './run-on-cores.ts';
import { runTrial } from './run-trial.ts';
import type { ObservedTrial, TrialSpec, UserHandler } from './trial.ts';

export interface Trial {
  readonly context: ContextName;
  readonly strategy: StrategyName;
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly faults: readonly Fault[];
}

export interface TrialResult extends ObservedTrial {
  readonly spec: TrialSpec;
  /** True when this is the second run of the trial, with the machine to itself. */
  readonly ranAgain?: true;
}

export interface MatrixOptions {
  readonly trials: readonly Trial[];
  readonly count: number;
  readonly afterMs: number;
  readonly patienceMs: number;
  readonly replySizeBytes: number | null;
  readonly project: string;
  /** The file of the user's own `send`, used instead of the strategies. */
  readonly handler?: string;
  readonly interrupted: AbortSignal;
  /** Called when a trial has ended. */
  readonly onResult: (result: TrialResult) => void;
}

/** A loop that stands still makes its trial the longest: those start first, so that the others run meanwhile. */
export const standsStill: ReadonlySet<ContextName> = new Set([
  'blocked',
  'main-blocked',
  'parked',
  'piscina',
  'starved',
]);

/** Runs every trial, as many at once as the cores carry without one disturbing another. */
export function runMatrix(emulator: Emulator, options: MatrixOptions): Promise<TrialResult[]> {
  const ordered = [...options.trials].sort(
    (a, b) => Number(standsStill.has(b.context)) - Number(standsStill.has(a.context)),
  );
  const jobs = ordered.map((trial) => ({
    keepsCpuBusy: contexts[trial.context].keepsCpuBusy === true,
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
  { context, strategy, fault, faults }: Trial,
  { count, afterMs, patienceMs, replySizeBytes, project, handler }: MatrixOptions,
  watch: TrialWatch,
): Promise<TrialResult> {
  const opened = await emulator.open({
    faults,
    host: contexts[context].resolvesHost === true ? 'name' : 'ip',
    ...(replySizeBytes === null ? {} : { replySizeBytes }),
  });
  const session = handler === undefined ? opened : attributeUnmarked(opened, handled);
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
    ...(handler === undefined ? {} : { handler: { file: handler, env: addressesOf(session) } }),
  };
  try {
    return { spec, fault, observation: await runTrial(spec, session, watch) };
  } finally {
    await session.close();
  }
}

function addressesOf({ baseUrl, webhookUrl }: Session): UserHandler['env'] {
  return { SLACK_API_URL: baseUrl, SLACK_WEBHOOK_URL: webhookUrl, SLACK_BOT_TOKEN: 'xoxb-test-token' };
}

/** The one notification that a user's handler sends: confirmations are main's business, and go out as ever. */
const handled = { id: 'timer-1:expiry', path: 'expiry' } as const;
