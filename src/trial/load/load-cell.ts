import { LatencyHistogram } from '../../measure/histogram.ts';
import type { Cell, Resources, Round, ThreadUse } from '../../model/cell.ts';
import { causeAtEmulator } from '../cause-of.ts';
import { countedCell } from '../cell.ts';
import { classifier, type NotificationResult } from '../classify.ts';
import { type TrialSpec, timerIdOf } from '../trial.ts';
import type { TrialRecord } from '../trial-record.ts';
import type { LoadObservation } from './load-trial.ts';
import { scheduleOf, type TrialLoad } from './trial-load.ts';

export interface Measured extends NotificationResult {
  readonly dueAtMs: number;
}

/** What one trial under load has measured, as a cell of one round. */
export function toLoadCell(
  { spec, load, fault }: { spec: TrialSpec; load: TrialLoad; fault: string | null },
  observation: LoadObservation,
  roundNumber: number,
): Cell {
  const results = measuredOf(spec, load, observation);
  const counted = countedCell(
    { spec, fault, observation },
    load.path,
    results,
    causeAtEmulator(spec, observation, results, fault),
  );
  const histogram = LatencyHistogram.of(results.flatMap((result) => doneMs(result) ?? []));
  const figures = { latencyMs: histogram.summary(), throughputPerS: throughputOf(load, results) };
  const { sent, delivered, completionRate } = counted;
  const round: Round = {
    number: roundNumber,
    sent,
    delivered,
    completionRate,
    ...figures,
    offeredPerS: offeredOf(load, observation.record, results),
  };
  return {
    ...counted,
    ...figures,
    connections: observation.stats.connections,
    histogram: histogram.encode(),
    rounds: [round],
    resources: resourcesOf(observation),
  };
}

/** The notifications that count: those after the warm-up, and of a closed loop those that the warm-up left behind. */
export function measuredOf(spec: TrialSpec, load: TrialLoad, observation: LoadObservation): Measured[] {
  const { plan } = observation;
  const resultOf = classifier(spec.patienceMs, observation, load.path);
  return measuredIds(spec, load, observation).flatMap((id) => {
    const dueAtMs = plan.dueAtMs(id);
    return dueAtMs === null ? [] : [{ ...resultOf(id, dueAtMs), dueAtMs }];
  });
}

function measuredIds(spec: TrialSpec, load: TrialLoad, { record, arrivals }: LoadObservation): string[] {
  const schedule = scheduleOf(load);
  if (schedule !== null) {
    return Array.from(
      { length: schedule.measured },
      (_, index) => `${timerIdOf(spec, schedule.warmUps + index)}:${load.path}`,
    );
  }
  const warmUntilMs = (record.startAtMs ?? 0) + load.warmUpMs;
  const arrivedAtMs = new Map<string, number>();
  for (const { id, atMs } of arrivals) if (id !== null && !arrivedAtMs.has(id)) arrivedAtMs.set(id, atMs);
  const afterwards: string[] = [];
  const leftBehind: string[] = [];
  for (const [id, { dueAtMs, called, lastOutcome }] of record.notifications) {
    const settledAtMs = arrivedAtMs.get(id) ?? lastOutcome?.atMs ?? null;
    if ((dueAtMs ?? called?.atMs ?? 0) >= warmUntilMs) afterwards.push(id);
    else if (settledAtMs === null || settledAtMs > warmUntilMs) leftBehind.push(id);
  }
  // Where nothing follows a warm-up that hangs, what hangs is what was measured.
  return load.count === null
    ? [...leftBehind, ...afterwards]
    : [...afterwards, ...leftBehind].slice(0, load.count);
}

/** To the server's response, or at least to the arrival. */
function doneMs({ answeredMs, latencyMs }: Measured): number | null {
  return answeredMs ?? latencyMs;
}

/** Delivered a second, from the first that was due to the last that was done, or to when the next would have been due. */
function throughputOf(load: TrialLoad, results: readonly Measured[]): number | null {
  const done = results.filter(({ outcome }) => outcome === 'delivered');
  if (done.length < 2) return null;
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const result of done) {
    from = Math.min(from, result.dueAtMs);
    to = Math.max(to, result.dueAtMs + (doneMs(result) ?? 0));
  }
  const tookMs = Math.max(to - from, done.length * (scheduleOf(load)?.intervalMs ?? 0));
  return tookMs <= 0 ? null : (done.length / tookMs) * 1000;
}

/** How many calls a second the sender made of those that were due: less than asked when it can't keep up. */
function offeredOf(load: TrialLoad, record: TrialRecord, results: readonly Measured[]): number {
  const calls = results.flatMap(({ id, dueAtMs }) => {
    const { called } = record.of(id);
    return called === null ? [] : [{ atMs: called.atMs, dueAtMs }];
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

function utilizations(
  first: TrialRecord['usages'][number],
  last: TrialRecord['usages'][number],
): ThreadUse[] {
  return last.threads.flatMap(({ name, activeMs, idleMs }) => {
    const before = first.threads.find((thread) => thread.name === name);
    const active = activeMs - (before?.activeMs ?? 0);
    const total = active + idleMs - (before?.idleMs ?? 0);
    return total <= 0 ? [] : [{ name, utilization: Math.min(1, Math.max(0, active / total)) }];
  });
}
