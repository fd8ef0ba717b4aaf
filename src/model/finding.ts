import * as z from 'zod';
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
  ended: z
    .literal(true)
    .exactOptional()
    .describe('where it was no longer under way: its state is then its last one'),
});
export type RequestSummary = DeepReadonly<z.infer<typeof requestSummary>>;

const pid = z.int().exactOptional().describe('of its process, where doctor looked into running ones');

/** A request that was under way when doctor looked. */
export const pendingRequest = requestSummary.extend({ pid });

/** `main thread`, `thread 1 (heartbeat)`; Python's numbers are addresses, which say nothing: `thread heartbeat`. */
export function threadName({ name, id, isMain }: NonNullable<Finding['thread']>): string {
  if (isMain) return 'main thread';
  return id > 2 ** 32 ? `thread ${name}` : `thread ${id} (${name})`;
}

/** `POST http://host/path`; a proxy that is asked for a tunnel has no path. */
export function requestLine({
  method,
  origin,
  path,
}: Pick<RequestSummary, 'method' | 'origin' | 'path'>): string {
  return method === 'CONNECT' ? `CONNECT ${path} through ${origin}` : `${method} ${origin}${path}`;
}

const threadRef = z.object({ id: z.int(), name: z.string(), isMain: z.boolean() });

/** A cause with its evidence and its fix. */
export const finding = z.object({
  code: z.enum(causes),
  severity,
  title: z.string(),
  pid,
  thread: threadRef.nullable(),
  request: requestSummary.nullable(),
  evidence: z.array(z.string()),
  stack: z.array(z.string()).describe('the user’s frames first, file:line:column (function)'),
  codeFrame: z
    .array(z.string())
    .exactOptional()
    .describe('the lines of code around the first of the user’s own frames, as they are shown'),
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

const threadStates = ['running', 'parked', 'blocked', 'suspended', 'ended', 'unknown'] as const;

/** One thread of a diagnosed program. */
export const threadTimeline = z.object({
  id: z.int(),
  name: z.string(),
  isMain: z.boolean(),
  state: z.enum(threadStates).exactOptional().describe('of its event loop, when it was last seen'),
  stack: z.array(z.string()).exactOptional().describe('what kept its loop, the user’s frames first'),
  pid: z.int(),
  startedAtMs: z.number().describe('since the program started'),
  endedAtMs: z.number().nullable().describe('null where it still ran at the end'),
  end: z.string().nullable().describe('why it ended; null where it did not'),
  answered: count.describe('requests answered in time, which have no span'),
  spans: z.array(threadSpan).describe('in the order of their start'),
});
export type ThreadTimeline = DeepReadonly<z.infer<typeof threadTimeline>>;

/** An `await` that was pending when the program was looked at. */
export const pendingAwait = z.object({
  pid,
  thread: threadRef,
  at: z.string().describe('file:line:column'),
  function: z.string(),
  waitsFor: z.string().describe('the awaited expression, and what could settle it'),
  chain: z.array(z.string()).describe('the await and those that wait for its function, innermost first'),
  count: count.describe('how many calls wait there in the same way'),
  upToProgram: z
    .literal(true)
    .exactOptional()
    .describe(
      'only code of the program settles it, as far as was seen: whether it is stuck or at rest until there is something to do can’t be determined',
    ),
});
export type ReportedAwait = DeepReadonly<z.infer<typeof pendingAwait>>;

const reportedTimer = z.object({
  thread: threadRef,
  dueInMs: z.number().describe('below 0 where it is overdue'),
  delayMs: milliseconds,
  repeats: z.boolean(),
  holdsTheThread: z.boolean().describe('false where it was unref’d'),
  at: z.string().describe('where its callback stands; empty where that is not known'),
});

/** What a look into a running process showed beside its threads, requests and awaits. */
export const processLook = z.object({
  pid: z.int(),
  node: z.string().nullable().describe('null where its inspector was not used'),
  python: z
    .string()
    .exactOptional()
    .describe('its version, where it is a Python process that was looked into'),
  spanMs: milliseconds.describe('between the two looks'),
  longestPauseMs: milliseconds.describe('that a question kept a thread from its work, at most'),
  snapshotPauseMs: milliseconds.describe(
    'the same of what reads or walks its whole heap, a snapshot most of all; 0 where nothing did',
  ),
  heapPausesMs: milliseconds.describe('all of these together'),
  descriptors: z.object({ open: count, limit: count }).nullable(),
  poolJobs: z.array(z.string()).describe('jobs of libuv’s pool that are out'),
  unreadMessages: count.describe('messages in ports that nobody reads'),
  sockets: z.array(
    z.object({ local: z.string(), remote: z.string(), state: z.string(), unread: count, unsent: count }),
  ),
  timers: z.array(reportedTimer),
});
export type ProcessLook = DeepReadonly<z.infer<typeof processLook>>;
