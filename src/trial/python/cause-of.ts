import { causeOf } from '../../delivery/explain.ts';
import type { Cause } from '../../model/cause.ts';
import { type NameCause, worstOf } from '../cause-of.ts';
import type { ObservedSpec, PythonEvent, TrialEvent } from '../trial.ts';

/** Why notifications of a Python trial did not arrive in time: the cause of the most frequent outcome. */
export const causeOfPython: NameCause = (spec, { events, end }, results) => {
  const worst = worstOf(results);
  if (worst === null) return null;
  if (worst.outcome === 'lost') {
    return has(events, 'thread-ended') && end.kind !== 'exited' ? 'thread-exited' : 'process-exited';
  }
  const standing = causeOfStandstill(spec, events);
  if (worst.told === null || worst.told.status === 'timed-out') return standing ?? 'response-stalled';
  return worst.outcome === 'failed' ? causeOf(worst.told) : standing;
};

function causeOfStandstill({ strategy }: ObservedSpec, events: readonly TrialEvent[]): Cause | null {
  const isBridged = strategy === 'bridged' || strategy === 'bridged-blocking';
  if (has(events, 'executor-saturated')) return 'threadpool-starved';
  if (has(events, 'loop-stopped')) return 'loop-parked';
  if (has(events, 'loop-blocked')) return 'loop-blocked';
  if (isBridged && has(events, 'main-blocked')) return 'bridge-target-blocked';
  // On main's own loop the call waits for itself; in another thread, for a main that waits for it.
  const waitsForItself = has(events, 'main-waiting') || strategy === 'bridged-blocking';
  return isBridged && waitsForItself ? 'bridge-deadlock' : null;
}

function has(events: readonly TrialEvent[], note: PythonEvent['note']): boolean {
  return events.some((event) => event.kind === 'note' && event.note === note);
}
