import { UsageError } from '../errors.ts';
import type { Cell, LatencySummary, Resources, Round, ThreadUse } from '../model/cell.ts';
import { cellName } from './figures.ts';
import { LatencyHistogram } from './histogram.ts';

/** One cell for each name, holding what all cells of that name have measured. */
export function mergeCells(cells: readonly Cell[]): readonly Cell[] {
  const merged = new Map<string, Cell>();
  for (const cell of cells) {
    const name = cellName(cell);
    const known = merged.get(name);
    merged.set(name, known === undefined ? cell : mergeTwo(known, cell));
  }
  return [...merged.values()];
}

/** @throws UsageError when a cell's percentiles can't be merged because it holds no histogram. */
function mergeTwo(a: Cell, b: Cell): Cell {
  if (a.skipped !== null) return b;
  if (b.skipped !== null) return a;
  const sent = a.sent + b.sent;
  const delivered = a.delivered + b.delivered;
  const rounds = [...(a.rounds ?? []), ...(b.rounds ?? [])].sort((x, y) => x.number - y.number);
  const resources = mergeResources(a, b);
  return {
    ...a,
    sent,
    delivered,
    late: a.late + b.late,
    failed: a.failed + b.failed,
    hung: a.hung + b.hung,
    lost: a.lost + b.lost,
    duplicates: a.duplicates + b.duplicates,
    completionRate: sent === 0 ? 0 : delivered / sent,
    ...mergeLatency(a, b),
    throughputPerS: meanThroughput(rounds),
    connections: a.connections + b.connections,
    errors: mergeErrors([...a.errors, ...b.errors]),
    cause: a.cause === null || a.cause === 'healthy' ? b.cause : a.cause,
    expected: a.expected === false || b.expected === false ? false : (a.expected ?? b.expected),
    rounds,
    ...(resources === undefined ? {} : { resources }),
  };
}

function mergeLatency(a: Cell, b: Cell): Pick<Cell, 'latencyMs' | 'histogram'> {
  const merged = histogramOf(a);
  merged.add(histogramOf(b));
  return { latencyMs: merged.summary(), histogram: merged.encode() };
}

/** The latencies of a cell, whole. */
export function histogramOf(cell: Cell): LatencyHistogram {
  if (cell.latencyMs === null) return LatencyHistogram.empty();
  const why =
    cell.histogram === undefined
      ? 'its report holds percentiles only, and percentiles of parts give no percentile of the whole'
      : "its report's histogram can't be read";
  const histogram = decoded(cell.histogram, cell.latencyMs);
  if (histogram !== null) return histogram;
  throw new UsageError(`cannot merge ${cellName(cell)}`, why, 'merge reports of timer-notify bench');
}

function decoded(encoded: string | undefined, summary: LatencySummary): LatencyHistogram | null {
  try {
    return encoded === undefined ? null : LatencyHistogram.decode(encoded, summary);
  } catch {
    return null;
  }
}

/** Of a cell: the mean of its rounds, each of which ran on its own. */
export function meanThroughput(rounds: readonly Round[]): number | null {
  const figures = rounds.flatMap(({ throughputPerS }) => throughputPerS ?? []);
  return figures.length === 0 ? null : figures.reduce((sum, value) => sum + value, 0) / figures.length;
}

function mergeErrors(errors: Cell['errors']): Cell['errors'] {
  const counts = new Map<string, number>();
  for (const { code, count } of errors) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}

function mergeResources(a: Cell, b: Cell): Resources | undefined {
  const [x, y] = [a.resources, b.resources];
  if (x === undefined || y === undefined) return x ?? y;
  const connections = a.connections + b.connections;
  return {
    cpuMs: x.cpuMs + y.cpuMs,
    peakRssBytes: Math.max(x.peakRssBytes, y.peakRssBytes),
    requestsPerConnection:
      connections === 0
        ? null
        : ((x.requestsPerConnection ?? 0) * a.connections + (y.requestsPerConnection ?? 0) * b.connections) /
          connections,
    leakedSockets:
      x.leakedSockets === null || y.leakedSockets === null
        ? (x.leakedSockets ?? y.leakedSockets)
        : x.leakedSockets + y.leakedSockets,
    threads: meanUse([x.threads, y.threads], [a.rounds?.length ?? 1, b.rounds?.length ?? 1]),
    emulatorUtilization:
      x.emulatorUtilization === null
        ? y.emulatorUtilization
        : Math.max(x.emulatorUtilization, y.emulatorUtilization ?? 0),
  };
}

/** Mean utilization of each thread, weighted by the rounds that it was seen in. */
function meanUse(parts: readonly (readonly ThreadUse[])[], weights: readonly number[]): readonly ThreadUse[] {
  const sums = new Map<string, { weighted: number; weight: number }>();
  for (const [index, threads] of parts.entries()) {
    const weight = weights[index] ?? 1;
    for (const { name, utilization } of threads) {
      const sum = sums.get(name) ?? { weighted: 0, weight: 0 };
      sums.set(name, { weighted: sum.weighted + utilization * weight, weight: sum.weight + weight });
    }
  }
  return [...sums].map(([name, { weighted, weight }]) => ({ name, utilization: weighted / weight }));
}
