import { causeOf as causeOfSendOutcome } from '../delivery/cause-of-outcome.ts';
import type { Cause } from '../model/cause.ts';
import type { NotificationResult, OutcomeName } from './classify.ts';
import type { Observation } from './observation.ts';
import type { ObservedSpec } from './trial.ts';
import type { Moment, ProgramEvent, TrialRecord } from './trial-record.ts';

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
  { id, sendOutcome }: NotificationResult,
  spec: ObservedSpec,
  { record, end }: Observation,
): Cause | null {
  const starved = hasNote(record, 'starved');
  if (outcome === 'lost') {
    const processEnded =
      hasNote(record, 'process-exiting') ||
      (end.kind === 'exited' && !hasNote(record, 'exiting') && !hasNote(record, 'terminating'));
    return processEnded ? 'process-exited' : 'thread-exited';
  }
  if (outcome === 'failed' && sendOutcome !== null)
    return starved && sendOutcome.status === 'timed-out'
      ? 'threadpool-starved'
      : causeOfSendOutcome(sendOutcome);
  if (starved) return 'threadpool-starved';
  const stop = notesIn(record).find((note) => stopsLoop(note, record.of(id).called));
  if (stop === undefined) return record.called ? 'response-stalled' : 'never-requested';
  if (stop.note === 'parked') return 'loop-parked';
  return stop.thread === 'main' && spec.strategy === 'bridged' ? 'bridge-target-blocked' : 'loop-blocked';
}

/** A thread that was called after it had parked had come back from that. */
function stopsLoop({ note, thread, atMs }: Note, called: Moment | null): boolean {
  if (note === 'parked') return called === null || called.thread !== thread || called.atMs <= atMs;
  return note === 'blocked';
}

type Note = Extract<ProgramEvent, { kind: 'note' }>;

/** What happened to event loops and threads. */
function notesIn({ events }: TrialRecord): readonly Note[] {
  return events.filter((event) => event.kind === 'note');
}

export function hasNote(record: TrialRecord, name: Note['note']): boolean {
  return notesIn(record).some(({ note }) => note === name);
}

/** The distinct values, most frequent first. */
function ranked<Value>(values: readonly Value[]): Value[] {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}
