import type { StrategyName } from '../model/names.ts';

/** What can be configured, in the units the program works with. */
export interface Settings {
  /** An explicit choice; null leaves it to the threading-fix flags. */
  readonly strategy: StrategyName | null;
  /** Total time for one notification, in ms, retries included. */
  readonly deadlineMs: number;
  /** Attempts after the first, for what was provably not posted. */
  readonly maxRetries: number;
  /** Also sends again what may have been posted, at the risk of a duplicate. */
  readonly retryAmbiguous: boolean;
  /** Sockets that one pool keeps open. */
  readonly connections: number;
  /** Notifications accepted and not settled yet. */
  readonly queueLimit: number;
  /** Messages a second to one channel; Slack allows about one. */
  readonly ratePerS: number;
  /** Messages to one channel that may go at once after a quiet time. */
  readonly rateBurst: number;
  /** Failures in a row after which requests stop for a while. */
  readonly breakerFailures: number;
  /** How long requests then stop, in ms. */
  readonly breakerOpenMs: number;
  readonly channel: string;
  /** With a trailing slash. */
  readonly baseUrl: string;
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly webhookUrl: string | null;
  /** False goes back to the behaviour before the fix. */
  readonly enableThreadingFix: boolean;
  /** Timers that get the fix, 0 to 100. */
  readonly rolloutPercentage: number;
  readonly threadSafeFallback: boolean;
  readonly useSharedSession: boolean;
}

export type SettingKey = keyof Settings;

/** Slack's own values are from https://docs.slack.dev/apis/web-api/rate-limits; the burst stays below what is tolerated. */
export const defaultSettings: Settings = {
  strategy: null,
  deadlineMs: 15_000,
  maxRetries: 3,
  retryAmbiguous: false,
  connections: 8,
  queueLimit: 10_000,
  ratePerS: 1,
  rateBurst: 4,
  breakerFailures: 5,
  breakerOpenMs: 10_000,
  channel: '#general',
  baseUrl: 'https://slack.com/api/',
  token: null,
  tokenFile: null,
  webhookUrl: null,
  enableThreadingFix: true,
  rolloutPercentage: 100,
  threadSafeFallback: false,
  useSharedSession: false,
};
