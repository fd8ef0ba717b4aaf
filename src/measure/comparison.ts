import { median, permutationTest } from 'simple-statistics';
import type { Change, Comparison, ComparisonVerdict, Unmatched } from '../model/bench.ts';
import type { Cell, Round } from '../model/cell.ts';
import type { Report } from '../model/report.ts';
import { measuredOtherwise } from './comparable.ts';
import { cellName } from './figures.ts';

interface Compared {
  readonly metric: Change['metric'];
  readonly better: 'higher' | 'lower';
  /** A change below either is no change worth reporting, however certain. */
  readonly tolerance: { readonly share: number; readonly absolute: number };
  read(round: Round): number | null;
}

const compared: readonly Compared[] = [
  {
    metric: 'completion',
    better: 'higher',
    tolerance: { share: 0, absolute: 0 },
    read: ({ completionRate }) => completionRate,
  },
  {
    metric: 'p50',
    better: 'lower',
    tolerance: { share: 0.1, absolute: 0.5 },
    read: ({ latencyMs }) => latencyMs?.p50 ?? null,
  },
  {
    metric: 'p99',
    better: 'lower',
    tolerance: { share: 0.1, absolute: 1 },
    read: ({ latencyMs }) => latencyMs?.p99 ?? null,
  },
  {
    metric: 'throughput',
    better: 'higher',
    tolerance: { share: 0.05, absolute: 1 },
    read: ({ throughputPerS }) => throughputPerS,
  },
];

/** With fewer rounds than this on a side, no difference can be distinguished from noise. */
const fewestRounds = 3;
/** Some sixty figures are compared at a time: at 5 % each, a pipeline would fail every other time for nothing. */
const significance = 0.01;
const permutations = 10_000;
/** With so many on both sides, chance can be ruled out to that. */
const roundsEnough = 5;

/**
 * Compares the cells that both reports measured, metric by metric, by a permutation test over their rounds. What can't
 * be compared is named: a cell that has gone since the baseline is no proof that all is well.
 */
export function compare(current: Report, baseline: Report): Comparison {
  const [before, after] = [byName(baseline), byName(current)];
  const pairs = [...after].flatMap(([name, cell]) => {
    const earlier = before.get(name);
    return earlier === undefined || !isMeasured(cell) || !isMeasured(earlier) ? [] : [{ cell, earlier }];
  });
  const isPart = (current.load?.shard ?? null) !== null;
  const unmatched = [
    ...[...after].flatMap(([name, cell]) => withoutCounterpart(name, cell, before.get(name))),
    ...(isPart ? [] : [...before.keys()].filter((name) => !after.has(name))).map((name) => ({
      cell: name,
      reason: 'measured for the baseline only',
    })),
    ...pairs.flatMap(({ cell, earlier }) => withoutFigures(cell, earlier)),
  ];
  const otherwise = measuredOtherwise(current, baseline);
  const changes = pairs.flatMap(({ cell, earlier }) =>
    compared.flatMap((metric) => change(metric, cell, earlier)),
  );
  const fewRounds = changes.some(({ verdict }) => verdict === 'inconclusive') ? tooFew(pairs) : null;
  return {
    baseline: { startedAt: baseline.startedAt, version: baseline.tool.version },
    changes,
    ...(fewRounds === null ? {} : { fewRounds }),
    ...(unmatched.length === 0 ? {} : { unmatched }),
    ...(otherwise.length === 0 ? {} : { measuredOtherwise: otherwise }),
  };
}

/** Null where there are enough on both sides for a chance to decide. */
function tooFew(
  pairs: readonly { readonly cell: Cell; readonly earlier: Cell }[],
): NonNullable<Comparison['fewRounds']> | null {
  const fewest = (cells: readonly Cell[]) => Math.min(...cells.map(({ rounds = [] }) => rounds.length));
  const current = fewest(pairs.map(({ cell }) => cell));
  const baseline = fewest(pairs.map(({ earlier }) => earlier));
  return smallestChance(baseline, current) <= significance
    ? null
    : { current, baseline, enough: roundsEnough };
}

function byName({ cells }: Report): ReadonlyMap<string, Cell> {
  return new Map(cells.map((cell) => [cellName(cell), cell]));
}

function isMeasured({ skipped }: Cell): boolean {
  return skipped === null;
}

function withoutCounterpart(name: string, cell: Cell, earlier: Cell | undefined): readonly Unmatched[] {
  if (cell.skipped !== null)
    return earlier !== undefined && isMeasured(earlier)
      ? [{ cell: name, reason: `not run: ${cell.skipped}` }]
      : [];
  if (earlier === undefined) return [{ cell: name, reason: 'not in the baseline' }];
  return earlier.skipped === null
    ? []
    : [{ cell: name, reason: `not run for the baseline: ${earlier.skipped}` }];
}

/** Where nothing was delivered there is no latency to compare; the completion rate says that much. */
function withoutFigures(cell: Cell, earlier: Cell): readonly Unmatched[] {
  const missing = (one: Cell) => compared.filter((metric) => figures(metric, one).length === 0);
  const [here, there] = [missing(cell), missing(earlier)];
  const only = (some: readonly Compared[], others: readonly Compared[]) =>
    some.filter((metric) => !others.includes(metric)).map(({ metric }) => metric);
  const name = cellName(cell);
  return [
    ...reasonFor(name, only(here, there), 'here'),
    ...reasonFor(name, only(there, here), 'in the baseline'),
  ];
}

function reasonFor(cell: string, metrics: readonly string[], where: string): readonly Unmatched[] {
  return metrics.length === 0 ? [] : [{ cell, reason: `no ${metrics.join(', ')} ${where}` }];
}

function change(metric: Compared, cell: Cell, earlier: Cell): readonly Change[] {
  const [before, after] = [figures(metric, earlier), figures(metric, cell)];
  if (before.length === 0 || after.length === 0) return [];
  const p = chance(before, after);
  const [middleBefore, middleAfter] = [median(before), median(after)];
  return [
    {
      cell: cellName(cell),
      metric: metric.metric,
      before: middleBefore,
      after: middleAfter,
      p,
      verdict: verdictOf(
        metric,
        middleBefore,
        middleAfter,
        p !== null && isCertain(metric, before, after, p),
      ),
    },
  ];
}

function figures({ read }: Compared, { rounds = [] }: Cell): number[] {
  return rounds.flatMap((round) => read(round) ?? []);
}

function chance(before: number[], after: number[]): number | null {
  if (Math.min(before.length, after.length) < fewestRounds) return null;
  return Math.min(1, permutationTest(before, after, 'two_side', permutations, seeded()));
}

function verdictOf(
  { better, tolerance }: Compared,
  before: number,
  after: number,
  certain: boolean,
): ComparisonVerdict {
  const difference = Math.abs(after - before);
  if (difference <= tolerance.absolute || difference <= tolerance.share * before) return 'same';
  if (!certain) return 'inconclusive';
  return after > before === (better === 'higher') ? 'better' : 'worse';
}

/** Three or four rounds a side can't give so small a p: there, they must lie further apart than either's own spread. */
function isCertain(
  { metric }: Compared,
  before: readonly number[],
  after: readonly number[],
  p: number,
): boolean {
  const smallest = smallestChance(before.length, after.length);
  if (smallest <= significance) return p <= Math.max(significance, smallest * 1.2);
  // No load makes a notification get lost.
  if (metric === 'completion') return gap(before, after) > 0;
  // What multiplies a figure multiplies its spread, too.
  const [logBefore, logAfter] = [before.map(log), after.map(log)];
  return gap(logBefore, logAfter) > Math.max(spread(logBefore), spread(logAfter));
}

/** A figure of 0 is next to the smallest that is measured, in ms or a second. */
function log(figure: number): number {
  return Math.log(Math.max(figure, 0.001));
}

function spread(figures: readonly number[]): number {
  return Math.max(...figures) - Math.min(...figures);
}

/** Between the nearest of the two; below 0 where they overlap. */
function gap(before: readonly number[], after: readonly number[]): number {
  return Math.max(Math.min(...after) - Math.max(...before), Math.min(...before) - Math.max(...after));
}

/** The smallest two-sided p that this many rounds can give: two arrangements of all. */
function smallestChance(before: number, after: number): number {
  let arrangements = 1;
  for (let index = 1; index <= before; index++) arrangements *= (after + index) / index;
  return 2 / arrangements;
}

/** The same reports must always get the same verdict: Park and Miller's generator instead of Math.random. */
function seeded(): () => number {
  let state = 20_260_101;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
