import type { ThreadStanding } from '../event.ts';
import type { PythonRecord } from '../record.ts';
import { capital, duration, placeText, threadText } from '../wording.ts';
import type { PythonRule, Suspicion } from './rule.ts';

/** Threads that wait for each other, or for a lock that no living thread holds. */
export const deadlocks: PythonRule = (record, { hangAfterMs }) => {
  const waiting = record.standing.filter(
    ({ wait, stillMs }) => wait !== null && stillMs + sinceLook(record) >= hangAfterMs,
  );
  const circle = circleOf(waiting);
  if (circle.length > 0) return [inCircle(circle)];
  const own = waiting.find((thread) => isAloneOnItsLoop(thread, record));
  if (own !== undefined) return [onItsOwnLoop(own)];
  return waiting.filter((thread) => isOrphaned(thread, record)).map((thread) => orphaned(thread, record));
};

function sinceLook({ exit, gone }: PythonRecord): number {
  return exit === null && !gone ? 100 : 0;
}

/** The shortest circle of threads each of which waits for the next. */
function circleOf(waiting: readonly ThreadStanding[]): readonly ThreadStanding[] {
  const byId = new Map(waiting.map((thread) => [thread.id, thread]));
  for (const start of waiting) {
    const path: ThreadStanding[] = [];
    for (let next: ThreadStanding | undefined = start; next !== undefined; ) {
      if (path.includes(next)) {
        if (next === start) return path;
        break;
      }
      path.push(next);
      next = next.wait?.holder === null || next.wait === null ? undefined : byId.get(next.wait.holder);
    }
  }
  return [];
}

function inCircle(circle: readonly ThreadStanding[]): Suspicion {
  const [first] = circle;
  const alone = circle.length === 1;
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: alone
      ? `${capital(threadText(first ?? null))} waits for itself`
      : `${capital(circle.map((thread) => threadText(thread)).join(' and '))} wait for each other`,
    thread: first ?? null,
    request: null,
    evidence: circle.map(waitText),
    stack: circle.flatMap(({ stack }) => stack),
    fix: alone
      ? 'Use an RLock where a thread may take a lock twice, or release it before the call that takes it again'
      : 'Take locks in one order everywhere, and never wait for another thread while a lock is held that it needs',
  };
}

function waitText(thread: ThreadStanding): string {
  const { wait, stillMs } = thread;
  const held = wait?.heldSince === undefined || wait.heldSince === null ? '' : `, taken at ${wait.heldSince}`;
  return `${threadText(thread)} has waited for ${wait?.on ?? 'something'}${held} for ${duration(stillMs)}: ${placeText(thread)}`;
}

/** It waits for somebody to act, and whoever could is a task of the loop that it keeps from running. */
function isAloneOnItsLoop({ id }: ThreadStanding, { loops, standing }: PythonRecord): boolean {
  const runsLoop = [...loops.values()].some(({ state, thread }) => state === 'running' && thread?.id === id);
  return runsLoop && standing.every((other) => other.id === id || isIdleWorker(other));
}

function isIdleWorker({ stack }: ThreadStanding): boolean {
  return stack[0] !== undefined && /concurrent\/futures\/thread\.py:\d+ \(_worker\)/.test(stack[0]);
}

function onItsOwnLoop(thread: ThreadStanding): Suspicion {
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: `${capital(threadText(thread))} waits for something that its own loop must do`,
    thread,
    request: null,
    evidence: [
      waitText(thread),
      'no other thread is there: only a task of the loop that it blocks could act',
    ],
    stack: thread.stack,
    fix: 'Use asyncio’s own Queue, Event and Lock in coroutines, and await them; threading’s and queue’s block the loop',
  };
}

/** A lock whose holder is no thread of the process: it was taken by one that has ended, or before the fork. */
function isOrphaned({ wait }: ThreadStanding, { standing, forked }: PythonRecord): boolean {
  if (wait === null || wait.kind !== 'lock') return false;
  if (wait.holder !== null) return !standing.some(({ id }) => id === wait.holder);
  return forked !== null || standing.every((other) => other.wait !== null || isIdle(other));
}

function isIdle({ stack, stillMs }: ThreadStanding): boolean {
  return stillMs >= 1000 && stack.some((place) => place.includes('threading.py'));
}

function orphaned(thread: ThreadStanding, { forked }: PythonRecord): Suspicion {
  return {
    code: 'await-unsettled',
    severity: 'error',
    title: `${capital(threadText(thread))} waits for a lock that no thread will release`,
    thread,
    request: null,
    evidence: [
      waitText(thread),
      ...(forked === null
        ? ['no thread of the process holds it and could release it']
        : [
            'the process was forked while another thread of its parent held the lock: the copy stays locked, and that thread is not in the copy',
            ...forked.parentThreads
              .slice(0, 5)
              .map(
                (other) =>
                  `in the parent, ${threadText(other.thread)} was at ${other.stack[0] ?? 'an unknown place'}`,
              ),
          ]),
    ],
    stack: thread.stack,
    fix:
      forked === null
        ? 'Release locks on every path (`with lock:`), also where the thread that holds them ends with an error'
        : 'Start processes before threads, or with multiprocessing’s "spawn" method; os.register_at_fork can renew locks in the child',
  };
}
