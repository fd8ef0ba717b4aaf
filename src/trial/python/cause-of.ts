import { causeOf } from '../../delivery/cause-of-outcome.ts';
import type { Cause } from '../../model/cause.ts';
import { hasNote, type NameCause, worstOf } from '../cause-of.ts';
import type { ObservedSpec } from '../trial.ts';
import type { TrialRecord } from '../trial-record.ts';

/** Why notifications of a Python trial did not arrive in time: the cause of the most frequent outcome. */
export const causeOfPython: NameCause = (spec, { record, end }, results) => {
  const worst = worstOf(results);
  if (worst === null) return null;
  if (worst.outcome === 'lost') {
    return hasNote(record, 'thread-ended') && end.kind !== 'exited' ? 'thread-exited' : 'process-exited';
  }
  const loopCause = causeOfStandstill(spec, record);
  if (worst.sendOutcome === null || worst.sendOutcome.status === 'timed-out')
    return loopCause ?? 'response-stalled';
  return worst.outcome === 'failed' ? causeOf(worst.sendOutcome) : loopCause;
};

function causeOfStandstill({ strategy }: ObservedSpec, record: TrialRecord): Cause | null {
  const isBridged = strategy === 'bridged' || strategy === 'bridged-blocking';
  if (hasNote(record, 'executor-saturated')) return 'threadpool-starved';
  if (hasNote(record, 'loop-stopped')) return 'loop-parked';
  if (hasNote(record, 'loop-blocked')) return 'loop-blocked';
  if (isBridged && hasNote(record, 'main-blocked')) return 'bridge-target-blocked';
  // On main's own loop the call waits for itself; in another thread, for a main that waits for it.
  const waitsForItself = hasNote(record, 'main-waiting') || strategy === 'bridged-blocking';
  return isBridged && waitsForItself ? 'bridge-deadlock' : null;
}
