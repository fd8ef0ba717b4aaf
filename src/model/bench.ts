import * as z from 'zod';
import { count, milliseconds } from './cell.ts';
import { deliveryPaths, reportedContextNames, reportedStrategyNames } from './names.ts';
import type { DeepReadonly } from './readonly.ts';

/** How the load was made and how long; reports merge and compare only when these agree. */
export const load = z.object({
  arrival: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('open'), ratePerS: z.number().positive() }),
    z.object({ mode: z.literal('closed'), concurrency: z.int().min(1) }),
  ]),
  durationMs: milliseconds.nullable().describe('of one round, which this or count ends'),
  count: z.int().min(1).nullable(),
  warmUpMs: milliseconds,
  rounds: z.int().min(1),
  replySizeBytes: count.nullable(),
  connections: z
    .int()
    .min(1)
    .nullable()
    .exactOptional()
    .describe('of a pool; null: as many as the load needs'),
  patienceMs: milliseconds.exactOptional().describe('how long an outcome was waited for'),
  shard: z
    .object({ index: z.int().min(1), total: z.int().min(1) })
    .nullable()
    .describe('the part of the run that this report holds; null when it is whole'),
  runs: z.int().min(2).exactOptional().describe('how many whole runs were merged, where they were'),
});
export type Load = DeepReadonly<z.infer<typeof load>>;

/** Why a figure should not be trusted, or not too far. */
export const warning = z.object({
  code: z.enum([
    'noisy-rounds',
    'generator-saturated',
    'emulator-bottleneck',
    'few-samples',
    'sockets-leaked',
    'sent-at-once',
    'shards-missing',
    'mixed-machines',
    'starved',
  ]),
  cell: z.string().nullable(),
  text: z.string(),
});
export type Warning = DeepReadonly<z.infer<typeof warning>>;

/** How many times worse than the context's best a strategy is; 1 for the best itself. */
export const rank = z.object({
  path: z.enum(deliveryPaths),
  fault: z.string().nullable(),
  context: z.enum(reportedContextNames),
  strategy: z.enum(reportedStrategyNames),
  measure: z.enum(['p50', 'throughput']),
  factor: z.number().positive(),
  uncertainty: z
    .number()
    .min(0)
    .nullable()
    .describe('one standard deviation of the factor over the rounds; null with fewer than two'),
});
export type Rank = DeepReadonly<z.infer<typeof rank>>;

const change = z.object({
  cell: z.string(),
  metric: z.enum(['completion', 'p50', 'p99', 'throughput']),
  before: z.number().describe('median over rounds, in the metric’s unit'),
  after: z.number(),
  p: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('chance of a difference this large between rounds of the same thing; null when unknown'),
  verdict: z.enum(['better', 'same', 'worse', 'inconclusive']),
});
export type Change = DeepReadonly<z.infer<typeof change>>;
export type ComparisonVerdict = Change['verdict'];

const unmatched = z.object({ cell: z.string(), reason: z.string() });
export type Unmatched = DeepReadonly<z.infer<typeof unmatched>>;

/** A report measured against a stored one, over rounds. */
export const comparison = z.object({
  baseline: z.object({ startedAt: z.string(), version: z.string() }),
  changes: z.array(change),
  fewRounds: z
    .object({ current: count, baseline: count, enough: count })
    .exactOptional()
    .describe('present where something can’t be determined, and more rounds on both sides would show more'),
  unmatched: z.array(unmatched).exactOptional().describe('cells that can’t be compared, and why'),
  measuredOtherwise: z
    .array(z.string())
    .exactOptional()
    .describe('how the baseline was measured otherwise, where it was compared all the same (--force)'),
});
export type Comparison = DeepReadonly<z.infer<typeof comparison>>;
