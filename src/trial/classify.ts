import type { SendOutcome } from '../delivery/outcome.ts';
import type { Arrival } from '../emulator/emulator.ts';
import type { DeliveryPath } from '../model/names.ts';
import { type Observation, type ObservedSpec, type TrialEvent, timerIdOf } from './trial.ts';

/** What became of one notification. The server's record says whether it arrived; the sender's word never does. */
export type OutcomeName = 'delivered' | 'late' | 'failed' | 'hung' | 'lost';

export interface NotificationResult {
  readonly id: string;
  readonly path: DeliveryPath;
  readonly outcome: OutcomeName;
  /** From the intended time of sending to the first arrival, in ms; null when it never arrived. */
  readonly latencyMs: number | null;
  /** Arrivals beyond the first. */
  readonly duplicates: number;
  /** What the sender was told; null when it was told nothing. */
  readonly told: SendOutcome | null;
}

/** Classifies every notification that a trial was to send on one path. */
export function classify(
  spec: ObservedSpec,
  observation: Observation,
  path: DeliveryPath,
): NotificationResult[] {
  const arrivals = arrivalsById(observation.arrivals);
  const told = outcomesById(observation.events);
  const intended = intendedTimes(observation.events, path);
  const isGone = senderIsGone(observation, path);
  return Array.from({ length: spec.count }, (_, index) => {
    const timer = timerIdOf(spec, index);
    const id = `${timer}:${path}`;
    const seen = arrivals.get(id) ?? [];
    const intendedAtMs = intended(timer);
    const [first] = seen;
    const latencyMs = first === undefined || intendedAtMs === null ? null : first.atMs - intendedAtMs;
    const outcome = outcomeOf(latencyMs, spec.patienceMs, told.get(id) ?? null, isGone);
    return {
      id,
      path,
      outcome,
      latencyMs,
      duplicates: Math.max(0, seen.length - 1),
      told: told.get(id) ?? null,
    };
  });
}

export function outcomeOf(
  latencyMs: number | null,
  patienceMs: number,
  told: SendOutcome | null,
  isGone: boolean,
): OutcomeName {
  if (latencyMs !== null) return latencyMs <= patienceMs ? 'delivered' : 'late';
  if (told !== null && told.status !== 'delivered') return 'failed';
  return isGone ? 'lost' : 'hung';
}

function arrivalsById(arrivals: readonly Arrival[]): Map<string, Arrival[]> {
  const byId = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    if (arrival.id === null) continue;
    const known = byId.get(arrival.id);
    if (known === undefined) byId.set(arrival.id, [arrival]);
    else known.push(arrival);
  }
  return byId;
}

function outcomesById(events: readonly TrialEvent[]): Map<string, SendOutcome> {
  const byId = new Map<string, SendOutcome>();
  for (const event of events) {
    if (event.kind === 'outcome' || event.kind === 'settled') byId.set(event.id, event.outcome);
  }
  return byId;
}

/** A confirmation is meant to be sent when the timer is set, an expiry when it is due. */
function intendedTimes(events: readonly TrialEvent[], path: DeliveryPath): (timer: string) => number | null {
  if (path === 'expiry') {
    const started = events.find((event) => event.kind === 'timers-started');
    return () => started?.dueAtMs ?? null;
  }
  const setAt = new Map<string, number>();
  for (const event of events) if (event.kind === 'timer-set') setAt.set(event.id, event.atMs);
  return (timer) => setAt.get(timer) ?? null;
}

/** Whether the thread that was to send, or its process, ended before the trial had been watched to the end. */
export function senderIsGone(
  { events, end }: Pick<Observation, 'events' | 'end'>,
  path: DeliveryPath,
): boolean {
  if (end.kind === 'exited' || end.kind === 'crashed') return true;
  return path === 'expiry' && events.some(endsSender);
}

function endsSender(event: TrialEvent): boolean {
  switch (event.kind) {
    case 'sender-ended':
    case 'exiting':
    case 'terminating':
    case 'process-exiting':
      return true;
    case 'note':
      return event.note === 'thread-ended' || event.note === 'main-exiting';
    default:
      return false;
  }
}
