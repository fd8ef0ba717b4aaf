import { z } from 'zod';
import { reportedContextNames } from '../../contexts/names.ts';
import { reportedStrategyNames } from '../../delivery/strategy.ts';
import { deliveryPaths } from '../../notification/notification.ts';
import { count, latencySummary, milliseconds, rate } from './figures-schema.ts';

export const round = z.looseObject({
  number: z.int().min(1),
  sent: count,
  delivered: count,
  completionRate: rate,
  latencyMs: latencySummary.nullable(),
  throughputPerS: z.number().min(0).nullable(),
  offeredPerS: z.number().min(0),
});

export const resources = z.looseObject({
  cpuMs: milliseconds,
  peakRssBytes: count,
  requestsPerConnection: z.number().min(0).nullable(),
  leakedSockets: count.nullable(),
  threads: z.array(z.looseObject({ name: z.string(), utilization: rate })),
  emulatorUtilization: rate.nullable(),
});

export const load = z.looseObject({
  arrival: z.discriminatedUnion('mode', [
    z.looseObject({ mode: z.literal('open'), ratePerS: z.number().positive() }),
    z.looseObject({ mode: z.literal('closed'), concurrency: z.int().min(1) }),
  ]),
  durationMs: milliseconds.nullable(),
  count: z.int().min(1).nullable(),
  warmUpMs: milliseconds,
  rounds: z.int().min(1),
  replySizeBytes: count.nullable(),
  shard: z.looseObject({ index: z.int().min(1), total: z.int().min(1) }).nullable(),
});

export const warning = z.looseObject({
  code: z.enum([
    'noisy-rounds',
    'generator-saturated',
    'emulator-bottleneck',
    'few-samples',
    'sockets-leaked',
    'sent-at-once',
    'shards-missing',
    'mixed-machines',
  ]),
  cell: z.string().nullable(),
  text: z.string(),
});

export const rank = z.looseObject({
  path: z.enum(deliveryPaths),
  fault: z.string().nullable(),
  context: z.enum(reportedContextNames),
  strategy: z.enum(reportedStrategyNames),
  measure: z.enum(['p50', 'throughput']),
  factor: z.number().positive(),
  uncertainty: z.number().min(0).nullable(),
});

export const comparison = z.looseObject({
  baseline: z.looseObject({ startedAt: z.string(), version: z.string() }),
  changes: z.array(
    z.looseObject({
      cell: z.string(),
      metric: z.enum(['completion', 'p50', 'p99', 'throughput']),
      before: z.number(),
      after: z.number(),
      p: z.number().min(0).max(1).nullable(),
      verdict: z.enum(['better', 'same', 'worse', 'inconclusive']),
    }),
  ),
});
