import { startEmulator } from '../emulator/start-emulator.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { runMatrix } from './matrix.ts';
import { type NodeRuntimeOptions, nodeRuntime } from './node-runtime.ts';
import type { ObservedTrial } from './observation.ts';

export interface LabOptions {
  /** All that will be asked for: they run together, as many at once as the cores carry. */
  readonly contexts: readonly ContextName[];
  /** The user's project, from which hosts such as Piscina are resolved. */
  readonly project: string;
  readonly interrupted: AbortSignal;
}

const afterMs = 100;
const patienceMs = 2000;

/** One timer in each context that can be run here, against an emulator of its own. */
export async function runLab(
  { contexts, project, interrupted }: LabOptions,
  strategy: StrategyName,
  more: Pick<NodeRuntimeOptions, 'handler'> = {},
): Promise<readonly ObservedTrial[]> {
  const runtime = nodeRuntime({ project, ...more });
  const emulator = await startEmulator();
  try {
    return await runMatrix(emulator, runtime, {
      trials: contexts
        .filter((context) => runtime.missing(context) === null)
        .map((context) => ({ context, strategy })),
      fault: null,
      faults: [],
      count: 1,
      afterMs,
      patienceMs,
      replySizeBytes: null,
      interrupted,
      onResult: () => {},
    });
  } finally {
    await emulator.close();
  }
}
