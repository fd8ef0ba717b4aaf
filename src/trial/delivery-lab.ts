import type { DeliveryLab } from '../diagnosis/checks/surroundings.ts';
import { startEmulator } from '../emulator/start-emulator.ts';
import type { Cell } from '../model/cell.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { deliveryPaths } from '../model/names.ts';
import { skippedCell, toCell } from './cell.ts';
import { runMatrix } from './matrix.ts';
import { nodeRuntime } from './node-runtime.ts';
import type { ObservedTrial } from './observation.ts';
import { missingHost } from './resolve-host.ts';

export interface DeliveryLabOptions {
  /** All that will be asked for: they run together, as many at once as the cores carry. */
  readonly contexts: readonly ContextName[];
  readonly strategy: StrategyName;
  /** The user's project, from which hosts such as Piscina are resolved. */
  readonly project: string;
  readonly interrupted: AbortSignal;
}

const afterMs = 100;
const patienceMs = 2000;

/** Delivers in thread contexts against an emulator of its own, which runs from the first question until all are answered. */
export function openDeliveryLab(options: DeliveryLabOptions): DeliveryLab {
  let results: Promise<readonly ObservedTrial[]> | null = null;
  return {
    async deliver(context) {
      const { strategy, project } = options;
      const reason = missingHost(context, project);
      if (reason !== null) {
        return deliveryPaths.map((path) => skippedCell({ path, context, strategy, fault: null }, reason));
      }
      results ??= deliverAll(options);
      return cellsIn(await results, context);
    },
  };
}

async function deliverAll({
  contexts,
  strategy,
  project,
  interrupted,
}: DeliveryLabOptions): Promise<readonly ObservedTrial[]> {
  const emulator = await startEmulator();
  try {
    return await runMatrix(emulator, nodeRuntime({ project }), {
      trials: contexts
        .filter((context) => missingHost(context, project) === null)
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

function cellsIn(results: readonly ObservedTrial[], context: ContextName): readonly Cell[] {
  const result = results.find(({ spec }) => spec.context === context);
  if (result === undefined || result.observation.end.kind === 'interrupted') return [];
  return deliveryPaths.map((path) => toCell(result, path));
}
