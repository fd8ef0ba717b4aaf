import type { Arrival } from '../emulator/emulator.ts';
import type { ObservedSpec } from './trial.ts';
import type { TrialRecord } from './trial-record.ts';

/** How the process of a trial ended. */
export type TrialEnd =
  /** It was observed to the end and then stopped. */
  | { readonly kind: 'observed' }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'interrupted' };

/** Everything that is known of one trial; the server's record and the sender's word, side by side. */
export interface Observation {
  /** What the trial's process wrote. */
  readonly record: TrialRecord;
  readonly arrivals: readonly Arrival[];
  /** By place in `arrivals`. */
  readonly answeredAtMs: ReadonlyMap<number, number>;
  readonly end: TrialEnd;
  /** How long, in ms, one of its threads was ready to run without a CPU since its timers were started; 0 where unknown. */
  readonly withoutCpuMs: number;
  /** What the server last refused, in Slack's word; only where a user's handler is tried out. */
  readonly refused?: string | null;
}

/** One trial that was run, in whichever runtime. */
export interface ObservedTrial {
  readonly spec: ObservedSpec;
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly observation: Observation;
  /** True when this is the second run of the trial, with the machine to itself. */
  readonly ranAgain?: true;
}

/** One that was interrupted says nothing about what would have come of it. */
export function ranToItsEnd({ observation }: ObservedTrial): boolean {
  return observation.end.kind !== 'interrupted';
}
