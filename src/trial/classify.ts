import type { SendOutcome } from '../delivery/outcome.ts';
import type { DeliveryPath } from '../model/names.ts';
import type { Observation } from './observation.ts';
import { type ObservedSpec, timerIdOf } from './trial.ts';
import { timerPlan } from './trial-plan.ts';
import type { ProgramEvent } from './trial-record.ts';

/** What became of one notification. The server's record says whether it arrived; the sender's word never does. */
export type OutcomeName = 'delivered' | 'late' | 'failed' | 'hung' | 'lost';

export interface NotificationResult {
  readonly id: string;
  readonly path: DeliveryPath;
  readonly outcome: OutcomeName;
  /** From the intended time of sending to the first arrival, in ms; null when it never arrived. */
  readonly latencyMs: number | null;
  /** The same to the server's response, where that is known. */
  readonly answeredMs: number | null;
  /** Arrivals beyond the first. */
  readonly duplicates: number;
  /** What was learned by the sender, or by who made the request for it; null where that is nothing. */
  readonly sendOutcome: SendOutcome | null;
}

/** Classifies every notification of the timers that expired at once. */
export function classify(
  spec: ObservedSpec,
  observation: Observation,
  path: DeliveryPath,
): NotificationResult[] {
  const { dueAtMs } = timerPlan(spec, observation.record);
  const resultOf = classifier(spec.patienceMs, observation, path);
  return Array.from({ length: spec.count }, (_, index) => {
    const id = `${timerIdOf(spec, index)}:${path}`;
    return resultOf(id, dueAtMs(id));
  });
}

/** Says of each notification of a path, by the time at which it was due, what became of it. */
export function classifier(
  patienceMs: number,
  observation: Observation,
  path: DeliveryPath,
): (id: string, dueAtMs: number | null) => NotificationResult {
  const arrivals = arrivalsById(observation);
  const isGone = senderIsGone(observation, path);
  return (id, dueAtMs) => {
    const seen = arrivals.get(id) ?? [];
    const [first] = seen;
    const since = (atMs: number | null | undefined) =>
      atMs === undefined || atMs === null || dueAtMs === null ? null : atMs - dueAtMs;
    const latencyMs = since(first?.atMs);
    const sendOutcome = observation.record.of(id).lastOutcome?.outcome ?? null;
    return {
      id,
      path,
      outcome: outcomeOf(latencyMs, patienceMs, sendOutcome, isGone),
      latencyMs,
      answeredMs: since(first?.answeredAtMs),
      duplicates: Math.max(0, seen.length - 1),
      sendOutcome,
    };
  };
}

function outcomeOf(
  latencyMs: number | null,
  patienceMs: number,
  sendOutcome: SendOutcome | null,
  isGone: boolean,
): OutcomeName {
  if (latencyMs !== null) return latencyMs <= patienceMs ? 'delivered' : 'late';
  if (sendOutcome !== null && sendOutcome.status !== 'delivered') return 'failed';
  return isGone ? 'lost' : 'hung';
}

interface Arrived {
  readonly atMs: number;
  readonly answeredAtMs: number | null;
}

function arrivalsById({ arrivals, answeredAtMs }: Observation): ReadonlyMap<string, readonly Arrived[]> {
  const byId = new Map<string, Arrived[]>();
  for (const [place, { id, atMs }] of arrivals.entries()) {
    if (id === null) continue;
    const arrived = { atMs, answeredAtMs: answeredAtMs.get(place) ?? null };
    const known = byId.get(id);
    if (known === undefined) byId.set(id, [arrived]);
    else known.push(arrived);
  }
  return byId;
}

/** Whether the thread that was to send, or its process, ended before the trial had been watched to the end. */
function senderIsGone({ record, end }: Observation, path: DeliveryPath): boolean {
  if (end.kind === 'exited' || end.kind === 'crashed') return true;
  return path === 'expiry' && record.events.some(endsSender);
}

const endings: ReadonlySet<string> = new Set<Extract<ProgramEvent, { kind: 'note' }>['note']>([
  'exiting',
  'terminating',
  'process-exiting',
  'thread-ended',
  'main-exiting',
]);

function endsSender(event: ProgramEvent): boolean {
  return event.kind === 'sender-ended' || (event.kind === 'note' && endings.has(event.note));
}
