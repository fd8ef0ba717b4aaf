import { UsageError } from '../errors.ts';
import type { Load } from '../model/bench.ts';
import type { Cell } from '../model/cell.ts';
import type { Environment, Report } from '../model/report.ts';
import type { Trials } from '../model/trials.ts';
import { cellName } from './figures.ts';

type CellKey = Pick<Cell, 'path' | 'context' | 'strategy' | 'fault'>;

interface Measured extends Pick<Report, 'kind' | 'environment' | 'load'> {
  readonly cells: readonly CellKey[];
}

/**
 * Figures of different machines, loads or lengths say nothing about each other.
 * @throws UsageError that names what differs.
 */
export function refuseIncomparable(current: Measured, baseline: Report, forced: boolean): void {
  refuseOtherKind(current.kind, 'the report');
  refuseOtherKind(baseline.kind, 'the baseline');
  const differences = measuredOtherwise(current, baseline);
  assertComparable(current.cells, baseline.cells);
  if (differences.length === 0 || forced) return;
  throw new UsageError(
    'cannot compare with the baseline',
    `it was measured elsewhere or differently: ${differences.join(', ')}`,
    'make a baseline here and with the same options, or add --force to compare anyway',
  );
}

/** What makes a comparison doubtful, where one is made all the same. */
export function measuredOtherwise(
  current: Pick<Report, 'environment' | 'load'>,
  baseline: Pick<Report, 'environment' | 'load' | 'partial'>,
): readonly string[] {
  return [
    ...environmentDifferences(current.environment, baseline.environment),
    ...loadDifferences(current.load, baseline.load),
    ...(baseline.partial === true ? ['the baseline was interrupted'] : []),
  ];
}

function refuseOtherKind(kind: Report['kind'], which: string): void {
  if (kind === 'bench') return;
  throw new UsageError(
    'cannot compare with the baseline',
    `${which} is one of ${kind}, which holds no rounds to compare`,
    'compare reports of timer-notify bench',
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

/** How the load was made, how long, and with what; a value that one of them does not hold is no difference. */
export function loadDifferences(current: Load | undefined, other: Load | undefined): readonly string[] {
  const [here, there] = [loadSettings(current), loadSettings(other)];
  return differences(
    here,
    Object.fromEntries(Object.entries(here).map(([key, value]) => [key, there[key] ?? value])),
  );
}

function loadSettings(load: Load | undefined): Readonly<Record<string, string | number>> {
  if (load === undefined) return { load: 'none' };
  const { arrival, replySizeBytes, durationMs, count, warmUpMs, rounds, connections, patienceMs } = load;
  return {
    load: arrival.mode === 'open' ? `${arrival.ratePerS}/s` : `concurrency ${arrival.concurrency}`,
    'response size': replySizeBytes ?? 'small',
    duration: durationMs === null ? 'none' : `${durationMs} ms`,
    count: count ?? 'none',
    'warm-up': `${warmUpMs} ms`,
    rounds,
    connections: connections ?? 'as needed',
    ...(patienceMs === undefined ? {} : { patience: `${patienceMs} ms` }),
  };
}

/** How the trials of repro were made; a value that one of them does not hold is no difference. */
export function trialDifferences(current: Trials | undefined, other: Trials | undefined): readonly string[] {
  if (current === undefined || other === undefined) return [];
  return differences(trialSettings(current), trialSettings(other));
}

function trialSettings({
  runtime,
  count,
  afterMs,
  patienceMs,
  replySizeBytes,
}: Trials): Readonly<Record<string, string | number>> {
  return {
    runtime,
    count,
    after: `${afterMs} ms`,
    patience: `${patienceMs} ms`,
    'response size': replySizeBytes ?? 'small',
  };
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
