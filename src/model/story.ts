import * as z from 'zod';
import { count, milliseconds } from './cell.ts';
import { deliveryPaths, reportedContextNames, reportedStrategyNames } from './names.ts';
import type { DeepReadonly } from './readonly.ts';

/** What became of one notification that `send` was asked for. */
export const delivery = z.object({
  id: z.string(),
  path: z.enum(deliveryPaths),
  outcome: z
    .enum(['delivered', 'late', 'failed', 'hung', 'lost', 'skipped'])
    .describe('skipped: it was not attempted'),
  channel: z
    .string()
    .nullable()
    .describe('with ts the identity of the message; null where it was not posted'),
  ts: z.string().nullable().describe('null also from a webhook, which returns none'),
  code: z.string().nullable().describe('Slack’s error code, or the name of the failure'),
  message: z.string().nullable(),
  fix: z.string().nullable(),
  ambiguous: z.boolean().describe('true when the message may have been delivered anyway'),
  attempts: count.nullable().describe('HTTP requests made for it; null where nothing reported it'),
  durationMs: milliseconds
    .nullable()
    .describe(
      'delivered: from the intended send time to the server’s response; else as long as it was tried',
    ),
  circuit: z.enum(['closed', 'half-open', 'open']).nullable(),
  warnings: z.array(z.string()),
});
export type Delivery = DeepReadonly<z.infer<typeof delivery>>;

const timelineLine = z.object({
  atMs: z.number().describe('since the timer was set'),
  source: z
    .enum(['log', 'observed'])
    .describe('log: what the program itself would log; observed: what only an observer from outside can see'),
  text: z.string(),
  good: z.boolean(),
});
export type TimelineLine = DeepReadonly<z.infer<typeof timelineLine>>;

/** One notification's story as a log would report it. */
export const timeline = z.object({
  title: z.string(),
  context: z.enum(reportedContextNames),
  strategy: z.enum(reportedStrategyNames),
  path: z.enum(deliveryPaths),
  lines: z.array(timelineLine),
});
export type Timeline = DeepReadonly<z.infer<typeof timeline>>;
