import { type Cell, isStarved } from '../../model/cell.ts';
import type { StrategyName } from '../../model/names.ts';
import { type ContextName, contextNames } from '../../model/names.ts';
import { showMs } from '../../time/show-ms.ts';
import { type Check, type CheckResult, fail, inconclusive, ok, quieter, skipped, warn } from './check.ts';

/** The id of the check that delivers in this context. */
export function deliveryCheckId(context: ContextName): string {
  return `delivery-${context}`;
}

export const deliveryChecks: readonly Check[] = contextNames.map((context) => ({
  id: deliveryCheckId(context),
  group: 'delivery',
  title: context,
  async run({ lab, strategy }) {
    if (lab === null) return skipped('not asked for');
    return resultOf(await lab.deliver(context), context, strategy.chosen);
  },
}));

function resultOf(cells: readonly Cell[], context: ContextName, strategy: StrategyName): CheckResult {
  if (cells.length === 0) return inconclusive('interrupted', 'run it again');
  const reason = cells.find((cell) => cell.skipped !== null)?.skipped ?? null;
  if (cells.some(isStarved)) return inconclusive(reason ?? '', quieter);
  if (reason !== null) return skipped(reason);
  if (cells.some(({ errors }) => errors.some(({ code }) => code === 'trial-crashed'))) {
    throw new Error(
      `the trial of ${context} crashed; \`timer-notify repro --context ${context} --verbose\` says more`,
    );
  }
  const seen = cells.map(showCell).join(', ');
  const missing = cells.find((cell) => cell.delivered + cell.late < cell.sent);
  if (missing !== undefined) {
    return fail(causeOf(missing), `${strategy}: ${seen}`, remedy(missing, context, strategy));
  }
  const late = cells.some((cell) => cell.late > 0);
  return late
    ? warn(
        `${strategy}: ${seen}`,
        `${context} delays it; the shared-pool strategy does not wait for that thread`,
      )
    : ok(`${strategy}: ${seen}`);
}

function causeOf({ cause }: Cell) {
  return cause === null || cause === 'healthy' ? 'never-requested' : cause;
}

function showCell({ path, hung, lost, failed, late, latencyMs, cause }: Cell): string {
  const because = cause === null ? '' : ` (${cause})`;
  if (hung > 0) return `${path} hung${because}`;
  if (lost > 0) return `${path} lost${because}`;
  if (failed > 0) return `${path} failed${because}`;
  const took = latencyMs === null ? '' : ` in ${showMs(latencyMs.p50)}`;
  return late > 0 ? `${path} late${because}` : `${path}${took}`;
}

function remedy({ path }: Cell, context: ContextName, strategy: StrategyName): string {
  if (strategy === 'shared-pool') return `report it: shared-pool should deliver a ${path} in ${context}`;
  return 'set delivery.strategy to shared-pool, which delivers in every context';
}
