import type { Cell, LatencySummary } from '../model/cell.ts';

export type MetricUnit = 'rate' | 'ms' | 'per-second' | 'count';

/** A figure of a cell that a threshold can judge. */
export interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  /** Null where the cell has no sample that answers. */
  read(cell: Cell): number | null;
}

const latencyMetric = (name: string, key: keyof LatencySummary): Metric => ({
  name,
  unit: 'ms',
  read: (cell) => cell.latencyMs?.[key] ?? null,
});

const countMetric = (name: 'late' | 'failed' | 'hung' | 'lost' | 'duplicates'): Metric => ({
  name,
  unit: 'count',
  read: (cell) => (cell.sent === 0 ? null : cell[name]),
});

export const metrics: readonly Metric[] = [
  {
    name: 'completion',
    unit: 'rate',
    read: (cell) => (cell.sent === 0 ? null : cell.completionRate),
  },
  { name: 'throughput', unit: 'per-second', read: (cell) => cell.throughputPerS },
  latencyMetric('min', 'min'),
  latencyMetric('mean', 'mean'),
  latencyMetric('p50', 'p50'),
  latencyMetric('p90', 'p90'),
  latencyMetric('p99', 'p99'),
  latencyMetric('p99.9', 'p999'),
  latencyMetric('p999', 'p999'),
  latencyMetric('max', 'max'),
  countMetric('late'),
  countMetric('failed'),
  countMetric('hung'),
  countMetric('lost'),
  countMetric('duplicates'),
];
