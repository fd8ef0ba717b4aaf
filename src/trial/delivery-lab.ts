import type { DeliveryLab } from '../diagnosis/checks/surroundings.ts';
import type { Cell } from '../model/cell.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { deliveryPaths } from '../model/names.ts';
import { skippedCell, toCell } from './cell.ts';
import type { ObservedTrial } from './observation.ts';
import { missingHost } from './resolve-host.ts';
import { type LabOptions, runLab } from './run-lab.ts';
import { whyUnjudged } from './unjudged.ts';

export interface DeliveryLabOptions extends LabOptions {
  readonly strategy: StrategyName;
}

/** Delivers in thread contexts against an emulator of its own, which runs while there are trials. */
export function openDeliveryLab(options: DeliveryLabOptions): DeliveryLab {
  let results: Promise<readonly ObservedTrial[]> | null = null;
  return {
    async deliver(context) {
      const { strategy, project } = options;
      const reason = missingHost(context, project);
      if (reason !== null) {
        return deliveryPaths.map((path) => skippedCell({ path, context, strategy, fault: null }, reason));
      }
      results ??= runLab(options, strategy);
      return cellsIn(await results, context);
    },
  };
}

function cellsIn(results: readonly ObservedTrial[], context: ContextName): readonly Cell[] {
  const result = results.find(({ spec }) => spec.context === context);
  if (result === undefined || result.observation.end.kind === 'interrupted') return [];
  return deliveryPaths.map((path) => {
    const cell = toCell(result, path);
    const unjudged = whyUnjudged(result, cell);
    return unjudged === null ? cell : skippedCell(cell, unjudged);
  });
}
