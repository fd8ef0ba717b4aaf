import { showCount, showPercent, showPerSecond } from '../measure/figures.ts';
import { type MetricUnit, metrics } from '../measure/metrics.ts';
import { parseThreshold } from '../measure/threshold.ts';
import type { ThresholdResult } from '../model/cell.ts';
import { showMs } from '../time/show-ms.ts';

/** What became of one threshold over all the cells it judges. */
export interface Judgement {
  readonly expr: string;
  readonly passed: boolean;
  readonly cells: number;
  readonly failed: number;
  /** The result on the wrong side of the limit by most, or nearest to it. */
  readonly worst: ThresholdResult;
}

/** One judgement a threshold, in the order they were given. */
export function judgements(results: readonly ThresholdResult[]): readonly Judgement[] {
  const judged = new Map<string, Judgement>();
  for (const result of results) judged.set(result.expr, include(judged.get(result.expr), result));
  return [...judged.values()];
}

function include(judgement: Judgement | undefined, result: ThresholdResult): Judgement {
  const failed = result.passed ? 0 : 1;
  if (judgement === undefined) {
    return { expr: result.expr, passed: result.passed, cells: 1, failed, worst: result };
  }
  return {
    expr: result.expr,
    passed: judgement.passed && result.passed,
    cells: judgement.cells + 1,
    failed: judgement.failed + failed,
    worst: badness(result) > badness(judgement.worst) ? result : judgement.worst,
  };
}

function badness({ expr, actual }: ThresholdResult): number {
  if (actual === null) return Number.POSITIVE_INFINITY;
  const { operator, limit } = parseThreshold(expr);
  if (operator === '==') return Math.abs(actual - limit);
  return operator.startsWith('<') ? actual - limit : limit - actual;
}

const showIn: Readonly<Record<MetricUnit, (value: number) => string>> = {
  ms: showMs,
  rate: showPercent,
  'per-second': showPerSecond,
  count: showCount,
};

/** The measured figure in its metric's unit; `no sample` where nothing answered it. */
export function showActual({ expr, actual }: Pick<ThresholdResult, 'expr' | 'actual'>): string {
  return actual === null ? 'no sample' : showIn[parseThreshold(expr).metric.unit](actual);
}

/** A figure in the unit of the metric of this name. */
export function showFigure(metricName: string, value: number): string {
  const metric = metrics.find(({ name }) => name === metricName);
  return metric === undefined ? String(value) : showIn[metric.unit](value);
}
