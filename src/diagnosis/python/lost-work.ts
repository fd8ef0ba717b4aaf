import { showMs } from '../../time/show-ms.ts';
import { busyText } from '../busy-text.ts';
import { functionOf } from '../causes-first.ts';

import type { LostWork } from '../record.ts';
import type { JobSeen } from './event.ts';
import { cutOff, failed, isOfRequest, type Loss, loss, type ProcessView } from './loss.ts';
import {
  ofLateRequest,
  ofLoopTimer,
  ofSchedule,
  ofStuckLoop,
  ofWaking,
  overdueTimers,
} from './lost-on-loops.ts';
import { lostRuns } from './lost-runs.ts';
import type { WorkEvent, WorkEventOf } from './work-event.ts';

/** Work that was to send and did not, read off what the probe reported of one process. */
export function lostWork(events: readonly WorkEvent[], view: ProcessView): readonly LostWork[] {
  const context = contextOf(events, view);
  const losses = [
    ...lostRuns(events, view.posters),
    ...events.flatMap((event) => lossOf(event, context)),
    ...overdueTimers(view),
  ];
  // What the collector takes is lost whenever the program ends.
  const collected = new Set(losses.flatMap(({ how, made }) => (how === 'destroyed' ? made.slice(0, 1) : [])));
  return losses
    .filter(({ how, made: [made] }) => how !== 'cut-off' || made === undefined || !collected.has(made))
    .map((lost) => ({ ...lost, thread: lost.thread === null ? null : view.threadOf(lost.thread) }));
}

/** What other events say of an event. */
interface Context {
  readonly view: ProcessView;
  readonly mainEndedAt: number | null;
  /** Jobs whose outcome the program asked for. */
  readonly retrieved: ReadonlySet<number>;
  /** Where a job's error was dropped. */
  readonly droppedAt: ReadonlyMap<number, string>;
  readonly tasksAsked: ReadonlySet<number>;
  /** Tasks that sent after all. */
  readonly sentLater: ReadonlySet<number>;
  /** Children whose output was read. */
  readonly childrenRead: ReadonlySet<number>;
}

function contextOf(events: readonly WorkEvent[], view: ProcessView): Context {
  return {
    view,
    mainEndedAt: events.find(({ e }) => e === 'main-ended')?.t ?? null,
    retrieved: new Set(events.flatMap((event) => (event.e === 'job-retrieved' ? [event.j] : []))),
    droppedAt: new Map(events.flatMap((event) => (event.e === 'job-dropped' ? [[event.j, event.at]] : []))),
    tasksAsked: new Set(events.flatMap((event) => (event.e === 'task-asked' ? [event.n] : []))),
    sentLater: new Set(events.flatMap((event) => (event.e === 'task-sent-later' ? [event.n] : []))),
    childrenRead: new Set(events.flatMap((event) => (event.e === 'child-read' ? [event.c] : []))),
  };
}

function lossOf(event: WorkEvent, context: Context): readonly Loss[] {
  const { view } = context;
  switch (event.e) {
    case 'task-end':
      // Who ends by itself reports at its end what is left.
      if (event.soFar && (!view.wasKilled || context.tasksAsked.has(event.n))) return [];
      return ofTask(event, view, context.mainEndedAt);
    case 'task-cancelled':
      return context.sentLater.has(event.n) ? [] : [ofCancelledTask(event)];
    case 'loop-timer-cut':
      return [ofLoopTimer(event)];
    case 'woken-late':
      return ofWaking(event, view);
    case 'job-started':
    case 'job-cancelled':
      return event.leads ? ofJob(event, view.queuedJobs.find(event.j)) : [];
    case 'job-failed':
      return context.retrieved.has(event.j) ? [] : ofFailedJob(event, view, context.droppedAt.get(event.j));
    case 'daemon-left':
      return ofDaemon(event);
    case 'thread-unstarted':
      return [ofUnstartedThread(event)];
    case 'queue-left':
      return ofQueue(event, view);
    case 'queue-held':
      return view.wasKilled ? ofQueue(event, view) : [];
    case 'scheduled':
      return ofSchedule(event, view);
    case 'pool-killed':
      return event.leads ? [ofPool(event)] : [];
    case 'background-dropped':
      return event.leads ? [ofDroppedBackground(event)] : [];
    case 'receiver-gone':
      return event.leads ? [ofGoneReceiver(event)] : [];
    case 'exit-handler-skipped':
      return [ofExitHandler(event)];
    case 'log-disabled':
      return [ofDisabledLogger(event)];
    case 'child-unread':
      return event.leads && !context.childrenRead.has(event.c) ? [ofUnreadChild(event, view)] : [];
    case 'not-reached':
      return [ofUnreached(event)];
    case 'request-late':
      return [ofLateRequest(event)];
    case 'stuck':
      return ofStuckLoop(event, view);
    default:
      return [];
  }
}

function ofUnstartedThread({ state, thread, what, stack: made }: WorkEventOf<'thread-unstarted'>): Loss {
  return loss({ how: unstartedKinds[state], thread, what, made });
}

function ofDroppedBackground({ thread, what, stack: made }: WorkEventOf<'background-dropped'>): Loss {
  return loss({ how: 'discarded', thread, what, made });
}

function ofGoneReceiver({ e: how, thread, what, made, stack }: WorkEventOf<'receiver-gone'>): Loss {
  return loss({ how, thread, what, made, place: { statement: null, stack } });
}

function ofUnreached({ how, thread, what, made, stack }: WorkEventOf<'not-reached'>): Loss {
  return loss({ how, thread, what, made, place: { statement: null, stack } });
}

const unstartedKinds = {
  gone: 'thread-not-started',
  kept: 'thread-kept-unstarted',
  'on-demand': 'timer-not-armed',
} as const;

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
      if ((hasSent && !repeats) || isOfRequest(error, view)) return [];
      return [
        loss({ how: repeats ? 'repetition-ended' : 'failed', thread, what, made, place, error, details }),
      ];
    case 'destroyed':
      if (atEnd && (hasSent || repeats)) return [];
      return [loss({ how: atEnd ? cutOff(thread) : 'destroyed', thread, what, made, place, details })];
    case 'cut-off':
      if (hasSent) return [];
      // Who comes round again is cut off in between; a run that waits for a lock keeps the next ones from it.
      if (repeats && took === null && !(event.isRun && isInLock(stack))) return [];
      if (isInLock(stack))
        return [loss({ how: 'stuck', thread, what, made, place, waitedMs: event.ageMs, details })];
      return [
        loss({
          how: ofCutOff(event),
          thread,
          what,
          made,
          place,
          waitedMs: event.overdueMs === 0 ? null : event.overdueMs,
          details,
        }),
      ];
  }
}

/** A greenlet that was due for so long, in ms, would have begun had its hub had a turn. */
const longOverdueMs = 300;

function ofCutOff({ greenlet, overdueMs, thread }: WorkEventOf<'task-end'>) {
  if (!greenlet) return cutOff(thread);
  return overdueMs >= longOverdueMs ? 'greenlet-overdue' : 'greenlet-cut-off';
}

function ofUnreadChild(event: WorkEventOf<'child-unread'>, { endedAt }: ProcessView): Loss {
  const { thread, what, made, pid, pipes, statement, stack, t } = event;
  const details = pipes.map((text) => `the task waits for process ${pid}: ${text}`);
  const place = { statement, stack };
  return loss({ how: 'child-unread', thread, what, made, place, waitedMs: endedAt - t, details });
}

function ofExitHandler({
  e: how,
  thread,
  what,
  holds,
  made,
  stack,
}: WorkEventOf<'exit-handler-skipped'>): Loss {
  const details = [`it sends what is in ${holds.join(', ')}: more than when the process began`];
  return loss({ how, thread, what, made, place: { statement: null, stack }, details });
}

function ofDisabledLogger({
  e: how,
  thread,
  logger,
  level,
  handler,
  stack,
}: WorkEventOf<'log-disabled'>): Loss {
  const details = [`${handler} would have sent it`];
  return loss({
    how,
    thread,
    what: `what the logger ${logger} was given at level ${level}`,
    made: stack,
    details,
  });
}

function ofCancelledTask(event: WorkEventOf<'task-cancelled'>): Loss {
  const { how, thread, what, made, by, at, statement, stack } = event;
  const place = { statement, stack };
  const [where] = at;
  if (how === 'group') {
    const details = where === undefined ? [] : [`the error was raised at ${where}`];
    return loss({ how: 'ended-by-group', thread, what, made, place, error: by, details });
  }
  if (how === 'killed') {
    const details = where === undefined ? [] : [`it was killed at ${where}`];
    return loss({ how: 'greenlet-killed', thread, what, made, place, details });
  }
  if (how === 'in-hand') {
    const putAt = by === '' ? null : by;
    return loss({
      how: 'cancelled-in-hand',
      thread,
      what,
      made,
      place,
      details: [tookText({ putAt, agoMs: null })],
    });
  }
  const details = [`the deadline was ${by}${where === undefined ? '' : `, set at ${where}`}`];
  return loss({ how: 'ended-by-deadline', thread, what, made, place, details });
}

/** Whether it waited for asyncio's Lock or Semaphore: what holds it has not given it back. */
function isInLock(stack: readonly string[]): boolean {
  return stack.some((place) => /asyncio\/locks\.py:\d+ \(acquire\)/.test(place));
}

function tookText({ putAt, agoMs }: { putAt: string | null; agoMs: number | null }): string {
  return `${agoMs === null ? 'shortly' : showMs(agoMs)} before, it had taken something from a queue${putAt === null ? '' : ` (put at ${putAt})`} and had made no request since`;
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

function ofFailedJob(
  event: WorkEventOf<'job-failed'>,
  view: ProcessView,
  droppedAt: string | undefined,
): readonly Loss[] {
  const { leads, requests, error, thread, name: what, stack: made, place } = event;
  if (!leads || requests > 0 || isOfRequest(error, view)) return [];
  return [
    failed({ thread, what, made, error, at: place, ...(droppedAt === undefined ? {} : { droppedAt }) }),
  ];
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

const takesTooLate = 'takes from it, in a daemon thread or on a loop that had ended';
const takesNever = 'would send what it takes from it, and no thread or task has begun to take';
const tookBefore = 'took from it, and had ended or been cancelled before it was empty';
const takesInParent = 'takes from it, in a thread of the parent process: a fork copies no threads';

function ofQueue(
  event: WorkEventOf<'queue-left'> | WorkEventOf<'queue-held'>,
  { requests, endedAt, threadById }: ProcessView,
): readonly Loss[] {
  const { leads, left, gone, kind, putAt, takers, takersElsewhere, thread } = event;
  if (!leads) return [];
  const [taker] = takers;
  const functions = takers.map(functionOf);
  const hanging = requests.filter(
    (request) =>
      request.endedAt === null &&
      endedAt - request.startedAt >= hangingMs &&
      request.stack.some((frame) => functions.includes(functionOf(frame))),
  );
  return [
    loss({
      how: takersElsewhere ? 'taker-in-parent' : gone ? 'queue-dropped' : 'left-in-queue',
      thread,
      what: `${left} ${left === 1 ? 'item was' : 'items were'} in ${kind.startsWith('a') ? 'an' : 'a'} ${kind} when ${gone ? 'nothing referred to it any more' : 'the program ended'}${putAt === null ? '' : `, put at ${putAt}`}`,
      made: putAt === null ? [] : [putAt],
      details: [
        ...(taker === undefined
          ? []
          : [
              `${taker} ${takersElsewhere ? takesInParent : gone ? tookBefore : event.takerThreads.length === 0 ? takesNever : takesTooLate}`,
            ]),
        ...hanging
          .slice(0, 1)
          .map(
            ({ stack: [place], startedAt }) =>
              `it had been in a request for ${showMs(endedAt - startedAt)}, made at ${place ?? 'an unknown place'}: the items in the queue waited for that`,
          ),
      ],
      takers: {
        threads: event.takerThreads.flatMap((id) => threadById(id) ?? []),
        functions,
      },
    }),
  ];
}

/** A request under way for so long, in ms, keeps a queue waiting. */
const hangingMs = 1000;

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
