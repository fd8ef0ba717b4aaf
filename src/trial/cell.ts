import { LatencyHistogram } from '../measure/histogram.ts';
import type { Cell } from '../model/cell.ts';
import type { DeliveryPath } from '../model/names.ts';
import { causeOf, type NameCause } from './cause-of.ts';
import { classify, type NotificationResult, type OutcomeName } from './classify.ts';
import type { ObservedTrial } from './trial.ts';

/** One path of one trial as a report's cell; `nameCause` knows the trial's runtime. */
export function toCell(
  { spec, fault, observation }: ObservedTrial,
  path: DeliveryPath,
  nameCause: NameCause = causeOf,
): Cell {
  const results = classify(spec, observation, path);
  const count = (name: OutcomeName) => results.filter(({ outcome }) => outcome === name).length;
  const delivered = count('delivered');
  return {
    path,
    context: spec.context,
    strategy: spec.strategy,
    fault,
    sent: results.length,
    delivered,
    late: count('late'),
    failed: count('failed'),
    hung: count('hung'),
    lost: count('lost'),
    duplicates: results.reduce((sum, { duplicates }) => sum + duplicates, 0),
    completionRate: results.length === 0 ? 0 : delivered / results.length,
    latencyMs: latencyOf(results).summary(),
    throughputPerS: null,
    connections: new Set(arrivalsOf(observation.arrivals, path)).size,
    errors: errorsOf(results, observation),
    cause: nameCause(spec, observation, results),
    expected: null,
    skipped: null,
  };
}

/** A cell that was not run, and why. */
export function skippedCell(
  cell: Pick<Cell, 'path' | 'context' | 'strategy' | 'fault'>,
  reason: string,
): Cell {
  return {
    ...cell,
    sent: 0,
    delivered: 0,
    late: 0,
    failed: 0,
    hung: 0,
    lost: 0,
    duplicates: 0,
    completionRate: 0,
    latencyMs: null,
    throughputPerS: null,
    connections: 0,
    errors: [],
    cause: null,
    expected: null,
    skipped: reason,
  };
}

function latencyOf(results: readonly NotificationResult[]): LatencyHistogram {
  const histogram = LatencyHistogram.empty();
  for (const { latencyMs } of results) if (latencyMs !== null) histogram.record(latencyMs);
  return histogram;
}

function arrivalsOf(arrivals: ObservedTrial['observation']['arrivals'], path: DeliveryPath): number[] {
  return arrivals.filter((arrival) => arrival.path === path).map(({ connection }) => connection);
}

function errorsOf(
  results: readonly NotificationResult[],
  { end }: ObservedTrial['observation'],
): Cell['errors'] {
  const counts = new Map<string, number>();
  for (const { told } of results) {
    const code =
      told === null || told.status === 'delivered'
        ? null
        : told.status === 'failed'
          ? told.code
          : 'timed-out';
    if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  if (end.kind === 'crashed') counts.set('trial-crashed', 1);
  return [...counts.entries()].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}
