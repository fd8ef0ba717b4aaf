import { z } from 'zod';
import { causes } from './cause.ts';
import { count, milliseconds } from './cell.ts';
import type { DeepReadonly } from './readonly.ts';

const severity = z.enum(['error', 'warning', 'info']);
export type Severity = z.infer<typeof severity>;

export const requestSummary = z.object({
  method: z.string(),
  origin: z.string(),
  path: z.string(),
  state: z.string(),
  ageMs: milliseconds,
});
export type RequestSummary = DeepReadonly<z.infer<typeof requestSummary>>;

/** A cause with its evidence and its fix. */
export const finding = z.object({
  code: z.enum(causes),
  severity,
  title: z.string(),
  thread: z.object({ id: z.int(), name: z.string(), isMain: z.boolean() }).nullable(),
  request: requestSummary.nullable(),
  evidence: z.array(z.string()),
  stack: z.array(z.string()).describe('the user’s frames first, file:line:column (function)'),
  fix: z.string(),
});
export type Finding = DeepReadonly<z.infer<typeof finding>>;

const checkStatus = z.enum(['ok', 'warn', 'fail', 'skipped', 'inconclusive', 'crash']);
export type CheckStatus = z.infer<typeof checkStatus>;

/** One check of `doctor` without a command. */
export const checkReport = z.object({
  id: z.string(),
  group: z.string(),
  title: z.string(),
  status: checkStatus,
  seen: z.string(),
  fix: z.string().nullable().describe('null where there is nothing to do'),
});
export type CheckReport = DeepReadonly<z.infer<typeof checkReport>>;

const threadSpan = z.object({
  kind: z.enum(['request', 'parked', 'blocked']),
  fromMs: z.number(),
  toMs: z.number().nullable().describe('null where it was still going on at the end'),
  text: z
    .string()
    .describe('a request as POST http://…, or the call in which the event loop was parked or blocked'),
  result: z.string().nullable().describe('for example 200, ECONNREFUSED, never sent; null unless a request'),
  good: z.boolean(),
});
export type ThreadSpan = DeepReadonly<z.infer<typeof threadSpan>>;

/** One thread of a diagnosed program. */
export const threadTimeline = z.object({
  id: z.int(),
  name: z.string(),
  isMain: z.boolean(),
  pid: z.int(),
  startedAtMs: z.number().describe('since the program started'),
  endedAtMs: z.number().nullable().describe('null where it still ran at the end'),
  end: z.string().nullable().describe('why it ended; null where it did not'),
  answered: count.describe('requests answered in time, which have no span'),
  spans: z.array(threadSpan).describe('in the order of their start'),
});
export type ThreadTimeline = DeepReadonly<z.infer<typeof threadTimeline>>;
