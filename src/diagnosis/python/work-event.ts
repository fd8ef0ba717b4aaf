// One file, however long: the Python probe’s events about work that was to send, each with its shape.
import * as z from 'zod';

/** What the Python probe reports of work that was to send: tasks, jobs, threads, queues, schedulers, processes. */
const stack = z.array(z.string());

export const threadSchema = z.object({
  id: z.number(),
  name: z.string(),
  isMain: z.boolean(),
  daemon: z.boolean(),
});

/** What a thread or task had taken from a queue and not sent. */
const took = z.object({ putAt: z.string().nullable(), agoMs: z.number().nullable() }).nullable();

const at = { t: z.number(), thread: threadSchema };

const job = {
  j: z.number(),
  name: z.string(),
  /** Whether its code leads to a request. */
  leads: z.boolean(),
  stack,
};

const queue = {
  ...at,
  kind: z.string(),
  left: z.number(),
  /** Whether nothing referred to it any more while the program went on. */
  gone: z.boolean().default(false),
  putAt: z.string().nullable(),
  leads: z.boolean(),
  takers: stack,
  takerThreads: z.array(z.number()).default([]),
  /** Whether every thread that takes from it belongs to another process: the parent of a fork. */
  takersElsewhere: z.boolean(),
};

/** A task that nothing wakes any more. */
export const stuckTaskSchema = z.object({
  what: z.string(),
  made: stack,
  requests: z.number(),
  leads: z.boolean(),
  statement: z.string().nullable(),
  stack,
});

export const workEventSchemas = [
  z.object({
    e: z.literal('task-end'),
    ...at,
    how: z.enum(['destroyed', 'failed', 'cut-off']),
    greenlet: z.boolean().default(false),
    /** How long before a greenlet that has not begun was due. */
    overdueMs: z.number().default(0),
    n: z.number().default(0),
    /** Whether the program runs, and may still ask for the error. */
    soFar: z.boolean().default(false),
    what: z.string(),
    /** Where create_task was called. */
    made: stack,
    ageMs: z.number(),
    requests: z.number(),
    leads: z.boolean(),
    /** Whether it was in a loop of its own that comes round again; of an error, whether that ended such a loop. */
    repeats: z.boolean(),
    /** Whether it repeats as a scheduler's job only: this run of it does not. */
    isRun: z.boolean().default(false),
    took,
    error: z.string().nullable(),
    statement: z.string().nullable(),
    stack,
  }),
  /** A task that its group or a deadline cancelled before it had made any request, or a greenlet that somebody killed. */
  z.object({
    e: z.literal('task-cancelled'),
    ...at,
    n: z.number(),
    how: z.enum(['group', 'deadline', 'killed', 'in-hand']),
    what: z.string(),
    made: stack,
    ageMs: z.number(),
    /** The error that ended another task of the group, the deadline, or where what it had in hand was put into its queue. */
    by: z.string(),
    /** Where that was raised, or set. */
    at: stack,
    statement: z.string().nullable(),
    stack,
  }),
  /** Another task of the same code has sent since. */
  z.object({ e: z.literal('task-sent-later'), t: z.number(), n: z.number() }),
  z.object({ e: z.literal('task-asked'), t: z.number(), n: z.number() }),
  z.object({ e: z.literal('loop-timer-cut'), ...at, what: z.string(), leftMs: z.number(), stack }),
  z.object({
    e: z.literal('woken-late'),
    ...at,
    l: z.number(),
    lateMs: z.number(),
    what: z.string(),
    leads: z.boolean(),
    stack,
  }),
  z.object({ e: z.literal('job-started'), ...at, ...job, queuedMs: z.number() }),
  z.object({ e: z.literal('job-cancelled'), ...at, ...job, queuedMs: z.number() }),
  z.object({
    e: z.literal('job-failed'),
    ...at,
    ...job,
    error: z.string(),
    requests: z.number(),
    place: stack,
  }),
  z.object({ e: z.literal('job-retrieved'), t: z.number(), j: z.number() }),
  /** Its error was asked for, and nothing done with it. */
  z.object({ e: z.literal('job-dropped'), t: z.number(), j: z.number(), at: z.string() }),
  z.object({
    e: z.literal('daemon-left'),
    ...at,
    what: z.string(),
    started: stack,
    statement: z.string().nullable(),
    stack,
    requests: z.number(),
    leads: z.boolean(),
    repeats: z.boolean(),
    /** Whether it waited for something to do. */
    idle: z.boolean(),
    took,
  }),
  /** A thread or a timer that was made and not started, and leads to a request. */
  z.object({
    e: z.literal('thread-unstarted'),
    ...at,
    what: z.string(),
    /** Nothing could start it any more; the program had it still; a part of an object, which other code starts. */
    state: z.enum(['gone', 'kept', 'on-demand']).default('gone'),
    stack,
  }),
  z.object({ e: z.literal('queue-left'), ...queue }),
  z.object({ e: z.literal('queue-held'), ...queue }),
  /** What lies in queues now follows: what was reported before does no more. */
  z.object({ e: z.literal('queues-looked'), t: z.number() }),
  z.object({
    e: z.literal('scheduled'),
    ...at,
    how: z.enum([
      'missed',
      /** Run all the same, long after it was due. */
      'late',
      'failed',
      /** Two runs in a row, as one before was still busy. */
      'too-many-instances',
      /** It came to run after it had been skipped. */
      'ran-again',
      /** Its executor took it not. */
      'refused',
      'due-after-end',
      'never-started',
      /** Its scheduler runs nothing by itself, and the program did not run it when it was due. */
      'not-run',
      /** Its scheduler stands on an event loop that nothing runs; reported again when it is twice as late. */
      'loop-not-run',
    ]),
    what: z.string(),
    trigger: z.string(),
    leads: z.boolean(),
    lateMs: z.number(),
    graceMs: z.number().nullable(),
    error: z.string().nullable(),
    statement: z.string().nullable().default(null),
    place: stack,
    stack,
    /** Of one whose runs are skipped: where it is written, and how many may run at once. */
    function: z.string().nullable().default(null),
    instances: z.number().default(1),
  }),
  z.object({
    e: z.literal('pool-killed'),
    ...at,
    pending: z.number(),
    what: z.string(),
    leads: z.boolean(),
    submitted: stack,
    stack,
  }),
  z.object({
    e: z.literal('forked'),
    t: z.number(),
    parentThreads: z.array(z.object({ thread: threadSchema, stack })),
  }),
  z.object({
    e: z.literal('not-followed'),
    t: z.number(),
    what: z.string(),
    /** Whether the program itself imports or uses it, and not a library that may never come to. */
    byUser: z.boolean(),
    stack,
  }),
  z.object({
    e: z.literal('request-late'),
    ...at,
    lateMs: z.number(),
    statement: z.string().nullable(),
    stack,
    request: stack,
  }),
  /** A web framework's task for after the response, which nothing refers to any more and nobody has called. */
  z.object({ e: z.literal('background-dropped'), ...at, what: z.string(), leads: z.boolean(), stack }),
  /** A signal was sent after one of its receivers had been collected. */
  z.object({
    e: z.literal('receiver-gone'),
    ...at,
    what: z.string(),
    leads: z.boolean(),
    made: stack,
    stack,
  }),
  /** A process that ends by os._exit() had filled what an exit handler was to send. */
  z.object({
    e: z.literal('exit-handler-skipped'),
    ...at,
    what: z.string(),
    /** The containers, and by how much they had grown. */
    holds: z.array(z.string()),
    made: stack,
    stack,
  }),
  /** A record that a handler would have sent was logged with a disabled logger. */
  z.object({
    e: z.literal('log-disabled'),
    ...at,
    logger: z.string(),
    level: z.string(),
    handler: z.string(),
    stack,
  }),
  /** What leads to a request was passed by: a framework had it, and did not call it. */
  z.object({
    e: z.literal('not-reached'),
    ...at,
    how: z.enum([
      'stream-cut',
      'handler-passed-over',
      'commit-dropped',
      'signal-skipped',
      'body-used-up',
      'redirect-dropped-body',
    ]),
    what: z.string(),
    made: stack,
    stack,
  }),
  /** An error broke off code that goes on to a request, and something caught it. */
  z.object({
    e: z.literal('swallowed'),
    ...at,
    n: z.number(),
    error: z.string(),
    /** What became of it, in words: `logged at level DEBUG`. */
    how: z.string(),
    place: z.string().nullable(),
    /** Whether what caught it takes just such errors. */
    named: z.boolean().default(false),
    stack,
  }),
  /** What had swallowed it has sent, or handed something on, since. */
  z.object({ e: z.literal('swallowed-sent'), t: z.number(), n: z.number() }),
  z.object({
    e: z.literal('signal-sent'),
    ...at,
    /** The process. */
    to: z.number(),
    name: z.string(),
    /** Whether it is a child whose own source sends on every way through it. */
    sends: z.boolean().default(false),
    stack,
  }),
  /** Who waited for a child heard that a signal had ended it. */
  z.object({ e: z.literal('child-signalled'), t: z.number(), child: z.number(), name: z.string() }),
  /** What would be lost if a signal ended the process now; each report takes the place of the last. */
  z.object({
    e: z.literal('at-stake'),
    t: z.number(),
    /** Of the last: where os._exit() was called. */
    exit: stack.nullable().default(null),
    items: z.array(
      z.object({
        thread: threadSchema,
        /** Where it would be sent: in a `finally`, at the end of a `with`, on the way on, by an exit handler. */
        how: z.enum(['finally', 'with', 'rest', 'exit-handler']),
        /** The function that would. */
        what: z.string(),
        /** Containers with something to send, and how much. */
        holds: z.array(z.string()),
        /** The line that would send. */
        to: z.string().nullable(),
        /** Of an exit handler: where it was. */
        registered: stack.default([]),
        statement: z.string().nullable(),
        stack,
      }),
    ),
  }),
  /** `channel` is the number of the queue's pipe, the same in every process. */
  z.object({ e: z.literal('channel-taker'), ...at, channel: z.number(), leads: z.boolean() }),
  z.object({
    e: z.literal('items-unsent'),
    ...at,
    channel: z.number(),
    left: z.number(),
    putAt: z.string().nullable(),
    stack,
  }),
  z.object({
    e: z.literal('item-dropped'),
    ...at,
    channel: z.number(),
    error: z.string(),
    putAt: z.string().nullable(),
  }),
  z.object({
    e: z.literal('task-published'),
    ...at,
    queues: z.array(z.string()),
    what: z.string(),
    leads: z.boolean(),
    stack,
  }),
  /** A broker has a task that leads to a request or not. */
  z.object({
    e: z.literal('task-given'),
    ...at,
    id: z.string(),
    what: z.string(),
    leads: z.boolean(),
    /** For how long a worker is to leave it alone (countdown, eta). */
    dueMs: z.number().nullable(),
    /** The setting by which it was to run at once, where that is not in force. */
    eager: z.string().nullable().default(null),
    /** Whether its broker ends with the program. */
    inMemory: z.boolean(),
    stack,
  }),
  z.object({ e: z.literal('task-begun'), t: z.number(), id: z.string() }),
  /** It is not to be run. */
  z.object({ e: z.literal('task-revoked'), t: z.number(), id: z.string() }),
  /** Somebody waits, without a limit, for the results of tasks. */
  z.object({
    e: z.literal('task-wait'),
    ...at,
    n: z.number(),
    ids: z.array(z.string()),
    /** The task that waits; null where none does. */
    inside: z.string().nullable(),
    leads: z.boolean(),
    statement: z.string().nullable(),
    stack,
  }),
  z.object({ e: z.literal('task-wait-over'), t: z.number(), n: z.number() }),
  z.object({ e: z.literal('queue-consumed'), ...at, queue: z.string() }),
  z.object({ e: z.literal('main-ended'), t: z.number() }),
  /** A task waits for a child that can't write on, as nobody reads its output. */
  z.object({
    e: z.literal('child-unread'),
    ...at,
    c: z.number(),
    pid: z.number(),
    what: z.string(),
    made: stack,
    leads: z.boolean(),
    /** Its full pipes, in words. */
    pipes: z.array(z.string()),
    statement: z.string().nullable(),
    stack,
  }),
  /** That child goes on. */
  z.object({ e: z.literal('child-read'), t: z.number(), c: z.number() }),
  z.object({
    e: z.literal('stuck'),
    ...at,
    l: z.number(),
    since: z.number(),
    tasks: z.array(stuckTaskSchema),
  }),
] as const;

export type WorkEvent = z.infer<(typeof workEventSchemas)[number]>;
export type WorkEventOf<Kind extends WorkEvent['e']> = Extract<WorkEvent, { e: Kind }>;
