import type { Load } from '../../model/bench.ts';
import type { DeliveryPath } from '../../model/names.ts';

/** A load of timers; one of `durationMs` and `count` ends it. */
export interface TrialLoad {
  readonly path: DeliveryPath;
  readonly arrival: Load['arrival'];
  /** What is sent before is not counted: clients connect and code is compiled meanwhile. */
  readonly warmUpMs: number;
  /** Of the measured part. */
  readonly durationMs: number | null;
  /** Notifications measured. */
  readonly count: number | null;
  /** All that are measured fall due together, and nothing before. */
  readonly atOnce: boolean;
}

/** Timers that fall due at fixed times, whatever becomes of those before: an open loop omits nothing. */
export interface OpenSchedule {
  readonly intervalMs: number;
  readonly warmUps: number;
  readonly measured: number;
}

/** Null for a closed loop, which has no schedule. */
export function scheduleOf(load: TrialLoad): OpenSchedule | null {
  const { arrival, warmUpMs, durationMs, count, atOnce } = load;
  if (atOnce) return { intervalMs: 0, warmUps: 0, measured: togetherOf(load) };
  if (arrival.mode === 'closed') return null;
  const intervalMs = 1000 / arrival.ratePerS;
  return {
    intervalMs,
    warmUps: Math.round(warmUpMs / intervalMs),
    measured: count ?? Math.max(1, Math.ceil((durationMs ?? 0) / intervalMs)),
  };
}

/** As many as the load would have had. */
function togetherOf({ arrival, durationMs, count }: TrialLoad): number {
  if (count !== null) return count;
  if (arrival.mode === 'closed') return arrival.concurrency;
  return Math.max(1, Math.ceil(((durationMs ?? 0) * arrival.ratePerS) / 1000));
}

/** Timers that main hands to the heartbeat at the start. */
export function initialTimers(load: TrialLoad): number {
  const schedule = scheduleOf(load);
  if (schedule !== null) return schedule.warmUps + schedule.measured;
  const concurrency = load.arrival.mode === 'closed' ? load.arrival.concurrency : 0;
  return load.warmUpMs === 0 && load.count !== null ? Math.min(concurrency, load.count) : concurrency;
}

/** When the load ends, in ms after its start; null for a closed loop that ends by count. */
export function lengthMs(load: TrialLoad): number | null {
  const schedule = scheduleOf(load);
  if (schedule !== null) return (schedule.warmUps + schedule.measured) * schedule.intervalMs;
  return load.durationMs === null ? null : load.warmUpMs + load.durationMs;
}

export function timerIndexOf(id: string): number {
  return Number.parseInt(id.slice(id.indexOf('-') + 1), 10) - 1;
}
