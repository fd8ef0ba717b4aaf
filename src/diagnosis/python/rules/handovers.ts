import type { Handover, LoopRecord, PythonRecord } from '../record.ts';
import { capital, duration, placeText, threadText } from '../wording.ts';
import type { PythonRule, Suspicion } from './rule.ts';
import { longestStanding, waitsForItself } from './standing.ts';

/** Work that was handed to a loop which never came to begin it. */
export const handovers: PythonRule = (record, { hangAfterMs }) =>
  record.handovers.flatMap((handover) => {
    const until = handover.end?.t ?? record.endedAt;
    const waited = until - handover.made.t;
    if (handover.started || (waited < hangAfterMs && !record.gone)) return [];
    const loop = record.loops.get(handover.made.loop);
    if (loop === undefined || loop.state === 'new') return [neverTurned(handover)];
    const standing = longestStanding(loop, handover.made.t, until, record);
    if (standing !== null && standing.forMs >= Math.min(hangAfterMs, waited) * 0.6) {
      return [standingTarget(handover, loop, standing, waited, record)];
    }
    if (loop.state === 'running') return [];
    return [stoppedTarget(handover, loop, waited)];
  });

function standingTarget(
  handover: Handover,
  loop: LoopRecord,
  standing: NonNullable<ReturnType<typeof longestStanding>>,
  waited: number,
  record: PythonRecord,
): Suspicion {
  const isDeadlock = waitsForItself(loop, standing, record);
  return {
    code: isDeadlock ? 'bridge-deadlock' : 'bridge-target-blocked',
    severity: 'error',
    title: isDeadlock
      ? `${capital(threadText(loop.thread))} waits for something that its own loop must do`
      : `What was handed to the loop of ${threadText(loop.thread)} waits, since that loop is blocked`,
    thread: loop.thread,
    request: null,
    evidence: [
      handedText(handover, loop),
      `it was not begun in ${duration(waited)}: ${threadText(loop.thread)} stood in ${placeText(standing.place)} for ${duration(standing.forMs)}`,
    ],
    stack: standing.place.stack,
    fix: isDeadlock
      ? 'Never wait with .result(), join() or a lock on the loop that has to do the work: await asyncio.wrap_future(future) instead'
      : 'Keep that loop free (asyncio.to_thread for what blocks), or hand the request to a thread whose loop does nothing else',
  };
}

function stoppedTarget(handover: Handover, loop: LoopRecord, waited: number): Suspicion {
  const isOwn = loop.thread?.id === handover.made.thread.id;
  return {
    code: isOwn ? 'loop-parked' : 'bridge-target-blocked',
    severity: 'error',
    title: `What was handed to the loop of ${threadText(loop.thread)} was never begun: that loop has stopped`,
    thread: loop.thread,
    request: null,
    evidence: [
      handedText(handover, loop),
      `it was not begun in ${duration(waited)}: the loop is ${loop.state} and does not turn`,
    ],
    stack: handover.made.stack,
    fix: isOwn
      ? 'Await it before run_until_complete returns: what is scheduled on a loop that stops stays where it is'
      : 'Hand it to a loop that keeps turning, and check loop.is_running() before',
  };
}

function neverTurned(handover: Handover): Suspicion {
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${handover.made.what} was handed to a loop that no thread turns`,
    thread: handover.made.thread,
    request: null,
    evidence: [
      `${threadText(handover.made.thread)} handed ${handover.made.what} over at ${handover.made.stack[0] ?? 'an unknown place'}; nothing has run that loop`,
    ],
    stack: handover.made.stack,
    fix: 'Start a thread that runs the loop (loop.run_forever), or hand it to a loop that turns',
  };
}

function handedText({ made }: Handover, loop: LoopRecord): string {
  return `${threadText(made.thread)} handed ${made.what} to the loop of ${threadText(loop.thread)} at ${made.stack[0] ?? 'an unknown place'} (run_coroutine_threadsafe)`;
}
