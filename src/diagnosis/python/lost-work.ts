import { busyText } from '../busy-text.ts';
import { duration } from '../duration.ts';
import type { LostWork, RequestRecord } from '../record.ts';
import type { EventOf, JobSeen, PythonThread as ReportedThread } from './event.ts';
import type { PythonLoop, PythonThread } from './thread.ts';
import type { WorkEvent, WorkEventOf } from './work-event.ts';

interface Loss extends Omit<LostWork, 'thread'> {
  readonly thread: ReportedThread | null;
}

const nowhere = { statement: null, stack: [] };

/** What a loss that says no more than this has: the rest is filled in. */
function loss(part: Pick<Loss, 'how' | 'thread' | 'what'> & Partial<Loss>): Loss {
  return { made: [], place: nowhere, error: null, waitedMs: null, details: [], ...part };
}

/** What is known of the process besides. */
export interface ProcessView {
  readonly requests: readonly RequestRecord[];
  readonly loops: ReadonlyMap<number, PythonLoop>;
  readonly queuedJobs: ReadonlyMap<number, JobSeen>;
  /** Whether it ended without a word. */
  readonly wasKilled: boolean;
  readonly endedAt: number;
  readonly threadOf: (reported: ReportedThread) => PythonThread;
}

/** Work that was to send and did not, read off what the probe reported of one process. */
export function lostWork(events: readonly WorkEvent[], view: ProcessView): readonly LostWork[] {
  const retrieved = new Set(events.flatMap((event) => (event.e === 'job-retrieved' ? [event.j] : [])));
  const mainEndedAt = events.find(({ e }) => e === 'main-ended')?.t ?? null;
  const losses = [
    ...events.flatMap((event): readonly Loss[] => {
      switch (event.e) {
        case 'task-end':
          return ofTask(event, view, mainEndedAt);
        case 'loop-timer-cut':
          return [ofLoopTimer(event)];
        case 'woken-late':
          return event.leads || startedSoonAfter(event, view) ? [ofWaking(event)] : [];
        case 'job-started':
        case 'job-cancelled':
          return event.leads ? ofJob(event, view.queuedJobs.get(event.j)) : [];
        case 'job-failed':
          return retrieved.has(event.j) ? [] : ofFailedJob(event, view);
        case 'daemon-left':
          return ofDaemon(event);
        case 'queue-left':
          return ofQueue(event);
        case 'queue-held':
          return view.wasKilled ? ofQueue(event) : [];
        case 'scheduled':
          return ofSchedule(event, view);
        case 'pool-killed':
          return event.leads ? [ofPool(event)] : [];
        case 'request-late':
          return [ofLateRequest(event)];
        case 'stuck':
          return ofStuckLoop(event, view);
        default:
          return [];
      }
    }),
    ...overdueTimers(view),
  ];
  // What the collector takes is lost whenever the program ends.
  const collected = new Set(losses.flatMap(({ how, made }) => (how === 'destroyed' ? made.slice(0, 1) : [])));
  return losses
    .filter(({ how, made: [made] }) => how !== 'cut-off' || made === undefined || !collected.has(made))
    .map((lost) => ({ ...lost, thread: lost.thread === null ? null : view.threadOf(lost.thread) }));
}

function ofTask(
  event: WorkEventOf<'task-end'>,
  view: ProcessView,
  mainEndedAt: number | null,
): readonly Loss[] {
  const { how, what, made, requests, repeats, error, statement, stack, thread, leads, took } = event;
  if (!leads) return [];
  const hasSent = requests > 0 && took === null;
  const place = { statement, stack };
  const details = took === null ? [] : [tookText(took)];
  const atEnd = mainEndedAt !== null && event.t >= mainEndedAt;
  switch (how) {
    case 'failed':
      if (hasSent || isOfRequest(error, view)) return [];
      return [loss({ how: 'failed', thread, what, made, place, error, details })];
    case 'destroyed':
      if (atEnd && (hasSent || repeats)) return [];
      return [loss({ how: atEnd ? cutOff(thread) : 'destroyed', thread, what, made, place, details })];
    case 'cut-off':
      if (hasSent || (repeats && took === null)) return [];
      if (isInLock(stack))
        return [loss({ how: 'stuck', thread, what, made, place, waitedMs: event.ageMs, details })];
      return [loss({ how: cutOff(thread), thread, what, made, place, details })];
  }
}

function ofLoopTimer({ thread, what, leftMs, stack }: WorkEventOf<'loop-timer-cut'>): Loss {
  return loss({
    how: cutOff(thread),
    thread,
    what,
    made: stack,
    details: [`it was a timer of the loop and was due ${duration(Math.max(0, leftMs))} later`],
  });
}

/** Whether it waited for asyncio's Lock or Semaphore: what holds it has not given it back. */
function isInLock(stack: readonly string[]): boolean {
  return stack.some((place) => /asyncio\/locks\.py:\d+ \(acquire\)/.test(place));
}

function cutOff({ isMain }: ReportedThread): 'cut-off' | 'thread-cut-off' {
  return isMain ? 'cut-off' : 'thread-cut-off';
}

function tookText({ putAt, agoMs }: { putAt: string | null; agoMs: number }): string {
  return `${duration(agoMs)} before, it had taken something from a queue${putAt === null ? '' : ` (put at ${putAt})`} and had made no request since`;
}

/** Whether an error is the one with which a request of its own failed: then that is the finding. */
function isOfRequest(error: string | null, { requests }: ProcessView): boolean {
  if (error === null) return false;
  return requests.some(
    ({ failure, status }) =>
      (failure !== null && (failure.message === '' || error.includes(failure.message.slice(0, 60)))) ||
      (status !== null && status >= 400),
  );
}

function startedSoonAfter({ l, t }: WorkEventOf<'woken-late'>, { requests, loops }: ProcessView): boolean {
  const carrier = loops.get(l);
  return requests.some(({ loop, startedAt }) => loop === carrier && startedAt >= t && startedAt - t < 500);
}

function ofWaking({ thread, what, lateMs, stack }: WorkEventOf<'woken-late'>): Loss {
  return loss({ how: 'woken-late', thread, what, made: stack, waitedMs: lateMs });
}

/** A batch of requests through a few threads waits for nothing but its own kind. */
function ofJob(
  event: WorkEventOf<'job-started'> | WorkEventOf<'job-cancelled'>,
  seen: JobSeen | undefined,
): readonly Loss[] {
  const { thread, name: what, stack: made, queuedMs: waitedMs } = event;
  if (event.e === 'job-started' && (seen === undefined || seen.busySends)) return [];
  const isStarved = seen !== undefined && seen.busyAt.length > 0 && !seen.busySends && waitedMs >= 1000;
  const place = { statement: seen?.busyWith[0] ?? null, stack: seen?.busyAt ?? [] };
  const details = seen === undefined ? [] : busyText(seen);
  if (isStarved) return [loss({ how: 'queued', thread, what, made, waitedMs, place, details })];
  return event.e === 'job-cancelled' ? [loss({ how: 'cancelled', thread, what, made, waitedMs })] : [];
}

function ofFailedJob(event: WorkEventOf<'job-failed'>, view: ProcessView): readonly Loss[] {
  const { leads, requests, error, thread, name: what, stack: made, place } = event;
  if (!leads || requests > 0 || isOfRequest(error, view)) return [];
  return [loss({ how: 'failed', thread, what, made, error, place: { statement: null, stack: place } })];
}

/** A daemon that polls, or waits for work, is none of the program's losses; one that has work in hand is. */
function ofDaemon(event: WorkEventOf<'daemon-left'>): readonly Loss[] {
  const { leads, took, repeats, idle, requests, thread, what, started, statement, stack } = event;
  if (!leads || idle) return [];
  if (took === null && (repeats || requests > 0)) return [];
  return [
    loss({
      how: 'daemon',
      thread,
      what,
      made: started,
      place: { statement, stack },
      details: took === null ? ['it had made no request yet'] : [tookText(took)],
    }),
  ];
}

function ofQueue(event: WorkEventOf<'queue-left'> | WorkEventOf<'queue-held'>): readonly Loss[] {
  const { leads, left, kind, putAt, takers, takersElsewhere, thread } = event;
  if (!leads) return [];
  const [taker] = takers;
  return [
    loss({
      how: 'left-in-queue',
      thread,
      what: `${left} ${left === 1 ? 'item lay' : 'items lay'} in a ${kind} when the program ended${putAt === null ? '' : `, put at ${putAt}`}`,
      made: putAt === null ? [] : [putAt],
      details: [
        ...(taker === undefined
          ? []
          : [`${taker} takes from it, in a daemon thread or on a loop that had ended`]),
        ...(takersElsewhere
          ? ['the thread that takes from it is in the parent process: a fork copies no threads']
          : []),
      ],
    }),
  ];
}

function ofSchedule(event: WorkEventOf<'scheduled'>, view: ProcessView): readonly Loss[] {
  const { how, what, leads, lateMs, graceMs, error, place, stack: made, thread, trigger } = event;
  if (!leads) return [];
  switch (how) {
    case 'missed': {
      const blocked = blockedWhile(event.t - lateMs, event.t, view);
      const details = [
        `its trigger was ${trigger}, its misfire_grace_time ${graceMs === null ? 'unlimited' : duration(graceMs)}`,
      ];
      if (blocked === null)
        return [loss({ how: 'missed-run', thread, what, made, waitedMs: lateMs, details })];
      return [
        loss({
          how: 'overdue',
          thread: blocked.thread,
          what,
          made,
          waitedMs: lateMs,
          place: blocked.place,
          details: [...details, 'the scheduler then passed over the run'],
        }),
      ];
    }
    case 'failed':
      if (isOfRequest(error, view)) return [];
      return [loss({ how: 'failed', thread, what, made, error, place: { statement: null, stack: place } })];
    case 'too-many-instances':
      return [];
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
  for (const { thread, blocked } of loops.values()) {
    const covering = blocked.find(
      (one) => one.t > from && one.t - one.forMs < to && overlap(one, from, to) >= (to - from) * 0.6,
    );
    if (covering !== undefined) return { thread: reported(thread), place: covering };
  }
  return null;
}

function overlap({ t, forMs }: EventOf<'stood'>, from: number, to: number): number {
  return Math.min(t, to) - Math.max(t - forMs, from);
}

/** It began as soon as its loop ran again. */
function ofLateRequest({ thread, lateMs, statement, stack, request }: WorkEventOf<'request-late'>): Loss {
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

function ofPool({ thread, what, pending, submitted, stack }: WorkEventOf<'pool-killed'>): Loss {
  return loss({
    how: 'pool-terminated',
    thread,
    what,
    made: submitted,
    place: { statement: null, stack },
    details: [`${pending} of them had not been done`],
  });
}

function ofStuckLoop(event: WorkEventOf<'stuck'>, view: ProcessView): readonly Loss[] {
  const loop = view.loops.get(event.l);
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
function overdueTimers(view: ProcessView): readonly Loss[] {
  return [...view.loops.values()].flatMap(({ thread, blocked, seen, state }) => [
    ...blocked.flatMap((one) => one.overdue.slice(0, 1).map((due) => ofOverdue(reported(thread), one, due))),
    ...(state === 'running' && seen !== null && !seen.polling
      ? seen.overdue.slice(0, 1).map((due) => ofOverdue(reported(thread), seen, due))
      : []),
  ]);
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
