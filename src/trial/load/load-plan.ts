import { watchMs } from '../standstill-time.ts';
import type { TrialSpec } from '../trial.ts';
import type { TrialPlan } from '../trial-plan.ts';
import type { TrialRecord } from '../trial-record.ts';
import { lengthMs, scheduleOf, type TrialLoad, timerIndexOf } from './trial-load.ts';

/** Timers of a load, on one path. */
export function loadPlan({ patienceMs }: TrialSpec, load: TrialLoad, record: TrialRecord): TrialPlan {
  const schedule = scheduleOf(load);
  const length = lengthMs(load);
  const endAtMs = () => (length === null || record.startAtMs === null ? null : record.startAtMs + length);
  return {
    record,
    startLimitMs: 20_000,
    settleMs: 60,
    responsePatienceMs: patienceMs,
    expected: () => (schedule === null ? record.started : schedule.warmUps + schedule.measured),
    dueAtMs(id) {
      if (schedule !== null && record.startAtMs !== null)
        return record.startAtMs + timerIndexOf(id) * schedule.intervalMs;
      const { dueAtMs, called } = record.of(id);
      return dueAtMs ?? called?.atMs ?? null;
    },
    isOver(nowMs) {
      const endsAtMs = endAtMs();
      return record.started !== null || (endsAtMs !== null && nowMs > endsAtMs);
    },
    lastChanceAtMs: (lastNewsAtMs) => (endAtMs() ?? lastNewsAtMs) + patienceMs + watchMs(patienceMs),
  };
}
