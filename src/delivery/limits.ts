import { slackPace } from './resilience/options.ts';

/** What a number may be, both ends included; settings and the library's options are checked against the same ranges. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const ranges = {
  deadlineMs: { from: 1, to: 2 ** 31 - 1 },
  maxRetries: { from: 0, to: 20 },
  connections: { from: 1, to: 1000 },
  queueLimit: { from: 1, to: 10_000_000 },
  ratePerS: { from: 0.001, to: 10_000 },
  rateBurst: { from: 1, to: 10_000 },
  breakerFailures: { from: 1, to: 1000 },
  breakerOpenMs: { from: 1, to: 2 ** 31 - 1 },
} as const satisfies Record<string, Range>;

/** Slack's own figures are from https://docs.slack.dev/apis/web-api/rate-limits; the burst stays below what is tolerated. */
export const defaults = {
  deadlineMs: 15_000,
  maxRetries: 3,
  retryAmbiguous: false,
  connections: 8,
  queueLimit: 10_000,
  ratePerS: slackPace.perS,
  rateBurst: slackPace.burst,
  breakerFailures: 5,
  breakerOpenMs: 10_000,
  baseUrl: 'https://slack.com/api/',
} as const;
