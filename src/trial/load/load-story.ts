import type { Timeline } from '../../model/story.ts';
import { timelineOf } from '../timeline.ts';
import type { TrialEvent, TrialSpec } from '../trial.ts';
import { measuredOf } from './load-cell.ts';
import type { LoadObservation } from './run-load.ts';
import { type TrialLoad, timerIndexOf } from './trial-load.ts';

/** What happened to the first notification of a trial that did not arrive in time; null where all did. */
export function storyOf(spec: TrialSpec, load: TrialLoad, observation: LoadObservation): Timeline | null {
  const missing = measuredOf(spec, load, observation).find(({ outcome }) => outcome !== 'delivered');
  if (missing === undefined) return null;
  const { record, end } = observation;
  const { path } = load;
  const index = timerIndexOf(missing.id);
  const calledAtMs = record.calledAtMs.get(index);
  const told = record.told.get(index);
  const [id, notification, thread] = [
    'timer-1',
    `timer-1:${path}`,
    spec.context === 'main' ? 'main' : 'the sender',
  ];
  const events: TrialEvent[] = [
    { kind: 'timer-set', id, atMs: missing.dueAtMs },
    { kind: 'timers-started', count: 1, dueAtMs: missing.dueAtMs, atMs: missing.dueAtMs },
    ...(calledAtMs === undefined
      ? []
      : [
          { kind: 'expired' as const, id, thread, lateByMs: calledAtMs - missing.dueAtMs, atMs: calledAtMs },
          { kind: 'calling' as const, id: notification, path, thread, atMs: calledAtMs },
        ]),
    ...record.events.map((event) => ({ ...event, atMs: Math.max(event.atMs, calledAtMs ?? event.atMs) })),
    ...(told === undefined || told.outcome === null
      ? []
      : [
          {
            kind: 'outcome' as const,
            id: notification,
            path,
            thread,
            outcome: told.outcome,
            atMs: told.atMs,
          },
        ]),
  ];
  const arrivals = observation.arrivals
    .filter((arrival) => arrival.id === missing.id)
    .map((arrival) => ({ ...arrival, id: notification }));
  return timelineOf(
    { spec: { ...spec, count: 1 }, fault: null, observation: { arrivals, events, end } },
    path,
  );
}
