import { causeOf as causeOfSendOutcome } from '../delivery/cause-of-outcome.ts';
import type { Cause } from '../model/cause.ts';
import type { NotificationResult, OutcomeName } from './classify.ts';
import type { Observation } from './observation.ts';
import type { ObservedSpec } from './trial.ts';
import type { Moment, ProgramEvent, TrialRecord } from './trial-record.ts';

/** Why notifications of a cell did not arrive in time; null where all did, or where it was not seen. */
export type NameCause = (
  spec: ObservedSpec,
  observation: Observation,
  results: readonly NotificationResult[],
  fault: string | null,
) => Cause | null;

/** The cause of the most frequent outcome. */
export const causeOf: NameCause = (spec, observation, results) => {
  const worst = worstOf(results);
  return worst === null ? null : causeOfOutcome(worst.outcome, worst, spec, observation);
};

/**
 * The same at the emulator, which answers everything at once unless it was given a fault: what waits for its answer all
 * the same waits for the machine.
 */
export const causeAtEmulator: NameCause = (spec, observation, results, fault) => {
  const cause = causeOf(spec, observation, results, fault);
  if (cause === 'bridge-target-blocked')
    return notesIn(observation.record).some(({ note, thread }) => note === 'blocked' && thread === 'main')
      ? cause
      : null;
  return fault === null && stalls.has(cause) ? null : cause;
};

const stalls: ReadonlySet<Cause | null> = new Set<Cause>([
  'connect-stalled',
  'response-stalled',
  'body-stalled',
]);

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
  const stop = notesIn(record).find((note) => stopsLoopOf(note, spec, record, record.of(id).called));
  if (stop === undefined) return record.called ? 'response-stalled' : 'never-requested';
  if (stop.note === 'parked') return 'loop-parked';
  return stop.thread === 'main' && spec.strategy === 'bridged' ? 'bridge-target-blocked' : 'loop-blocked';
}

/** Whether it stopped the loop on which the notification's request was to be made. */
function stopsLoopOf(note: Note, spec: ObservedSpec, record: TrialRecord, called: Moment | null): boolean {
  if (note.note !== 'parked' && note.note !== 'blocked') return false;
  // A thread that made a call after it had parked had come back from that.
  if (called === null) return note.note === 'blocked' || note.atMs >= record.lastCallAtMs;
  if (note.note === 'parked' && note.atMs < called.atMs) return false;
  switch (spec.strategy) {
    case 'shared-pool':
    case 'adaptive':
      return false;
    case 'bridged':
      return note.thread === 'main';
    default:
      return called.thread === null ? note.thread !== 'main' : note.thread === called.thread;
  }
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
