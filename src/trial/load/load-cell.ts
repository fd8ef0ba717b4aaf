import type { SendOutcome } from '../../delivery/outcome.ts';
import { LatencyHistogram } from '../../measure/histogram.ts';
import type { Cell, Resources, Round, ThreadUse } from '../../model/cell.ts';
import { causeOf } from '../cause-of.ts';
import { type NotificationResult, type OutcomeName, outcomeOf, senderIsGone } from '../classify.ts';
import type { Observation, TrialSpec } from '../trial.ts';
import type { LoadRecord, Usage } from './load-record.ts';
import type { LoadObservation } from './run-load.ts';
import { scheduleOf, type TrialLoad, timerIndexOf } from './trial-load.ts';

export interface Measured extends NotificationResult {
  readonly dueAtMs: number;
  /** When the server had answered, or at least received it. */
  readonly doneAtMs: number | null;
}

/** What one trial under load has measured, as a cell of one round. */
export function toLoadCell(
  { spec, load, fault }: { spec: TrialSpec; load: TrialLoad; fault: string | null },
  observation: LoadObservation,
  roundNumber: number,
): Cell {
  const { record, stats, end } = observation;
  const results = measuredOf(spec, load, observation);
  const count = (name: OutcomeName) => results.filter(({ outcome }) => outcome === name).length;
  const [sent, delivered] = [results.length, count('delivered')];
  const histogram = LatencyHistogram.of(results.flatMap(latencyOf));
  const latencyMs = histogram.summary();
  const completionRate = sent === 0 ? 0 : delivered / sent;
  const throughputPerS = throughputOf(results);
  const round: Round = {
    number: roundNumber,
    sent,
    delivered,
    completionRate,
    latencyMs,
    throughputPerS,
    offeredPerS: offeredOf(load, record, results),
  };
  return {
    path: load.path,
    context: spec.context,
    strategy: spec.strategy,
    fault,
    sent,
    delivered,
    late: count('late'),
    failed: count('failed'),
    hung: count('hung'),
    lost: count('lost'),
    duplicates: results.reduce((sum, { duplicates }) => sum + duplicates, 0),
    completionRate,
    latencyMs,
    throughputPerS,
    connections: stats.connections,
    errors: errorsOf(results, end),
    cause: causeOf(spec, asObservation(observation), results),
    expected: null,
    skipped: null,
    histogram: histogram.encode(),
    rounds: [round],
    resources: resourcesOf(observation),
  };
}

/** The notifications that count: those after the warm-up, and of a closed loop those that the warm-up left behind. */
export function measuredOf(spec: TrialSpec, load: TrialLoad, observation: LoadObservation): Measured[] {
  const { record } = observation;
  const gone = senderIsGone({ events: record.events, end: observation.end }, load.path);
  const arrivals = arrivalsByIndex(observation);
  return measuredIndexes(load, record, arrivals).flatMap((index) => {
    const dueAtMs = record.dueAtMs(index);
    if (dueAtMs === null) return [];
    const [first, ...others] = arrivals.get(index) ?? [];
    const told = record.told.get(index) ?? null;
    const latencyMs = first === undefined ? null : first.atMs - dueAtMs;
    return [
      {
        id: `timer-${index + 1}:${load.path}`,
        path: load.path,
        outcome: outcomeOf(latencyMs, spec.patienceMs, told?.outcome ?? null, gone),
        latencyMs,
        duplicates: others.length,
        told: told?.outcome ?? null,
        dueAtMs,
        doneAtMs: first === undefined ? null : (first.answeredAtMs ?? first.atMs),
      },
    ];
  });
}

interface Arrived {
  readonly atMs: number;
  readonly answeredAtMs: number | null;
}

function arrivalsByIndex({
  arrivals,
  answeredAtMs,
}: LoadObservation): ReadonlyMap<number, readonly Arrived[]> {
  const byIndex = new Map<number, Arrived[]>();
  for (const [place, { id, atMs }] of arrivals.entries()) {
    if (id === null) continue;
    const index = timerIndexOf(id);
    const arrived = { atMs, answeredAtMs: answeredAtMs.get(place) ?? null };
    const known = byIndex.get(index);
    if (known === undefined) byIndex.set(index, [arrived]);
    else known.push(arrived);
  }
  return byIndex;
}

function measuredIndexes(
  load: TrialLoad,
  record: LoadRecord,
  arrivals: ReadonlyMap<number, readonly Arrived[]>,
): number[] {
  const schedule = scheduleOf(load);
  if (schedule !== null) {
    return Array.from({ length: schedule.measured }, (_, index) => schedule.warmUps + index);
  }
  const warmUntilMs = (record.startAtMs ?? 0) + load.warmUpMs;
  return [...record.due].flatMap(([index, dueAtMs]) => {
    const settledAtMs = arrivals.get(index)?.[0]?.atMs ?? record.told.get(index)?.atMs ?? null;
    return dueAtMs >= warmUntilMs || settledAtMs === null || settledAtMs > warmUntilMs ? [index] : [];
  });
}

function latencyOf({ doneAtMs, dueAtMs }: Measured): number[] {
  return doneAtMs === null ? [] : [doneAtMs - dueAtMs];
}

/** Delivered a second, from the first that was due to the last that was done. */
function throughputOf(results: readonly Measured[]): number | null {
  const done = results.filter(({ outcome }) => outcome === 'delivered');
  if (done.length < 2) return null;
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { dueAtMs, doneAtMs } of done) {
    from = Math.min(from, dueAtMs);
    to = Math.max(to, doneAtMs ?? 0);
  }
  return to <= from ? null : (done.length / (to - from)) * 1000;
}

/** How many calls a second the sender made of those that were due: less than asked when it can't keep up. */
function offeredOf(load: TrialLoad, { calledAtMs }: LoadRecord, results: readonly Measured[]): number {
  const calls = results.flatMap(({ id, dueAtMs }) => {
    const atMs = calledAtMs.get(timerIndexOf(id));
    return atMs === undefined ? [] : [{ atMs, dueAtMs }];
  });
  const [first] = calls;
  if (first === undefined) return 0;
  const intervalMs = scheduleOf(load)?.intervalMs ?? 0;
  const plannedMs = calls.length * intervalMs;
  let lastAtMs = 0;
  for (const { atMs } of calls) lastAtMs = Math.max(lastAtMs, atMs);
  const lateMs = Math.max(0, lastAtMs - (first.dueAtMs + plannedMs));
  const tookMs = intervalMs === 0 ? Math.max(1, lastAtMs - first.dueAtMs) : plannedMs + lateMs;
  return (calls.length / tookMs) * 1000;
}

function errorsOf(results: readonly Measured[], end: LoadObservation['end']): Cell['errors'] {
  const counts = new Map<string, number>();
  for (const { told } of results) {
    const code = codeOf(told);
    if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  if (end.kind === 'crashed') counts.set('trial-crashed', 1);
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}

function codeOf(told: SendOutcome | null): string | null {
  if (told === null || told.status === 'delivered') return null;
  return told.status === 'failed' ? told.code : 'timed-out';
}

/** As the rules of causes expect it. */
function asObservation({ record, arrivals, end }: LoadObservation): Observation {
  const [call] = record.calledAtMs;
  const calling =
    call === undefined
      ? []
      : [
          {
            kind: 'calling' as const,
            id: `timer-${call[0] + 1}`,
            path: 'expiry' as const,
            thread: '',
            atMs: call[1],
          },
        ];
  return { arrivals, events: [...record.events, ...calling], end };
}

function resourcesOf({ record, stats, emulatorUtilization, leakedSockets }: LoadObservation): Resources {
  const [first, last] = [record.usages[0], record.usages.at(-1)];
  return {
    cpuMs: first === undefined || last === undefined ? 0 : last.cpuMs - first.cpuMs,
    peakRssBytes: last?.peakRssBytes ?? 0,
    requestsPerConnection: stats.connections === 0 ? null : stats.requests / stats.connections,
    leakedSockets,
    threads: first === undefined || last === undefined ? [] : utilizations(first, last),
    emulatorUtilization,
  };
}

function utilizations(first: Usage, last: Usage): ThreadUse[] {
  return last.threads.flatMap(({ name, activeMs, idleMs }) => {
    const before = first.threads.find((thread) => thread.name === name);
    const active = activeMs - (before?.activeMs ?? 0);
    const total = active + idleMs - (before?.idleMs ?? 0);
    return total <= 0 ? [] : [{ name, utilization: Math.min(1, Math.max(0, active / total)) }];
  });
}
