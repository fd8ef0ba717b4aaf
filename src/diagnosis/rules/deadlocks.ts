import { capital } from '../../capital.ts';
import { showMs } from '../../time/show-ms.ts';
import type { RequestRecord, ThreadPlace } from '../record.ts';
import { requestText } from '../request-text.ts';
import type { Rule, Suspicion } from './rule.ts';
import { placeText, startedAt, threadText } from './wording.ts';

/** `bridge-deadlock` and `await-unsettled`: threads that wait for each other, or for a lock that no living thread holds. */
export const deadlocks: Rule = ({ places, started, requests }, { hangAfterMs }) => {
  const pids = [...new Set(places.map(({ thread }) => thread.pid))];
  return pids.flatMap((pid) => {
    const process = places.filter(({ thread }) => thread.pid === pid);
    const waiting = process.filter(({ wait, stillMs }) => wait !== null && stillMs >= hangAfterMs);
    const circle = circleOf(waiting);
    if (circle.length > 0) return [inCircle(circle, requests)];
    const own = waiting.find((place) => isAloneOnItsLoop(place, process));
    if (own !== undefined) return [onItsOwnLoop(own)];
    const orphans = waiting.filter((place) => isOrphaned(place, process));
    if (orphans.length > 0) return orphans.map(orphaned);
    const unnotified = process.every((place) => waiting.includes(place) || isIdleWorker(place))
      ? waiting.find((place) => isUnnotified(place, started))
      : undefined;
    const text = neverText(unnotified?.wait?.kind);
    return unnotified === undefined || text === undefined ? [] : [neverNotified(unnotified, text, process)];
  });
};

/** The shortest circle of threads each of which waits for the next. */
function circleOf(waiting: readonly ThreadPlace[]): readonly ThreadPlace[] {
  const byNumber = new Map(waiting.map((place) => [place.thread.tid, place]));
  for (const start of waiting) {
    const path: ThreadPlace[] = [];
    for (let next: ThreadPlace | undefined = start; next !== undefined; ) {
      if (path.includes(next)) {
        if (next === start) return path;
        break;
      }
      path.push(next);
      const holder: number | null = next.wait?.holder ?? null;
      next = holder === null ? undefined : byNumber.get(holder);
    }
  }
  return [];
}

/** Whether its thread stands in a wait on top of a blocking request: nobody reads its response, whatever the server does. */
export function isHeldUp(request: RequestRecord, suspicions: readonly Suspicion[]): boolean {
  const { thread, loop, endedAt } = request;
  if (thread.runtime !== 'python' || loop !== null || endedAt !== null) return false;
  return suspicions.some(({ halted = [] }) => halted.includes(thread));
}

function inCircle(circle: readonly ThreadPlace[], requests: readonly RequestRecord[]): Suspicion {
  const names = circle.map(({ thread }) => threadText(thread));
  const isAlone = circle.length === 1;
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: isAlone
      ? `${capital(names[0] ?? '')} waits for itself`
      : `${capital(names.join(' and '))} wait for each other`,
    thread: circle[0]?.thread ?? null,
    request: null,
    evidence: [
      ...circle.map(waitText),
      ...circle.flatMap(handlerText),
      ...requests
        .filter(
          (one) =>
            one.loop === null && one.endedAt === null && circle.some(({ thread }) => thread === one.thread),
        )
        .map(
          (one) =>
            `${requestText(one)}${startedAt(one)} is under way in ${threadText(one.thread)}, which reads its response only when it continues`,
        ),
    ],
    stack: circle.flatMap(({ stack }) => stack),
    fix: fixOf(circle),
    halted: circle.map(({ thread }) => thread),
  };
}

function handlerText({ thread, wait }: ThreadPlace): readonly string[] {
  if (wait === null || wait.handler === null) return [];
  return [
    `it waits there in the handler of ${wait.handler}, which runs in ${threadText(thread)} itself: what that holds is released only after the handler`,
  ];
}

function fixOf(circle: readonly ThreadPlace[]): string {
  if (circle.some(({ wait }) => wait !== null && wait.handler !== null))
    return 'Take no lock in a signal handler, and call nothing that takes one: set a flag there, and let the interrupted code do the rest';
  if (circle.some(({ wait }) => wait?.kind === 'import'))
    return 'Start no thread while a module is being imported, or do not wait for it there: move that into a function that is called after the import';
  if (circle.length > 1)
    return 'Take locks in one order everywhere, and never wait for another thread while a lock is held that it needs';
  return circle[0]?.wait?.kind === 'queue-put'
    ? 'Whoever takes from a queue must not wait for space in it: leave the queue without a limit, or let another thread take from it'
    : 'Use an RLock where a thread may take a lock twice, or release it before the call that takes it again';
}

function waitText(place: ThreadPlace): string {
  const { thread, wait, stillMs } = place;
  const held = wait === null || wait.heldSince === null ? '' : `, taken at ${wait.heldSince}`;
  return `${threadText(thread)} has waited for ${wait?.on ?? 'something'}${held} for ${showMs(stillMs)}: ${placeText(place)}`;
}

/** It waits for somebody to act, and whoever could is a task of the loop that it keeps from running. */
function isAloneOnItsLoop(place: ThreadPlace, process: readonly ThreadPlace[]): boolean {
  return (
    place.runsLoop &&
    place.wait?.kind !== 'loop' &&
    process.every((other) => other === place || isIdleWorker(other))
  );
}

function isIdleWorker({ stack: [frame] }: ThreadPlace): boolean {
  return frame !== undefined && /concurrent\/futures\/thread\.py:\d+ \(_worker\)/.test(frame);
}

function onItsOwnLoop(place: ThreadPlace): Suspicion {
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: `${capital(threadText(place.thread))} waits for something that its own loop must do`,
    thread: place.thread,
    request: null,
    evidence: [waitText(place), 'no other thread is there: only a task of the loop that it blocks could act'],
    stack: place.stack,
    fix: 'Use asyncio’s own Queue, Event and Lock in coroutines, and await them; threading’s and queue’s block the loop',
    halted: [place.thread],
  };
}

/** A lock whose holder is no thread of the process: it was taken by one that has ended, or before the fork. */
function isOrphaned({ wait, forkedBeside }: ThreadPlace, process: readonly ThreadPlace[]): boolean {
  if (wait === null || wait.kind !== 'lock') return false;
  if (wait.holder !== null) return !process.some(({ thread }) => thread.tid === wait.holder);
  return forkedBeside !== null || process.every((other) => other.wait !== null || isIdle(other));
}

function isIdle({ stack, stillMs }: ThreadPlace): boolean {
  return stillMs >= 1000 && stack.some((frame) => frame.includes('threading.py'));
}

/** Its request comes after the wait. Where none does, the main thread may be meant to wait so until a signal comes. */
function isUnnotified({ thread, wait }: ThreadPlace, started: number): boolean {
  if (wait === null || neverText(wait.kind) === undefined) return false;
  const isNotified = wait.kind === 'event' || wait.kind === 'condition';
  return wait.leads || (started === 0 && isNotified && !thread.isMain);
}

interface NeverText {
  readonly title: (on: string) => string;
  readonly evidence: string;
  readonly fix: string;
}

/** What nobody is left to do for who waits; undefined where a wait is of another kind. */
function neverText(kind: string | undefined): NeverText | undefined {
  switch (kind) {
    case 'event':
    case 'condition':
      return {
        title: (on) => `waits for ${on} that no thread is left to notify`,
        evidence: 'every thread of the process waits: none can notify it or set it',
        fix: 'Wait for a state, not for the moment: a notify() that comes before wait() is not kept (condition.wait_for(…), or an Event, which stays set)',
      };
    case 'queue-get':
      return {
        title: () => 'waits for an item of a queue into which no thread is left to put one',
        evidence: 'every thread of the process waits: none can put anything into the queue',
        fix: 'Put an answer into the queue on every path, errors and unknown questions included, or wait with get(timeout=…) and treat queue.Empty as an answer that did not come',
      };
    case 'queue-join':
      return {
        title: (on) => `waits for ${on}, for which no thread is left to call task_done()`,
        evidence: 'every thread of the process waits: none has any of the queue’s items in hand',
        fix: 'Call task_done() once for each item that was taken, in a `finally`: also where the item is passed over or its handler fails',
      };
    case 'queue-put':
      return {
        title: (on) => `waits for ${on} from which no thread is left to take`,
        evidence: 'every thread of the process waits: none takes anything from the queue',
        fix: 'Let whoever takes from the queue go on for as long as anything is put into it, errors included; or wait with put(timeout=…) and treat queue.Full as a message that is not sent',
      };
    case 'future':
      return {
        title: () => 'waits for the result of a future that no thread is left to set',
        evidence: 'every thread of the process waits: none can set the future’s result',
        fix: 'Call set_result() or set_exception() on every path, or wait with result(timeout=…)',
      };
    default:
      return undefined;
  }
}

function neverNotified(place: ThreadPlace, text: NeverText, process: readonly ThreadPlace[]): Suspicion {
  return {
    code: 'await-unsettled',
    severity: 'error',
    title: `${capital(threadText(place.thread))} ${text.title(place.wait?.on ?? 'something')}`,
    thread: place.thread,
    request: null,
    evidence: [
      waitText(place),
      ...process.filter((other) => other !== place && other.wait !== null).map(waitText),
      text.evidence,
    ],
    stack: place.stack,
    fix: text.fix,
    halted: process.map(({ thread }) => thread),
  };
}

function orphaned(place: ThreadPlace): Suspicion {
  const { thread, stack, forkedBeside } = place;
  return {
    code: 'await-unsettled',
    severity: 'error',
    title: `${capital(threadText(thread))} waits for a lock that no thread will release`,
    thread,
    request: null,
    evidence: [
      waitText(place),
      ...(forkedBeside === null
        ? ['no thread of the process holds it and could release it']
        : [
            'the process was forked while another thread of its parent held the lock: the copy stays locked, and that thread is not in the copy',
            ...forkedBeside
              .slice(0, 5)
              .map((other) => `in the parent, ${other.name} was at ${other.stack[0] ?? 'an unknown place'}`),
          ]),
    ],
    stack,
    fix:
      forkedBeside === null
        ? 'Release locks on every path (`with lock:`), also where the thread that holds them ends with an error'
        : 'Start processes before threads, or with multiprocessing’s "spawn" method; os.register_at_fork can renew locks in the child',
    halted: [thread],
  };
}
