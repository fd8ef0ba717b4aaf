import { showMs } from '../../time/show-ms.ts';
import type { EventOf, PythonThread as ReportedThread } from './event.ts';
import type { PythonLoop } from './loop.ts';
import { cutOff, failed, isOfRequest, type Loss, loss, type ProcessView } from './loss.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

export function ofLoopTimer({ thread, what, leftMs, stack }: WorkEventOf<'loop-timer-cut'>): Loss {
  return loss({
    how: cutOff(thread),
    thread,
    what,
    made: stack,
    details: [`it was a timer of the loop and was due ${showMs(Math.max(0, leftMs))} later`],
  });
}

export function ofWaking(event: WorkEventOf<'woken-late'>, view: ProcessView): readonly Loss[] {
  const { thread, what, lateMs, leads, stack } = event;
  if (!leads && !startedSoonAfter(event, view)) return [];
  return [loss({ how: 'woken-late', thread, what, made: stack, waitedMs: lateMs })];
}

function startedSoonAfter({ l, t }: WorkEventOf<'woken-late'>, { requests, loops }: ProcessView): boolean {
  const carrier = loops.find(l);
  return requests.some(({ loop, startedAt }) => loop === carrier && startedAt >= t && startedAt - t < 500);
}

/** It began as soon as its loop ran again. */
export function ofLateRequest({
  thread,
  lateMs,
  statement,
  stack,
  request,
}: WorkEventOf<'request-late'>): Loss {
  return loss({
    how: 'overdue',
    thread,
    what: 'a request',
    made: request,
    waitedMs: lateMs,
    place: { statement, stack },
    details: request[0] === undefined ? [] : [`it was made at ${request[0]} as soon as the loop ran again`],
  });
}

export function ofStuckLoop(event: WorkEventOf<'stuck'>, view: ProcessView): readonly Loss[] {
  const loop = view.loops.find(event.l);
  const waitedMs = (loop?.state === 'running' ? view.endedAt : event.t) - event.since;
  // It is seen again where it went on after all.
  if (loop?.state !== 'running' || !isLast(event, loop)) return [];
  const leading = event.tasks.filter(({ leads }) => leads);
  return leading.slice(0, 3).map(({ what, made, statement, stack }) =>
    loss({
      how: 'stuck',
      thread: event.thread,
      what,
      made,
      waitedMs,
      place: { statement, stack },
      details: ['its loop has no timer, no connection and no other thread that could settle it'],
    }),
  );
}

function isLast({ t }: WorkEventOf<'stuck'>, { seen, blocked }: PythonLoop): boolean {
  return !blocked.some((one) => one.t > t) && (seen === null || seen.polling);
}

/** Timers that were due to send while their loop was blocked. */
export function overdueTimers(view: ProcessView): readonly Loss[] {
  return view.loops.all.flatMap(({ thread, blocked, seen, state }) => [
    ...blocked.flatMap((one) => {
      const hold = view.holds.behind(one.t - one.forMs, one.t);
      const due = one.overdue.slice(0, 1);
      if (!one.overslept && (hold === null || hold.tid === thread?.tid))
        return due.map((timer) => ofOverdue(reported(thread), one, timer));
      const place = { statement: null, stack: hold?.stack ?? [] };
      const next = one.overslept ? undefined : hold?.requests.get(one.l);
      if (due.length === 0 && next !== undefined) return [ofHeldUpCode(reported(thread), place, one, next)];
      return due.map((timer) => ({ ...ofOverdue(reported(thread), place, timer), how: 'held-up' as const }));
    }),
    ...(state === 'running' && seen !== null && !seen.polling
      ? seen.overdue.slice(0, 1).map((due) => ofOverdue(reported(thread), seen, due))
      : []),
  ]);
}

/** The code that ran on a loop was kept from going on, to a request that it then made. */
function ofHeldUpCode(
  thread: ReportedThread | null,
  place: Loss['place'],
  { forMs: waitedMs }: EventOf<'loop-blocked'>,
  { stack: [made] }: EventOf<'request'>,
): Loss {
  const details = made === undefined ? [] : [`the request was made at ${made} once the loop ran again`];
  return loss({ how: 'held-up', thread, what: 'another thread’s request', waitedMs, place, details });
}

function ofOverdue(
  thread: ReportedThread | null,
  place: Loss['place'],
  { what, lateMs, stack }: { what: string; lateMs: number; stack: readonly string[] },
): Loss {
  return loss({
    how: 'overdue',
    thread,
    what,
    waitedMs: lateMs,
    place,
    details: stack[0] === undefined ? [] : [`it waits at ${stack[0]}`],
  });
}

function reported(thread: PythonThread | null): ReportedThread | null {
  return thread === null
    ? null
    : { id: thread.tid, name: thread.name, isMain: thread.isMain, daemon: thread.isDaemon };
}

export function ofSchedule(event: WorkEventOf<'scheduled'>, view: ProcessView): readonly Loss[] {
  const { how, what, leads, lateMs, graceMs, error, statement, place, stack: made, thread, trigger } = event;
  if (!leads) return [];
  switch (how) {
    case 'late':
    case 'missed': {
      const blocked = blockedWhile(event.t - lateMs, event.t, view);
      if (how === 'late' && blocked === null) return [];
      const details = [
        `its trigger was ${trigger}, its misfire_grace_time ${graceMs === null ? 'unlimited' : showMs(graceMs)}`,
      ];
      if (blocked === null)
        return [loss({ how: 'missed-run', thread, what, made, waitedMs: lateMs, details })];
      return [
        loss({
          // One that is run late counts from --hang-after on; one that is passed over is lost.
          how: how === 'late' ? 'overdue' : 'missed-behind-block',
          thread: blocked.thread,
          what,
          made,
          waitedMs: lateMs,
          place: blocked.place,
          details: how === 'late' ? details : [...details, 'the scheduler then passed over the run'],
        }),
      ];
    }
    case 'failed':
      if (isOfRequest(error, view)) return [];
      return [failed({ thread, what, made, error, logged: true, at: place })];
    // Which is judged by all that is known of the job.
    case 'too-many-instances':
    case 'ran-again':
    case 'refused':
      return [];
    case 'not-run':
      return lateMs < 0 && view.wasKilled
        ? []
        : [loss({ how, thread, what, made, details: [dueText(lateMs)] })];
    case 'loop-not-run':
      return [loss({ how, thread, what, made, waitedMs: lateMs, place: { statement, stack: place } })];
    case 'due-after-end':
    case 'never-started':
      return [loss({ how, thread, what, made, waitedMs: lateMs < 0 ? -lateMs : null })];
  }
}

interface Blocked {
  readonly thread: ReportedThread | null;
  readonly place: Loss['place'];
}

/** The standstill of a loop that covers most of a time. */
function blockedWhile(from: number, to: number, { loops }: ProcessView): Blocked | null {
  for (const { thread, blocked } of loops.all) {
    const covering = blocked.find(
      (one) => one.t > from && one.t - one.forMs < to && overlap(one, from, to) >= (to - from) * 0.6,
    );
    if (covering !== undefined) return { thread: reported(thread), place: covering };
  }
  return null;
}

function overlap({ t, forMs }: EventOf<'loop-blocked'>, from: number, to: number): number {
  return Math.min(t, to) - Math.max(t - forMs, from);
}

function dueText(lateMs: number): string {
  return lateMs >= 0 ? `it had been due for ${showMs(lateMs)}` : `it was due ${showMs(-lateMs)} later`;
}
