import { z } from 'zod';
import { reportedContextNames } from '../../contexts/names.ts';
import { reportedStrategyNames } from '../../delivery/strategy.ts';
import { causes } from '../../model/cause.ts';
import { deliveryPaths } from '../../notification/notification.ts';
import { checkStatuses, type Report, schemaVersion, spanKinds } from '../report.ts';
import { comparison, load, rank, resources, round, warning } from './bench-schema.ts';
import { delivery } from './delivery-schema.ts';
import { count, latencySummary, milliseconds, rate } from './figures-schema.ts';
import { timeline } from './timeline-schema.ts';

const environment = z.looseObject({
  node: z.string(),
  undici: z.string(),
  platform: z.string(),
  arch: z.string(),
  cpus: z.int().min(1),
  threadpoolSize: z.int().min(1),
  python: z.looseObject({ version: z.string(), aiohttp: z.string(), requests: z.string() }).exactOptional(),
  cpuModel: z.string().exactOptional(),
});

const cell = z.looseObject({
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
  errors: z.array(z.looseObject({ code: z.string(), count })),
  cause: z.enum(causes).nullable(),
  expected: z.boolean().nullable(),
  skipped: z.string().nullable().describe('why the cell was not run; null where it was'),
  ranAgain: z.literal(true).exactOptional().describe('the trial was run a second time, alone'),
  histogram: z
    .string()
    .exactOptional()
    .describe('every latency as an HDR histogram: V2 compressed encoding in base64, values in microseconds'),
  rounds: z.array(round).exactOptional(),
  resources: resources.exactOptional(),
});

const threshold = z.looseObject({
  expr: z.string(),
  cell: z.string().nullable().describe('null where no cell answers the threshold'),
  actual: z.number().nullable().describe('in the metric’s unit; null where there is no sample'),
  passed: z.boolean(),
});

const finding = z.looseObject({
  code: z.enum(causes),
  severity: z.enum(['error', 'warning', 'info']),
  title: z.string(),
  thread: z.looseObject({ id: z.int(), name: z.string(), isMain: z.boolean() }).nullable(),
  request: z
    .looseObject({
      method: z.string(),
      origin: z.string(),
      path: z.string(),
      state: z.string(),
      ageMs: milliseconds,
    })
    .nullable(),
  evidence: z.array(z.string()),
  stack: z.array(z.string()),
  fix: z.string(),
});

const check = z.looseObject({
  id: z.string(),
  group: z.string(),
  title: z.string(),
  status: z.enum(checkStatuses),
  seen: z.string(),
  fix: z.string().nullable().describe('null where there is nothing to do'),
});

const span = z.looseObject({
  kind: z.enum(spanKinds),
  fromMs: z.number(),
  toMs: z.number().nullable().describe('null where it was still going on at the end'),
  text: z.string(),
  result: z.string().nullable(),
  good: z.boolean(),
});

const thread = z.looseObject({
  id: z.int(),
  name: z.string(),
  isMain: z.boolean(),
  pid: z.int(),
  startedAtMs: z.number().describe('since the program started'),
  endedAtMs: z.number().nullable(),
  end: z.string().nullable(),
  answered: count.describe('requests answered in time, which have no span'),
  spans: z.array(span),
});

/** What every report file must look like; fields beyond it are kept and allowed. */
export const reportSchema: z.ZodType<Report> = z.looseObject({
  schemaVersion: z.literal(schemaVersion),
  kind: z.enum(['repro', 'bench', 'doctor', 'send']),
  tool: z.looseObject({ name: z.literal('timer-notify'), version: z.string() }),
  startedAt: z.iso.datetime(),
  durationMs: milliseconds,
  environment,
  cells: z.array(cell),
  thresholds: z.array(threshold),
  verdict: z.enum(causes).nullable(),
  findings: z.array(finding),
  checks: z.array(check).exactOptional().describe('what doctor without a command looked at'),
  threads: z.array(thread).exactOptional().describe('what doctor saw each thread of the program do'),
  ok: z.boolean(),
  partial: z.literal(true).exactOptional().describe('present when the run was interrupted'),
  deliveries: z.array(delivery).exactOptional().describe('one for each notification of send'),
  timelines: z.array(timeline).exactOptional(),
  load: load.exactOptional(),
  warnings: z.array(warning).exactOptional(),
  ranking: z.array(rank).exactOptional(),
  comparison: comparison.exactOptional(),
});

/** The same as a JSON Schema document, draft 2020-12. */
export function reportJsonSchema(): object {
  return {
    $id: `urn:timer-notify:report:${schemaVersion}`,
    title: 'timer-notify report',
    description: 'Times in ms, rates 0..1.',
    ...z.toJSONSchema(reportSchema, { io: 'input' }),
  };
}
