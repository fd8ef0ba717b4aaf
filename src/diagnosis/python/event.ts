// One file, however long: the Python probe’s events, each with its shape.
import * as z from 'zod';
import { threadSchema, workEventSchemas } from './work-event.ts';

/**
 * What the Python probe writes: one JSON object a line, one file a process. `t` is the monotonic clock in ms. Stacks are
 * `file:line (function)`, the user's own frames first.
 */
const stack = z.array(z.string());

const thread = threadSchema;

/** A timer of a loop that is past its time and leads to a request. */
const overdue = z.array(z.object({ what: z.string(), lateMs: z.number(), stack })).default([]);

/** Where a loop's thread stands that does not come back to its loop. */
const place = {
  /** The source line. */
  statement: z.string().nullable(),
  stack,
  /** The thread that it joins. */
  waitsFor: z.number().nullable(),
  /** Whether it stands in a lock, an event, a queue or a future. */
  inLock: z.boolean(),
  overdue,
};

/** For what a thread waits without a limit. */
const wait = z.object({
  kind: z.string(),
  on: z.string(),
  /** The thread that has to act for it to go on; null where none is known. */
  holder: z.number().nullable(),
  heldSince: z.string().nullable().optional(),
  /** The signal whose handler waits, where that interrupted what holds the lock in the same thread. */
  handler: z.string().nullable().optional(),
  /** Why it never comes, in sentences. */
  never: z.array(z.string()).optional(),
  /** Of a lock that processes share: its name. */
  lock: z.string().nullable().optional(),
  /** Whether it goes on to a request after the wait, and does not come round to it again. */
  leads: z.boolean().optional(),
});

/** A thread, where it is, and for what it waits without a limit. */
const threadSeen = threadSchema.extend({
  /** Null where that was not seen. */
  startedAt: z.number().nullish(),
  stack,
  statement: z.string().nullable(),
  /** For how long it has not moved. */
  stillMs: z.number(),
  wait: wait.nullable(),
});

const loopSeen = z.object({
  l: z.number(),
  s: z.enum(['new', 'running', 'stopped', 'closed']),
  /** Waits in its selector for something to happen. */
  polling: z.boolean(),
  /** Since its loop last ran. */
  stillMs: z.number(),
  /** Callbacks that it has been given and not yet run. */
  ready: z.number(),
  thread: thread.nullable(),
  threadAlive: z.boolean(),
  ...place,
});

/** A body that is made while it is sent, and waits for its producer. */
const bodySeen = z.object({
  announced: z.number().nullable(),
  written: z.number(),
  restedMs: z.number(),
  /** Where the producer is. */
  statement: z.string().nullable(),
  stack,
});

/** What has come of a response's body. */
const responseSeen = z.object({
  bytes: z.number(),
  announced: z.number().nullable(),
  /** Since the last of it came. */
  restedMs: z.number(),
});

const jobSeen = z.object({
  j: z.number(),
  /** What it waits for, in words. */
  pool: z.string().default('the executor'),
  name: z.string(),
  module: z.string(),
  stack,
  queuedMs: z.number(),
  workers: z.number(),
  /** Whether its code leads to a request. */
  leads: z.boolean().default(false),
  /** Source lines at which the executor's threads are, and their places. */
  busyWith: z.array(z.string()),
  busyAt: stack.default([]),
  /** Whether one of them runs code that makes requests. */
  busySends: z.boolean().default(false),
  /** Whether each of its threads waits for a job that is queued behind it. */
  isDeadlocked: z.boolean().default(false),
});

/** What a look into a running process says in the same words. */
export const pythonSnapshotParts = { wait, loopSeen, jobSeen };

export const requestStates = [
  'created',
  'queued',
  'resolving',
  'connecting',
  'sending',
  'sent',
  'body-unread',
  'body',
] as const;

const at = { t: z.number() };

export const pythonEventSchema = z.discriminatedUnion('e', [
  z.object({ e: z.literal('process'), ...at }),
  z.object({ e: z.literal('beat'), ...at }),
  /** By this signal the process writes where its threads are, whatever keeps them, into a file that it has open. */
  z.object({ e: z.literal('stacks-offered'), ...at, signal: z.number(), fd: z.number() }),
  z.object({
    e: z.literal('request'),
    ...at,
    r: z.number(),
    client: z.string(),
    method: z.string(),
    origin: z.string(),
    path: z.string(),
    thread,
    loop: z.number().nullable(),
    /** The loop that owns its session. */
    owner: z.number().nullable(),
    stack,
    timeoutMs: z.number().nullable(),
    body: z.string(),
    /** Requests that said the same, and where only one that fails is followed by this one. */
    insteadOf: z.array(z.number()).default([]),
    /** Whether it asks the server to wait until something happens. */
    polling: z.boolean().default(false),
    /** Whether its connection was opened by the parent of a fork. */
    inherited: z.boolean().default(false),
  }),
  z.object({
    e: z.literal('state'),
    ...at,
    r: z.number(),
    s: z.enum(requestStates),
    timeoutMs: z.number().nullish(),
  }),
  z.object({
    e: z.literal('head'),
    ...at,
    r: z.number(),
    status: z.number(),
    retryAfter: z.string().nullable(),
    /** Its response has no end by its nature. */
    endless: z.boolean().default(false),
    /** Whether its caller goes on only when the whole body is there. */
    whole: z.boolean().default(false),
  }),
  z.object({ e: z.literal('refusal'), ...at, r: z.number(), code: z.string() }),
  /** A mock inside the process took it. */
  z.object({ e: z.literal('mocked'), ...at, r: z.number(), by: z.string() }),
  z.object({ e: z.literal('end'), ...at, r: z.number() }),
  /** A deadline around it, of so many ms, gave it up, and code of the user's that named that error went on without it. */
  z.object({ e: z.literal('given-up'), ...at, r: z.number(), ms: z.number(), at: z.string(), thread }),
  z.object({ e: z.literal('forget'), ...at, r: z.number() }),
  z.object({
    e: z.literal('fail'),
    ...at,
    r: z.number(),
    code: z.string(),
    message: z.string(),
    by: z.enum(['error', 'deadline', 'program', 'loop-end']),
    s: z.enum(requestStates),
  }),
  z.object({
    e: z.literal('loop'),
    ...at,
    l: z.number(),
    s: z.enum(['running', 'stopped', 'closed']),
    kind: z.enum(['asyncio', 'uvloop', 'gevent', 'eventlet']).default('asyncio'),
    thread,
  }),
  z.object({
    e: z.literal('loop-blocked'),
    ...at,
    l: z.number(),
    forMs: z.number(),
    /** Whether it slept in its selector, and was not let run when its time had come. */
    overslept: z.boolean().default(false),
    ...place,
  }),
  /** A loop of this thread answers on that port. */
  z.object({ e: z.literal('listening'), ...at, port: z.number(), thread }),
  /** Another thread gave the loop work in a way that does not wake it. */
  z.object({ e: z.literal('unsafe-call'), ...at, l: z.number(), thread, stack }),
  z.object({
    e: z.literal('handover'),
    ...at,
    h: z.number(),
    loop: z.number(),
    what: z.string(),
    thread,
    stack,
  }),
  z.object({
    e: z.literal('handover-end'),
    ...at,
    h: z.number(),
    how: z.enum(['done', 'failed', 'cancelled']),
    started: z.boolean(),
  }),
  z.object({
    e: z.literal('wait'),
    ...at,
    w: z.number(),
    call: z.string(),
    loop: z.number(),
    h: z.number().nullable(),
  }),
  z.object({ e: z.literal('wait-end'), ...at, w: z.number() }),
  z.object({
    e: z.literal('loop-error'),
    ...at,
    error: z.string().nullable(),
    leads: z.boolean().default(true),
    brokenAt: z.string().nullable().default(null),
    stack,
    thread,
  }),
  z.object({
    e: z.literal('thread-error'),
    ...at,
    error: z.string(),
    /** Requests that the thread had made. */
    requests: z.number().default(0),
    /** Whether the error ended a loop that would have come round again. */
    repeats: z.boolean().default(false),
    leads: z.boolean().default(true),
    took: z.object({ putAt: z.string().nullable(), agoMs: z.number() }).nullable().default(null),
    brokenAt: z.string().nullable().default(null),
    stack,
    thread,
  }),
  z.object({
    e: z.literal('ran-again'),
    ...at,
    threads: z.array(
      z.object({
        thread,
        /** Where it was started. */
        started: stack,
        /** Since its start; null where that was not seen. */
        ageMs: z.number().nullable(),
      }),
    ),
  }),
  z.object({
    e: z.literal('uncaught'),
    ...at,
    error: z.string(),
    leads: z.boolean().default(false),
    brokenAt: z.string().nullable().default(null),
    stack,
    thread,
  }),
  z.object({
    e: z.literal('unawaited'),
    ...at,
    what: z.string(),
    /** What else than a coroutine it is. */
    kind: z.string().nullable().default(null),
    /** Whether it is the user's own code. */
    users: z.boolean(),
    leads: z.boolean().default(true),
    /** The user's code that dropped it; null where a library did. */
    droppedIn: z.enum(['coroutine', 'function-on-loop', 'function']).nullable().default(null),
    stack,
    thread,
  }),
  z.object({
    e: z.literal('timer'),
    ...at,
    n: z.number(),
    delayMs: z.number(),
    /** Whether it is longer than a thread can wait for. */
    overflows: z.boolean().default(false),
    daemon: z.boolean(),
    leads: z.boolean().default(true),
    stack,
  }),
  z.object({ e: z.literal('timer-fired'), ...at, n: z.number() }),
  /** Main has returned and the threads that are no daemons are joined; exit handlers run next. */
  z.object({ e: z.literal('leaving'), ...at }),
  z.object({ e: z.literal('timer-over'), ...at, n: z.number() }),
  z.object({
    e: z.literal('snapshot'),
    ...at,
    /** `pending` while the program runs; else what ends it. */
    how: z.enum(['pending', 'end', 'os._exit']),
    stack,
    requests: z
      .array(
        z.object({
          r: z.number(),
          body: bodySeen.nullable().default(null),
          reply: responseSeen.nullable().default(null),
        }),
      )
      .default([]),
    loops: z.array(loopSeen),
    handovers: z.array(z.object({ h: z.number(), started: z.boolean() })),
    jobs: z.array(jobSeen),
    queued: z.number(),
    threads: z.array(threadSeen).default([]),
  }),
  /** The system's clock is not the one that the program asks, and something that leads to a request waits by it. */
  z.object({
    e: z.literal('clock-replaced'),
    ...at,
    clock: z.string(),
    by: z.string(),
    since: z.number(),
    /** Where it was replaced. */
    stack,
    waits: z.array(z.object({ lateMs: z.number(), statement: z.string().nullable(), stack, thread })),
  }),
  z.object({ e: z.literal('clock-restored'), ...at }),
  /** A lock that processes share has been held for a while. */
  z.object({ e: z.literal('lock-held'), ...at, lock: z.string(), thread, stack }),
  z.object({ e: z.literal('lock-freed'), ...at, lock: z.string() }),
  /** Threads that were there at the look before. */
  z.object({ e: z.literal('threads-over'), ...at, ids: z.array(z.number()) }),
  z.object({ e: z.literal('probe-error'), ...at }),
  ...workEventSchemas,
]);

/** One line of a record; null where it was cut by a full disk, or is of another version's probe. */
export function decodePythonEvent(line: string): PythonEvent | null {
  try {
    const event = pythonEventSchema.safeParse(JSON.parse(line));
    return event.success ? event.data : null;
  } catch {
    return null;
  }
}

export type PythonEvent = z.infer<typeof pythonEventSchema>;
export type PythonThread = z.infer<typeof thread>;
export type LoopKind = EventOf<'loop'>['kind'];
export type LoopSeen = z.infer<typeof loopSeen>;
export type ThreadSeen = z.infer<typeof threadSeen>;
export type JobSeen = z.infer<typeof jobSeen>;
export type EventOf<Kind extends PythonEvent['e']> = Extract<PythonEvent, { e: Kind }>;
