import type { Failed, TimedOut } from '../../delivery/outcome.ts';
import { logLine } from '../event-log.ts';

/** Index of the timer, when it was due, when its call was made. */
export type CallRow = readonly [index: number, dueAtMs: number, atMs: number];

/** Index of the timer, when the sender learned the outcome, and which; null for delivered. */
export type OutcomeRow = readonly [index: number, atMs: number, outcome: Failed | TimedOut | null];

export interface ThreadTimes {
  readonly name: string;
  readonly activeMs: number;
  readonly idleMs: number;
}

/** What a trial under load reports beside the events of every trial: in rows, for there are thousands a second. */
export type LoadEvent =
  | { readonly kind: 'load-started'; readonly startAtMs: number }
  | { readonly kind: 'load-ended'; readonly started: number }
  | { readonly kind: 'calls'; readonly rows: readonly CallRow[] }
  | { readonly kind: 'outcomes'; readonly rows: readonly OutcomeRow[] }
  | {
      readonly kind: 'usage';
      readonly cpuMs: number;
      readonly peakRssBytes: number;
      readonly threads: readonly ThreadTimes[];
    }
  | { readonly kind: 'closed' };

export function logLoadEvent(event: LoadEvent): void {
  logLine(event);
}
