import type { SendOutcome } from '../delivery/outcome.ts';
import { LatencyHistogram } from '../measure/histogram.ts';
import type { Cause } from '../model/cause.ts';
import type { Cell } from '../model/cell.ts';
import type { DeliveryPath } from '../model/names.ts';
import { causeOf, type NameCause } from './cause-of.ts';
import { classify, type NotificationResult, type OutcomeName } from './classify.ts';
import type { Observation, ObservedTrial } from './observation.ts';

/** What every trial has measured on one path; a load measures more. */
export function countedCell(
  { spec, fault, observation }: ObservedTrial,
  path: DeliveryPath,
  results: readonly NotificationResult[],
  cause: Cause | null,
): Omit<Cell, 'latencyMs' | 'throughputPerS' | 'connections'> {
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
    errors: errorsOf(results, observation),
    cause,
    expected: null,
    skipped: null,
  };
}

/** One path of one trial as a report's cell; `nameCause` knows the trial's runtime. */
export function toCell(trial: ObservedTrial, path: DeliveryPath, nameCause: NameCause = causeOf): Cell {
  const { spec, observation } = trial;
  const results = classify(spec, observation, path);
  return {
    ...countedCell(trial, path, results, nameCause(spec, observation, results, trial.fault)),
    latencyMs: LatencyHistogram.of(results.flatMap(({ latencyMs }) => latencyMs ?? [])).summary(),
    throughputPerS: null,
    connections: new Set(
      observation.arrivals.filter((arrival) => arrival.path === path).map(({ connection }) => connection),
    ).size,
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

function errorsOf(results: readonly NotificationResult[], { end }: Observation): Cell['errors'] {
  const counts = new Map<string, number>();
  for (const { sendOutcome } of results) {
    const code = codeOf(sendOutcome);
    if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  if (end.kind === 'crashed') counts.set('trial-crashed', 1);
  return [...counts.entries()].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}

function codeOf(sendOutcome: SendOutcome | null): string | null {
  if (sendOutcome === null || sendOutcome.status === 'delivered') return null;
  return sendOutcome.status === 'failed' ? sendOutcome.code : 'timed-out';
}
