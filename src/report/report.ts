import type { ReportedContextName } from '../contexts/names.ts';
import type { ReportedStrategyName } from '../delivery/strategy.ts';
import type { Cause } from '../model/cause.ts';
import type { DeliveryPath } from '../notification/notification.ts';
import type { Comparison, Load, Rank, Resources, Round, Warning } from './bench.ts';
import type { Delivery } from './delivery.ts';

export const schemaVersion = 1;

export type ReportKind = 'repro' | 'bench' | 'doctor' | 'send';

/** The document behind every format; times in ms, rates 0..1. */
export interface Report {
  readonly schemaVersion: typeof schemaVersion;
  readonly kind: ReportKind;
  readonly tool: { readonly name: 'timer-notify'; readonly version: string };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly environment: Environment;
  readonly cells: readonly Cell[];
  readonly thresholds: readonly ThresholdResult[];
  readonly verdict: Cause | null;
  readonly findings: readonly Finding[];
  /** What `doctor` without a command looked at. */
  readonly checks?: readonly CheckReport[];
  /** What `doctor` saw each thread of the program do. */
  readonly threads?: readonly ThreadTimeline[];
  readonly ok: boolean;
  /** Present and true when the run was interrupted: what follows is what was measured until then. */
  readonly partial?: true;
  /** `send`'s: one for each notification. */
  readonly deliveries?: readonly Delivery[];
  /** What `repro` saw happen in the trials that tell the story. */
  readonly timelines?: readonly Timeline[];
  /** The four below are `bench`'s. */
  readonly load?: Load;
  readonly warnings?: readonly Warning[];
  readonly ranking?: readonly Rank[];
  readonly comparison?: Comparison;
}

/** One notification's story as a log would tell it. */
export interface Timeline {
  readonly title: string;
  readonly context: ReportedContextName;
  readonly strategy: ReportedStrategyName;
  readonly path: DeliveryPath;
  readonly lines: readonly TimelineLine[];
}

export interface TimelineLine {
  /** Since the timer was set, in ms. */
  readonly atMs: number;
  /** `log`: what the program itself would log. `observed`: what only an observer from outside can see. */
  readonly source: 'log' | 'observed';
  readonly text: string;
  readonly good: boolean;
}

export interface Environment {
  readonly node: string;
  readonly undici: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpus: number;
  readonly threadpoolSize: number;
  /** Of the interpreter that ran the trials, where they were Python's. */
  readonly python?: PythonEnvironment;
  /** Tells machines of the same size apart. */
  readonly cpuModel?: string;
}

export interface PythonEnvironment {
  readonly version: string;
  readonly aiohttp: string;
  readonly requests: string;
}

export interface Cell {
  readonly path: DeliveryPath;
  readonly context: ReportedContextName;
  readonly strategy: ReportedStrategyName;
  /** The fault specs joined by a comma; null where there is none. */
  readonly fault: string | null;
  readonly sent: number;
  readonly delivered: number;
  readonly late: number;
  readonly failed: number;
  readonly hung: number;
  readonly lost: number;
  readonly duplicates: number;
  /** delivered ÷ sent. */
  readonly completionRate: number;
  readonly latencyMs: LatencySummary | null;
  readonly throughputPerS: number | null;
  readonly connections: number;
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  readonly cause: Cause | null;
  /** Whether the outcome is the one the scenario expects; null where no scenario speaks of this cell. */
  readonly expected: boolean | null;
  /** Why the cell was not run; null where it was. */
  readonly skipped: string | null;
  /** Present and true when the trial was run a second time, alone: the first came out unexpected beside others. */
  readonly ranAgain?: true;
  /** Every latency, as an HDR histogram in base64 (V2 compressed encoding, values in µs): merges losslessly. */
  readonly histogram?: string;
  readonly rounds?: readonly Round[];
  readonly resources?: Resources;
}

export interface LatencySummary {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface ThresholdResult {
  readonly expr: string;
  readonly cell: string | null;
  readonly actual: number | null;
  readonly passed: boolean;
}

export type Severity = 'error' | 'warning' | 'info';

/** A cause with its evidence and its fix. */
export interface Finding {
  readonly code: Cause;
  readonly severity: Severity;
  readonly title: string;
  readonly thread: { readonly id: number; readonly name: string; readonly isMain: boolean } | null;
  readonly request: RequestSummary | null;
  readonly evidence: readonly string[];
  /** User frames first, `file:line:column (function)`. */
  readonly stack: readonly string[];
  readonly fix: string;
}

export interface RequestSummary {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly state: string;
  readonly ageMs: number;
}

export const checkStatuses = ['ok', 'warn', 'fail', 'skipped', 'inconclusive', 'crash'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

export interface CheckReport {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly status: CheckStatus;
  readonly seen: string;
  /** What to do; null where there is nothing to do. */
  readonly fix: string | null;
}

/** One thread of a diagnosed program; times in ms since the program started. */
export interface ThreadTimeline {
  readonly id: number;
  readonly name: string;
  readonly isMain: boolean;
  readonly pid: number;
  readonly startedAtMs: number;
  /** Null where it was still there when the diagnosis ended. */
  readonly endedAtMs: number | null;
  /** Why it ended; null where it did not. */
  readonly end: string | null;
  /** Requests that were answered in time; they have no span. */
  readonly answered: number;
  /** Standstills, and the requests worth a look, in the order of their start. */
  readonly spans: readonly ThreadSpan[];
}

export const spanKinds = ['request', 'parked', 'blocked'] as const;

export interface ThreadSpan {
  readonly kind: (typeof spanKinds)[number];
  readonly fromMs: number;
  /** Null where it was still going on when the diagnosis ended. */
  readonly toMs: number | null;
  /** A request as `POST http://…`, or the call that the loop stood still in. */
  readonly text: string;
  /** What became of it, for example `200`, `ECONNREFUSED`, `never sent`; null for a standstill. */
  readonly result: string | null;
  readonly good: boolean;
}
