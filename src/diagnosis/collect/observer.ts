import type { UsageError } from '../../errors.ts';
import type { ObservationEnd, ProgramRecord } from '../record.ts';

/** What knows one runtime: how its programs load the probe, and what the probe reports. */
export interface Observer {
  /** The environment in which every process of the runtime loads the probe first. */
  environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  /** Reads what has been written since. */
  poll(): void;
  /** Processes of which the probe has reported. */
  readonly pids: readonly number[];
  /** Whether one of them is the program's: it can write to the record, too, and name any process. */
  owns(pid: number): Promise<boolean>;
  /** When the first statement of a watched process ran; null before. */
  readonly firstStatementAt: number | null;
  /** After each poll: looks at what the probe can't see. `polls` counts them. */
  lookAround(polls: number): void;
  /** Whether the process has come to its end, and the probe in it still looks at what it leaves behind. */
  isEnding(pid: number): boolean;
  /** Whether a loop has not run for long, and its process got too little CPU to say why. */
  isStarved(): boolean;
  /** When the time is up: waits for what only just began. `pause` waits until there may be more to read. */
  watchOn(pause: () => Promise<unknown>, interrupted: AbortSignal): Promise<void>;
  /** When the watch has ended: asks what the program waits for. */
  lookOnceMore(pause: () => Promise<unknown>, interrupted: AbortSignal): Promise<void>;
  processGone(pid: number, at: number, code: number | null, signal: string | null): void;
  /** Shows what the record would be if the watch ended now; null where that can't be said yet, or ever. */
  provisionally<Result>(read: (record: ProgramRecord) => Result): Result | null;
  finish(end: ObservationEnd): ProgramRecord;
  /** Why nothing at all was seen of the program; null where something was. */
  unobservableError(command: readonly string[]): UsageError | null;
  close(): void;
}

export interface ObserverOptions {
  readonly command: readonly string[];
  /** A request that waits longer than this, in ms, is a finding. */
  readonly hangAfterMs: number;
  /** Whether requests to this URL count. */
  readonly isRelevant: (url: string) => boolean;
}
