import * as z from 'zod';
import { milliseconds } from './cell.ts';
import { deliveryPaths, reportedContextNames, reportedStrategyNames } from './names.ts';
import type { DeepReadonly } from './readonly.ts';
import { runtimes } from './runtime.ts';

/** What `repro` was asked for; its reports merge only where the trials were made alike. */
export const trials = z.object({
  runtime: z.enum(runtimes),
  contexts: z
    .array(z.enum(reportedContextNames))
    .describe('asked for; the cells say what ran, and with which fault'),
  strategies: z.array(z.enum(reportedStrategyNames)),
  paths: z.array(z.enum(deliveryPaths)),
  count: z.int().min(1).describe('timers of a trial, which expire at once'),
  afterMs: milliseconds.describe('from setting a timer to its expiry'),
  patienceMs: milliseconds.describe('how long an outcome was waited for'),
  deadlineMs: milliseconds.describe('the client’s own timeout for one notification'),
  replySizeBytes: z.int().min(0).nullable().describe('size of the server’s responses; null: their own'),
});
export type Trials = DeepReadonly<z.infer<typeof trials>>;
