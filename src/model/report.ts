import * as z from 'zod';
import { schemaVersion } from '../version.ts';
import { comparison, load, rank, warning } from './bench.ts';
import { causes } from './cause.ts';
import { cell, milliseconds, thresholdResult } from './cell.ts';
import {
  checkReport,
  finding,
  pendingAwait,
  pendingRequest,
  processLook,
  threadTimeline,
} from './finding.ts';
import type { DeepReadonly } from './readonly.ts';
import { delivery, timeline } from './story.ts';
import { trials } from './trials.ts';

const seen = z.object({
  requests: z.int().min(0),
  answered: z.int().min(0).describe('successfully'),
  bodiesOpen: z
    .int()
    .min(0)
    .exactOptional()
    .describe('of the answered: those whose body nobody had read to its end when the program ended'),
  sentAgain: z.int().min(0).describe('retried after a failure or a refusal, and then answered successfully'),
  underWay: z.int().min(0).describe('when the program ended, or the watch did'),
  blockedMs: milliseconds.describe('the longest time for which a loop was blocked'),
  exitCode: z.int().exactOptional().describe('of the program, where it ended by itself'),
  queuedJobs: z.int().min(0).describe('jobs that waited for a thread of a pool at the end'),
  timersToSend: z
    .int()
    .min(0)
    .exactOptional()
    .describe('timers that are to send and had not fired when the watch ended'),
  nextTimerMs: milliseconds.exactOptional().describe('how long after that the first of them was due'),
});
/** What a verdict of `healthy` rests on. */
export type Seen = DeepReadonly<z.infer<typeof seen>>;

const environment = z.object({
  node: z.string(),
  undici: z.string(),
  platform: z.string(),
  arch: z.string(),
  cpus: z.int().min(1),
  threadpoolSize: z.int().min(1),
  python: z
    .object({ version: z.string(), aiohttp: z.string(), requests: z.string() })
    .exactOptional()
    .describe('of the interpreter that ran the trials, where they were Python’s'),
  cpuModel: z.string().exactOptional().describe('distinguishes machines of the same size'),
});
export type Environment = DeepReadonly<z.infer<typeof environment>>;

export const reportKinds = ['repro', 'bench', 'doctor', 'send'] as const;

/** The document behind every format. Types, checks of stored reports and the published JSON Schema derive from it. */
export const reportSchema = z.object({
  schemaVersion: z.literal(schemaVersion),
  kind: z.enum(reportKinds),
  tool: z.object({ name: z.literal('timer-notify'), version: z.string() }),
  startedAt: z.iso.datetime(),
  durationMs: milliseconds.describe('of merged shards the longest, of merged runs all together'),
  environment,
  cells: z.array(cell),
  thresholds: z.array(thresholdResult),
  watched: z.array(z.string()).exactOptional().describe('the command that doctor ran'),
  source: z
    .object({ commit: z.string(), root: z.string(), page: z.string().nullable() })
    .exactOptional()
    .describe('the git commit of the working directory, and the page of its repository where one is known'),
  verdict: z.enum(causes).nullable(),
  findings: z.array(finding),
  checks: z.array(checkReport).exactOptional().describe('what doctor without a command looked at'),
  threads: z.array(threadTimeline).exactOptional().describe('what doctor saw each thread of the program do'),
  awaits: z
    .array(pendingAwait)
    .exactOptional()
    .describe('async functions that were suspended when doctor looked'),
  pending: z.array(pendingRequest).exactOptional().describe('requests under way when doctor looked'),
  seen: seen.exactOptional().describe('doctor -- <command>: how much was seen'),
  blindSpots: z.array(z.string()).exactOptional().describe('what doctor could not see, and why'),
  looks: z.array(processLook).exactOptional().describe('doctor --pid: one for each process'),
  ok: z.boolean(),
  partial: z
    .literal(true)
    .exactOptional()
    .describe('present when the run was interrupted: the rest is what was measured until then'),
  deliveries: z.array(delivery).exactOptional().describe('one for each notification of send'),
  timelines: z
    .array(timeline)
    .exactOptional()
    .describe('what repro saw in the trials that show the bug and its fix'),
  trials: trials.exactOptional().describe('repro: what was asked for, and how each trial was made'),
  load: load.exactOptional().describe('bench: how the load was made'),
  warnings: z.array(warning).exactOptional(),
  ranking: z.array(rank).exactOptional(),
  comparison: comparison.exactOptional(),
});

/** Times in ms, rates 0..1. */
export type Report = DeepReadonly<z.infer<typeof reportSchema>>;
export type ReportKind = Report['kind'];

/** The same as a JSON Schema document, draft 2020-12; fields beyond it are allowed. */
export function reportJsonSchema(): object {
  return {
    $id: `urn:timer-notify:report:${schemaVersion}`,
    title: 'timer-notify report',
    description: 'Times in ms, rates 0..1.',
    ...z.toJSONSchema(reportSchema, { io: 'input' }),
  };
}
