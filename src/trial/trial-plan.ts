import { deliveryPaths } from '../model/names.ts';
import { watchMs } from './standstill-time.ts';
import type { ObservedSpec } from './trial.ts';
import type { TrialRecord } from './trial-record.ts';

/** What a trial is to send, and how long that is waited for. */
export interface TrialPlan {
  readonly record: TrialRecord;
  /** Longest time, in ms, from the start of the trial's process to its timers. */
  readonly startLimitMs: number;
  /** Time, in ms, in which a duplicate or the sender's own word may still follow the last outcome. */
  readonly settleMs: number;
  /** How many notifications are to have an outcome; null while that is not known. */
  expected(): number | null;
  /** When a notification was meant to be sent; null where its timer never ran. */
  dueAtMs(id: string): number | null;
  /** Whether nothing more will be called. */
  isOver(nowMs: number): boolean;
  /** Until when it is waited for. */
  lastChanceAtMs(lastNewsAtMs: number): number;
  /** For how long, in ms, without news the responses to what has arrived are waited for. */
  readonly responsePatienceMs: number;
}

const startLimitMs = 20_000;

/** Timers that expire at once, each with its confirmation. */
export function timerPlan(spec: ObservedSpec, record: TrialRecord): TrialPlan {
  const { count, deadlineMs, patienceMs } = spec;
  const startAtMs = () => record.startAtMs ?? 0;
  return {
    record,
    startLimitMs: startLimitMs + deadlineMs,
    settleMs: 150,
    responsePatienceMs: 0,
    expected: () => deliveryPaths.length * count,
    dueAtMs: (id) => (id.endsWith(':expiry') ? record.startAtMs : record.of(id).setAtMs),
    isOver: (nowMs) => nowMs > startAtMs(),
    lastChanceAtMs: () => startAtMs() + patienceMs + watchMs(patienceMs),
  };
}
