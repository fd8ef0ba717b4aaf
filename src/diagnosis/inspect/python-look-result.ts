import * as z from 'zod';
import { pythonSnapshotParts, requestStates } from '../python/event.ts';
import { stuckTaskSchema, threadSchema } from '../python/work-event.ts';

/** What the look into a Python process prints (src/diagnosis/python/probe/timer_notify_look/attach.py). */
const mark = z.unknown();
const stack = z.array(z.string());
const { wait, loopSeen, jobSeen } = pythonSnapshotParts;

const state = z.enum(requestStates);

const request = z.object({
  key: z.number(),
  client: z.string(),
  method: z.string(),
  origin: z.string(),
  path: z.string(),
  polling: z.boolean(),
  /** `unclear`: it was seen, and not for what it waits. */
  state: z.union([state, z.literal('unclear')]),
  loop: z.number().nullable(),
  thread: threadSchema.nullable(),
  stack,
  mark,
});

const thread = threadSchema.extend({
  stack,
  statement: z.string().nullable(),
  wait: wait.nullable(),
  /** An executor's thread with nothing to do. */
  idle: z.boolean(),
  mark,
});

/** By the target's own main thread. */
const inside = z.object({
  threads: z.array(thread),
  loops: z.array(loopSeen.extend({ mark, stuck: z.array(stuckTaskSchema), unwoken: z.boolean() })),
  tasks: z.array(
    z.object({
      key: z.number(),
      loop: z.number(),
      thread: threadSchema.nullable(),
      name: z.string(),
      stack,
      chain: stack,
      statement: z.string().nullable(),
      waitsFor: z.string(),
      leads: z.boolean(),
      upToProgram: z.boolean(),
      mark,
    }),
  ),
  requests: z.array(request),
  jobs: z.array(jobSeen),
  queued: z.number(),
  handovers: z.array(
    z.object({ h: z.number(), loop: z.number(), what: z.string(), leads: z.boolean(), stack }),
  ),
  waits: z.array(
    z.object({
      thread: threadSchema,
      loop: z.number().nullable(),
      h: z.number(),
      on: z.number().nullable(),
    }),
  ),
});

const requestState = state.nullable();

/** From the memory of the process, which says neither values nor which loops are stopped. */
const outside = z.object({
  threads: z.array(
    thread.extend({
      runsLoop: z.boolean(),
      polling: z.boolean(),
      request: requestState,
      address: z.string().nullable(),
    }),
  ),
  tasks: z.array(
    z.object({
      key: z.number(),
      thread: z.number(),
      name: z.string(),
      chain: stack,
      mark,
      stack,
      statement: z.string().nullable(),
      request: requestState,
    }),
  ),
});

export const pythonLookResult = z.union([
  z.object({ python: z.string(), refused: z.literal('too-old') }),
  z.object({
    python: z.string(),
    /** Why its main thread was not asked: `no-answer`, or the interpreter’s own error. */
    refused: z.string().nullable(),
    outsideError: z.string().exactOptional(),
    spanMs: z.number(),
    pauseMs: z.number(),
    inside: z.tuple([inside, inside]).nullable(),
    outside: z.tuple([outside, outside]).nullable(),
  }),
]);

export type PythonLookResult = Extract<z.infer<typeof pythonLookResult>, { spanMs: number }>;
export type SeenInside = z.infer<typeof inside>;
export type SeenOutside = z.infer<typeof outside>;
