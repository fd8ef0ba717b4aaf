import { median, permutationTest } from 'simple-statistics';
import { UsageError } from '../errors.ts';
import type { Change, Comparison, ComparisonVerdict, Load } from '../model/bench.ts';
import type { Cell, Round } from '../model/cell.ts';
import type { Environment, Report } from '../model/report.ts';
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

/** Compares the cells that both reports measured, metric by metric, by a permutation test over their rounds. */
export function compare(current: Report, baseline: Report): Comparison {
  const before = new Map(baseline.cells.map((cell) => [cellName(cell), cell]));
  return {
    baseline: { startedAt: baseline.startedAt, version: baseline.tool.version },
    changes: current.cells.flatMap((cell) => {
      const earlier = before.get(cellName(cell));
      return earlier === undefined ? [] : compared.flatMap((metric) => change(metric, cell, earlier));
    }),
  };
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
  const ownSpread = metric === 'completion' ? 0 : Math.max(spread(before), spread(after));
  return gap(before, after) > ownSpread;
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

type CellKey = Pick<Cell, 'path' | 'context' | 'strategy' | 'fault'>;

interface Measured extends Pick<Report, 'environment' | 'load'> {
  readonly cells: readonly CellKey[];
}

/**
 * Figures of different machines or loads say nothing about each other.
 * @throws UsageError that names what differs.
 */
export function refuseIncomparable(current: Measured, baseline: Measured, forced: boolean): void {
  const differences = [
    ...environmentDifferences(current.environment, baseline.environment),
    ...loadDifferences(current.load, baseline.load),
  ];
  assertComparable(current.cells, baseline.cells);
  if (differences.length === 0 || forced) return;
  throw new UsageError(
    'cannot compare with the baseline',
    `it was measured elsewhere or otherwise: ${differences.join(', ')}`,
    'make a baseline here, or add --force to compare all the same',
  );
}

function assertComparable(current: readonly CellKey[], baseline: readonly CellKey[]): void {
  const there = new Set(baseline.map(cellName));
  if (current.some((cell) => there.has(cellName(cell)))) return;
  const apart = cellDifferences(current, baseline);
  const said =
    apart.length === 0
      ? `, only ${[...there].slice(0, 3).join(', ')}${there.size > 3 ? ' …' : ''}`
      : `: ${apart.join(', ')}`;
  throw new UsageError(
    'cannot compare with the baseline',
    `it measured nothing of what is asked for${said}`,
    'make a baseline with the same contexts, strategies, paths and faults',
  );
}

const cellParts = ['path', 'context', 'strategy', 'fault'] as const;

/** The parts of a cell's name of which the two have no value in common. */
function cellDifferences(current: readonly CellKey[], other: readonly CellKey[]): readonly string[] {
  return cellParts.flatMap((part) => {
    const values = (cells: readonly CellKey[]) => [...new Set(cells.map((cell) => cell[part] ?? 'none'))];
    const [here, there] = [values(current), values(other)];
    if (here.some((value) => there.includes(value))) return [];
    return [`${part} ${there.join(' + ')} there and ${here.join(' + ')} here`];
  });
}

export function environmentDifferences(current: Environment, other: Environment): readonly string[] {
  const of = ({ node, undici, platform, arch, cpus, cpuModel, threadpoolSize }: Environment) => ({
    platform,
    arch,
    CPUs: cpus,
    'CPU model': cpuModel ?? 'unknown',
    'thread pool': threadpoolSize,
    Node: major(node),
    undici: major(undici),
  });
  return differences(of(current), of(other));
}

export function loadDifferences(current: Load | undefined, other: Load | undefined): readonly string[] {
  const of = (load: Load | undefined) => ({
    load:
      load === undefined
        ? 'none'
        : load.arrival.mode === 'open'
          ? `${load.arrival.ratePerS}/s`
          : `concurrency ${load.arrival.concurrency}`,
    'reply size': load?.replySizeBytes ?? 'small',
  });
  return differences(of(current), of(other));
}

/** What two measurements have under the same name, and not alike. */
export function differences(
  current: Readonly<Record<string, string | number>>,
  other: Readonly<Record<string, string | number>>,
): readonly string[] {
  return Object.entries(current)
    .filter(([key, value]) => other[key] !== value)
    .map(([key, value]) => `${key} ${other[key]} there and ${value} here`);
}

function major(version: string): string {
  return version.split('.')[0] ?? version;
}
