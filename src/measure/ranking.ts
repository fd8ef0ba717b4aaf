import { geometricMean, sampleStandardDeviation } from 'simple-statistics';
import type { Load, Rank } from '../model/bench.ts';
import type { Cell, Round } from '../model/cell.ts';

interface Ranked {
  readonly cell: Cell;
  /** What is compared, by round; smaller is better. */
  readonly costs: ReadonlyMap<number, number>;
}

/**
 * Ranks the strategies of each context: an open loop by its median latency, a closed one by throughput. A strategy that did not
 * deliver everything has no rank, however fast the rest was. Rounds are paired, since those of one number ran side
 * by side.
 */
export function rank(cells: readonly Cell[], arrival: Load['arrival']): readonly Rank[] {
  const measure = arrival.mode === 'open' ? 'p50' : 'throughput';
  const byContext = new Map<string, Ranked[]>();
  for (const cell of cells) {
    const ranked = { cell, costs: costsOf(cell, measure) };
    if (cell.completionRate < 1 || ranked.costs.size === 0) continue;
    const key = `${cell.path} ${cell.context} ${cell.fault}`;
    byContext.set(key, [...(byContext.get(key) ?? []), ranked]);
  }
  return [...byContext.values()].flatMap((group) => rankGroup(group, measure));
}

function rankGroup(group: readonly Ranked[], measure: Rank['measure']): readonly Rank[] {
  const [best] = [...group].sort((a, b) => typical(a) - typical(b));
  if (best === undefined || group.length < 2) return [];
  return group
    .map((ranked) => ({
      path: ranked.cell.path,
      context: ranked.cell.context,
      strategy: ranked.cell.strategy,
      fault: ranked.cell.fault,
      measure,
      ...relative(ranked, best),
    }))
    .sort((a, b) => a.factor - b.factor);
}

function typical({ costs }: Ranked): number {
  return geometricMean([...costs.values()]);
}

function relative(ranked: Ranked, best: Ranked): Pick<Rank, 'factor' | 'uncertainty'> {
  if (ranked === best) return { factor: 1, uncertainty: null };
  const ratios = [...ranked.costs].flatMap(([number, cost]) => {
    const bestCost = best.costs.get(number);
    return bestCost === undefined ? [] : [cost / bestCost];
  });
  if (ratios.length === 0) return { factor: typical(ranked) / typical(best), uncertainty: null };
  return {
    factor: geometricMean(ratios),
    uncertainty: ratios.length < 2 ? null : sampleStandardDeviation(ratios),
  };
}

function costsOf({ rounds = [] }: Cell, measure: Rank['measure']): ReadonlyMap<number, number> {
  const costs = rounds.map((round) => [round.number, costOf(round, measure)] as const);
  return new Map(costs.filter(([, cost]) => cost > 0 && Number.isFinite(cost)));
}

function costOf({ latencyMs, throughputPerS }: Round, measure: Rank['measure']): number {
  return measure === 'p50' ? (latencyMs?.p50 ?? Number.NaN) : 1 / (throughputPerS ?? 0);
}
