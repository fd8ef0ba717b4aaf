import type { LoopRecord, PythonRecord, PythonRequest } from '../record.ts';
import {
  ageOf,
  capital,
  duration,
  placeText,
  requestText,
  stateText,
  threadText,
  timeoutEvidence,
} from '../wording.ts';
import type { PythonRule, Suspicion } from './rule.ts';
import { longestStanding, type Standing, standingOf, waitsForItself } from './standing.ts';

const keepTurning =
  'Await it before run_until_complete returns, or hand it to a loop that keeps turning: a thread that does nothing else (loop.run_forever), or main’s loop through asyncio.run_coroutine_threadsafe and asyncio.wrap_future';

/** The loop that has to do the work does not turn: stopped, blocked, or waiting for itself. */
export const loops: PythonRule = (record, { hangAfterMs }) =>
  record.requests.flatMap((request) => {
    const loop = request.started.loop === null ? undefined : record.loops.get(request.started.loop);
    if (loop === undefined) return [];
    if (request.endedAt !== null) return lateBecauseOfLoop(request, loop, record, hangAfterMs);
    if (isAnswered(request)) return [];
    if (loop.state === 'stopped' || loop.state === 'closed')
      return stopped(request, loop, record, hangAfterMs);
    const standing = standingOf(loop, record);
    if (standing === null || ageOf(request, record) < hangAfterMs) return [];
    if (standing.forMs < Math.min(hangAfterMs, ageOf(request, record)) * 0.75) return [];
    return [standingSuspicion(request, loop, standing, record)];
  });

/** A good reply whose body the program does not read. */
export function isAnswered({ head, state }: PythonRequest): boolean {
  return head !== null && head.status < 400 && state === 'body-unread';
}

function stopped(
  request: PythonRequest,
  loop: LoopRecord,
  record: PythonRecord,
  hangAfterMs: number,
): readonly Suspicion[] {
  const forMs = record.endedAt - loop.since;
  // What ends with the process, or with its thread, right after its loop did is told as that.
  if (forMs < hangAfterMs || loop.seen?.threadAlive === false) return [];
  return [
    {
      code: 'loop-parked',
      severity: 'error',
      title: `The loop of ${threadText(loop.thread)} does not turn any more while its request waits`,
      thread: loop.thread,
      request,
      evidence: [
        `the loop of ${threadText(loop.thread)} ${loop.state === 'closed' ? 'was closed' : 'stopped turning (its run_until_complete, or run_forever, returned)'} ${duration(forMs)} before the observation ended`,
        `${requestText(request)} ${stateText(request)} and can’t go on`,
        ...timeoutEvidence(request, record),
        ...(loop.seen === null ? [] : [`${threadText(loop.thread)} stands in ${placeText(loop.seen)}`]),
      ],
      stack: request.started.stack,
      fix: keepTurning,
    },
  ];
}

function standingSuspicion(
  request: PythonRequest,
  loop: LoopRecord,
  standing: Standing,
  record: PythonRecord,
): Suspicion {
  const isDeadlock = waitsForItself(loop, standing, record);
  return {
    code: isDeadlock ? 'bridge-deadlock' : 'loop-blocked',
    severity: 'error',
    title: isDeadlock
      ? `${capital(threadText(loop.thread))} waits for something that its own loop must do`
      : `The loop of ${threadText(loop.thread)} is blocked while its request waits`,
    thread: loop.thread,
    request,
    evidence: [
      `${threadText(loop.thread)} has stood in ${placeText(standing.place)} for ${duration(standing.forMs)}`,
      `${requestText(request)} ${stateText(request)}`,
      ...timeoutEvidence(request, record),
    ],
    stack: standing.place.stack,
    fix: isDeadlock
      ? 'Never wait with .result(), join() or a lock on the loop that has to do the work: await asyncio.wrap_future(future) instead'
      : 'Await instead of blocking (asyncio.sleep, asyncio.to_thread, loop.run_in_executor), or send from a thread whose loop is free',
  };
}

function lateBecauseOfLoop(
  request: PythonRequest,
  loop: LoopRecord,
  record: PythonRecord,
  hangAfterMs: number,
): readonly Suspicion[] {
  const { started, endedAt, failure } = request;
  if (endedAt === null || failure?.by === 'program' || failure?.by === 'loop-end') return [];
  const took = endedAt - started.t;
  const timedOut = failure?.code === 'timed-out';
  if (failure !== null && !timedOut) return [];
  if (!timedOut && took < hangAfterMs) return [];
  const standing = longestStanding(loop, started.t, endedAt, record);
  if (standing === null || standing.forMs < took * 0.6) return [];
  return [
    {
      code: 'loop-blocked',
      severity: 'error',
      title: `The loop of ${threadText(loop.thread)} was blocked while its request waited`,
      thread: loop.thread,
      request,
      evidence: [
        `${threadText(loop.thread)} stood in ${placeText(standing.place)} for ${duration(standing.forMs)}`,
        `${requestText(request)} ${timedOut ? 'timed out' : 'was answered only'} after ${duration(took)}`,
      ],
      stack: standing.place.stack,
      fix: 'Await instead of blocking (asyncio.sleep, asyncio.to_thread, loop.run_in_executor), or send from a thread whose loop is free',
    },
  ];
}
