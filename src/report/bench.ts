import type { ReportedContextName } from '../contexts/names.ts';
import type { ReportedStrategyName } from '../delivery/strategy.ts';
import type { DeliveryPath } from '../notification/notification.ts';
import type { LatencySummary } from './report.ts';

/** One measured round of a cell; rounds of different cells with the same number ran side by side. */
export interface Round {
  readonly number: number;
  readonly sent: number;
  readonly delivered: number;
  readonly completionRate: number;
  readonly latencyMs: LatencySummary | null;
  readonly throughputPerS: number | null;
  /** Notifications that fell due a second, as far as the sender's thread could make them. */
  readonly offeredPerS: number;
}

/** What a cell's trials used, over all of its rounds. */
export interface Resources {
  /** User and system time of the trials' processes. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  readonly requestsPerConnection: number | null;
  /** Sockets to the server still open after everything was closed; null where it could not be closed. */
  readonly leakedSockets: number | null;
  readonly threads: readonly ThreadUse[];
  /** Event-loop utilization of the emulator's process, 0..1. */
  readonly emulatorUtilization: number | null;
}

export interface ThreadUse {
  readonly name: string;
  /** Event-loop utilization, 0..1. */
  readonly utilization: number;
}

/** How the load was made and how long; reports merge and compare only when these agree. */
export interface Load {
  readonly arrival:
    | { readonly mode: 'open'; readonly ratePerS: number }
    | { readonly mode: 'closed'; readonly concurrency: number };
  /** Of one round; one of the two ends it. */
  readonly durationMs: number | null;
  readonly count: number | null;
  readonly warmUpMs: number;
  readonly rounds: number;
  readonly replySizeBytes: number | null;
  /** The part of the run that this report holds; null when it is whole. */
  readonly shard: { readonly index: number; readonly total: number } | null;
}

export type WarningCode =
  | 'noisy-rounds'
  | 'generator-saturated'
  | 'emulator-bottleneck'
  | 'few-samples'
  | 'sockets-leaked'
  | 'sent-at-once'
  | 'shards-missing'
  | 'mixed-machines';

/** Why a figure should not be trusted, or not too far. */
export interface Warning {
  readonly code: WarningCode;
  readonly cell: string | null;
  readonly text: string;
}

/** How many times worse than the context's best a strategy is; 1 for the best itself. */
export interface Rank {
  readonly path: DeliveryPath;
  readonly context: ReportedContextName;
  readonly strategy: ReportedStrategyName;
  readonly fault: string | null;
  readonly measure: 'p50' | 'throughput';
  readonly factor: number;
  /** One standard deviation of the factor over the rounds; null with fewer than two. */
  readonly uncertainty: number | null;
}

export type ComparisonVerdict = 'better' | 'same' | 'worse' | 'inconclusive';

/** A report measured against a stored one, over rounds. */
export interface Comparison {
  readonly baseline: { readonly startedAt: string; readonly version: string };
  readonly changes: readonly Change[];
}

export interface Change {
  readonly cell: string;
  readonly metric: 'completion' | 'p50' | 'p99' | 'throughput';
  /** Medians over rounds, in the metric's unit. */
  readonly before: number;
  readonly after: number;
  /** Chance of a difference this large between rounds of one and the same thing; null when it can't be told. */
  readonly p: number | null;
  readonly verdict: ComparisonVerdict;
}
