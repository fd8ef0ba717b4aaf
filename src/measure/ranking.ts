import { sampleStandardDeviation } from 'simple-statistics';
import type { Load, Rank } from '../model/bench.ts';
import type { Cell, Round } from '../model/cell.ts';

interface Ranked {
  readonly cell: Cell;
  /** What is compared, of the whole cell, as it is printed beside the rank; smaller is better. */
  readonly cost: number;
}

/**
 * Ranks the strategies of each context: an open loop by its median latency, a closed one by throughput. A strategy that did not
 * deliver everything has no rank, however fast the rest was. Rounds of one number ran side by side: how much the factor
 * differs from one to the next is its uncertainty.
 */
export function rank(cells: readonly Cell[], arrival: Load['arrival']): readonly Rank[] {
  const measure = arrival.mode === 'open' ? 'p50' : 'throughput';
  const byContext = new Map<string, Ranked[]>();
  for (const cell of cells) {
    const cost = costOf(cell, measure);
    if (cell.completionRate < 1 || !isCost(cost)) continue;
    const key = `${cell.path} ${cell.context} ${cell.fault}`;
    byContext.set(key, [...(byContext.get(key) ?? []), { cell, cost }]);
  }
  return [...byContext.values()].flatMap((group) => rankGroup(group, measure));
}

function rankGroup(group: readonly Ranked[], measure: Rank['measure']): readonly Rank[] {
  const ranked = [...group].sort((a, b) => a.cost - b.cost);
  const [best] = ranked;
  if (best === undefined || ranked.length < 2) return [];
  return ranked.map(({ cell, cost }) => ({
    path: cell.path,
    context: cell.context,
    strategy: cell.strategy,
    fault: cell.fault,
    measure,
    factor: cost / best.cost,
    uncertainty: cell === best.cell ? null : uncertaintyOf(cell, best.cell, measure),
  }));
}

/** Null with fewer than two rounds that both have. */
function uncertaintyOf(cell: Cell, best: Cell, measure: Rank['measure']): number | null {
  const there = costsOf(best, measure);
  const ratios = [...costsOf(cell, measure)].flatMap(([number, cost]) => {
    const bestCost = there.get(number);
    return bestCost === undefined ? [] : [cost / bestCost];
  });
  return ratios.length < 2 ? null : sampleStandardDeviation(ratios);
}

function costsOf({ rounds = [] }: Cell, measure: Rank['measure']): ReadonlyMap<number, number> {
  const costs = rounds.map((round) => [round.number, costOf(round, measure)] as const);
  return new Map(costs.filter(([, cost]) => isCost(cost)));
}

function isCost(cost: number): boolean {
  return cost > 0 && Number.isFinite(cost);
}

function costOf(
  { latencyMs, throughputPerS }: Pick<Round, 'latencyMs' | 'throughputPerS'>,
  measure: Rank['measure'],
): number {
  return measure === 'p50' ? (latencyMs?.p50 ?? Number.NaN) : 1 / (throughputPerS ?? 0);
}
