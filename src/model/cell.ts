import * as z from 'zod';
import { causes } from './cause.ts';
import { deliveryPaths, reportedContextNames, reportedStrategyNames } from './names.ts';
import type { DeepReadonly } from './readonly.ts';

export const milliseconds = z.number().min(0);
export const count = z.int().min(0);
const rate = z.number().min(0).max(1);

const latencySummary = z.object({
  min: milliseconds,
  mean: milliseconds,
  p50: milliseconds,
  p90: milliseconds,
  p99: milliseconds,
  p999: milliseconds,
  max: milliseconds,
});
export type LatencySummary = DeepReadonly<z.infer<typeof latencySummary>>;

const round = z
  .object({
    number: z.int().min(1),
    sent: count,
    delivered: count,
    completionRate: rate,
    latencyMs: latencySummary.nullable(),
    throughputPerS: z.number().min(0).nullable(),
    offeredPerS: z
      .number()
      .min(0)
      .describe('notifications due per second, as far as the sender could make them'),
  })
  .describe('one measured round of a cell; rounds of different cells with the same number ran side by side');
export type Round = DeepReadonly<z.infer<typeof round>>;

const threadUse = z.object({ name: z.string(), utilization: rate.describe('event loop utilization') });
export type ThreadUse = DeepReadonly<z.infer<typeof threadUse>>;

const resources = z
  .object({
    cpuMs: milliseconds.describe('user and system time of the trials’ processes'),
    peakRssBytes: count,
    requestsPerConnection: z.number().min(0).nullable(),
    leakedSockets: count
      .nullable()
      .describe('sockets to the server still open after close; null where it could not be closed'),
    threads: z.array(threadUse),
    emulatorUtilization: rate.nullable().describe('event loop utilization of the emulator’s process'),
  })
  .describe('what the trials of a cell used, over all rounds');
export type Resources = DeepReadonly<z.infer<typeof resources>>;

/** The results of one path, context, strategy and fault. */
export const cell = z.object({
  path: z.enum(deliveryPaths),
  context: z.enum(reportedContextNames),
  strategy: z.enum(reportedStrategyNames),
  fault: z.string().nullable().describe('the fault specs joined by a comma; null where there is none'),
  sent: count,
  delivered: count,
  late: count,
  failed: count,
  hung: count,
  lost: count,
  duplicates: count,
  completionRate: rate.describe('delivered ÷ sent'),
  latencyMs: latencySummary.nullable().describe('from the intended send time'),
  throughputPerS: z.number().min(0).nullable(),
  connections: count,
  errors: z.array(z.object({ code: z.string(), count })),
  cause: z
    .enum(causes)
    .nullable()
    .describe('why the most did not arrive in time; null where all did, and where the reason was not seen'),
  expected: z
    .boolean()
    .nullable()
    .describe('whether the outcome is the one the scenario expects; null where it says nothing of this cell'),
  skipped: z
    .string()
    .nullable()
    .describe('why the cell was not run; null where it was; starved: it was run, and is not judged'),
  ranAgain: z
    .literal(true)
    .exactOptional()
    .describe('the trial was run a second time, alone: the first was unexpected beside others'),
  histogram: z
    .string()
    .exactOptional()
    .describe('every latency as an HDR histogram: V2 compressed encoding in base64, values in microseconds'),
  rounds: z.array(round).exactOptional(),
  resources: resources.exactOptional(),
});
export type Cell = DeepReadonly<z.infer<typeof cell>>;

/** Whether it was run, and the machine kept it from running: it is not judged. */
export function isStarved({ skipped }: Pick<Cell, 'skipped'>): boolean {
  return skipped?.startsWith('starved: ') === true;
}

export const thresholdResult = z.object({
  expr: z.string(),
  cell: z.string().nullable().describe('null where no cell answers the threshold'),
  actual: z.number().nullable().describe('in the metric’s unit; null where there is no sample'),
  passed: z.boolean(),
});
export type ThresholdResult = DeepReadonly<z.infer<typeof thresholdResult>>;
