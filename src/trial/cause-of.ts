import { causeOf as causeOfTold } from '../delivery/explain.ts';
import type { Cause } from '../model/cause.ts';
import type { NotificationResult, OutcomeName } from './classify.ts';
import type { Observation, ObservedSpec, TrialEvent } from './trial.ts';

/** Why notifications of a cell did not arrive in time; null where all did. */
export type NameCause = (
  spec: ObservedSpec,
  observation: Observation,
  results: readonly NotificationResult[],
) => Cause | null;

/** The cause of the most frequent outcome. */
export const causeOf: NameCause = (spec, observation, results) => {
  const worst = worstOf(results);
  return worst === null ? null : causeOfOutcome(worst.outcome, worst, spec, observation);
};

/** An example of the most frequent outcome among those that did not arrive in time; null where all did. */
export function worstOf(results: readonly NotificationResult[]): NotificationResult | null {
  const missing = results.filter(({ outcome }) => outcome !== 'delivered');
  const [worst] = ranked(missing.map(({ outcome }) => outcome));
  return missing.find(({ outcome }) => outcome === worst) ?? null;
}

function causeOfOutcome(
  outcome: OutcomeName,
  { told }: NotificationResult,
  spec: ObservedSpec,
  { events, end }: Observation,
): Cause | null {
  const happened = (kind: TrialEvent['kind']) => events.some((event) => event.kind === kind);
  if (outcome === 'lost') {
    const processEnded =
      happened('process-exiting') ||
      (end.kind === 'exited' && !happened('exiting') && !happened('terminating'));
    return processEnded ? 'process-exited' : 'thread-exited';
  }
  if (outcome === 'failed' && told !== null)
    return happened('starved') && told.status === 'timed-out' ? 'threadpool-starved' : causeOfTold(told);
  if (happened('starved')) return 'threadpool-starved';
  const standing = events.find((event) => event.kind === 'blocked' || event.kind === 'parked');
  if (standing === undefined)
    return events.some(({ kind }) => kind === 'calling') ? 'response-stalled' : 'never-requested';
  if (standing.kind === 'parked') return 'loop-parked';
  return standing.thread === 'main' && spec.strategy === 'bridged' ? 'bridge-target-blocked' : 'loop-blocked';
}

/** The distinct values, most frequent first. */
function ranked<Value>(values: readonly Value[]): Value[] {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}
