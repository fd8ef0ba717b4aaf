import type { PythonEvent } from '../python/event.ts';
import { PythonJoiner } from '../python/joiner.ts';
import type { ProgramRecord } from '../record.ts';
import type { PythonLookResult, SeenInside, SeenOutside } from './python-look-result.ts';

type Thread = SeenInside['threads'][number];
type ThreadRef = Pick<Thread, 'id' | 'name' | 'isMain' | 'daemon'>;

/** What two looks into a Python process showed, in the words of the probe's events, so that the same rules judge it. */
export function recordOf(pid: number, result: PythonLookResult): ProgramRecord {
  const joiner = new PythonJoiner(() => true);
  const span = { from: 1000, to: 1000 + result.spanMs };
  const { inside, outside } = result;
  const events =
    inside !== null ? fromInside(inside, span) : outside === null ? [] : fromOutside(outside, span);
  joiner.add(pid, { e: 'process', t: span.from });
  for (const event of events) joiner.add(pid, event);
  return joiner.finish({ kind: 'timeout', at: span.to, exitCode: null, signal: null });
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A loop that does not run does not say whose it was, nor a coroutine who handed it over. */
const unseen: ThreadRef = { id: -1, name: 'that was not seen', isMain: false, daemon: true };

/** What both looks from inside the process saw: what only one of them saw says nothing. */
interface Lasting {
  readonly loops: readonly { readonly loop: SeenLoop; readonly earlier: SeenLoop }[];
  readonly waits: SeenInside['waits'];
  readonly handovers: readonly HandoverSeen[];
  /** Coroutines that a thread waits for and a loop has begun. */
  readonly begun: readonly HandoverSeen[];
}

type SeenLoop = SeenInside['loops'][number];
type HandoverSeen = Pick<SeenInside['handovers'][number], 'h' | 'loop' | 'what' | 'stack'>;

function fromInside([before, after]: readonly [SeenInside, SeenInside], span: Span): readonly PythonEvent[] {
  const { from: t, to } = span;
  const lasting = lastingIn(before, after);
  return [
    ...lasting.loops.map(({ loop }) => loopEvent(loop, t)),
    ...after.requests
      .filter((request) => isUnmoved(request, before.requests))
      .flatMap((request) =>
        request.state === 'unclear'
          ? []
          : requestEvents({ ...request, state: request.state, thread: request.thread ?? unseen }, t),
      ),
    ...handoverEvents(lasting, t),
    ...lasting.waits.flatMap(({ loop, h }): readonly PythonEvent[] =>
      loop === null ? [] : [{ e: 'wait', t, w: h, call: 'Future.result()', loop, h }],
    ),
    snapshotInside(before, after, lasting, span),
    ...lasting.loops
      .filter(({ loop, earlier }) => loop.stuck.length > 0 && earlier.stuck.length > 0)
      .map(
        ({ loop: { l, thread, stuck } }): PythonEvent => ({
          e: 'stuck',
          t: to,
          l,
          since: t,
          tasks: stuck,
          thread: thread ?? unseen,
        }),
      ),
  ];
}

function lastingIn(before: SeenInside, after: SeenInside): Lasting {
  const loops = after.loops.flatMap((loop) => {
    const earlier = before.loops.find(({ l }) => l === loop.l);
    return earlier === undefined || loop.s === 'closed' || earlier.s !== loop.s ? [] : [{ loop, earlier }];
  });
  const known = new Set(loops.map(({ loop }) => loop.l));
  const handovers = after.handovers.filter(
    ({ h, loop }) => known.has(loop) && before.handovers.some((one) => one.h === h),
  );
  const waits = after.waits.filter(({ h }) => before.waits.some((one) => one.h === h));
  const begun = waits.flatMap(({ h, on }) =>
    on === null || !known.has(on) || handovers.some((one) => one.h === h)
      ? []
      : [{ h, loop: on, what: 'a coroutine', stack: [] }],
  );
  return { loops, waits, handovers, begun };
}

function loopEvent({ l, s, thread }: SeenLoop, t: number): PythonEvent {
  return {
    e: 'loop',
    t,
    l,
    s: s === 'running' ? 'running' : 'stopped',
    kind: 'asyncio',
    thread: thread ?? unseen,
  };
}

function handoverEvents({ handovers, begun, waits }: Lasting, t: number): readonly PythonEvent[] {
  return [...handovers, ...begun].map(({ h, loop, what, stack }) => ({
    e: 'handover',
    t,
    h,
    loop,
    what,
    thread: waits.find((one) => one.h === h)?.thread ?? unseen,
    stack,
  }));
}

function snapshotInside(
  before: SeenInside,
  after: SeenInside,
  { loops, begun }: Lasting,
  { from, to }: Span,
): PythonEvent {
  const spanMs = to - from;
  return {
    e: 'snapshot',
    t: to,
    how: 'pending',
    stack: [],
    requests: [],
    loops: loops.map(({ loop, earlier }) => {
      const stands = !loop.polling && !earlier.polling && loop.mark !== null && loop.mark === earlier.mark;
      return {
        ...loop,
        polling: loop.s === 'running' && !stands,
        // That its thread ended was not seen.
        threadAlive: true,
        stillMs: stands ? spanMs : 0,
        ready: 0,
        overdue: stands ? loop.overdue : [],
      };
    }),
    handovers: begun.map(({ h }) => ({ h, started: true })),
    jobs: after.jobs
      .filter(({ j }) => before.jobs.some((one) => one.j === j))
      .map((job) => ({ ...job, queuedMs: spanMs })),
    queued: after.queued,
    threads: after.threads.map((thread) => withStillness(thread, before.threads, spanMs)),
  };
}

interface Marked {
  readonly mark?: unknown;
}

function isUnmoved<Each extends Marked & { readonly key: number; readonly state: string }>(
  request: Each,
  before: readonly Each[],
): boolean {
  const earlier = before.find(({ key }) => key === request.key);
  return earlier !== undefined && earlier.state === request.state && isSame(earlier, request);
}

function isSame(one: Marked, other: Marked): boolean {
  return JSON.stringify(one.mark) === JSON.stringify(other.mark);
}

/** Whether the thread with that number stood where it stands now. */
export function isStill(
  thread: Marked & Pick<Thread, 'id'>,
  before: readonly (Marked & Pick<Thread, 'id'>)[],
): boolean {
  const earlier = before.find(({ id }) => id === thread.id);
  return earlier !== undefined && isSame(earlier, thread);
}

function withStillness(
  thread: Thread,
  before: readonly Thread[],
  spanMs: number,
): Thread & { stillMs: number } {
  const stands = isStill(thread, before);
  return { ...thread, stillMs: stands ? spanMs : 0, wait: stands ? thread.wait : null };
}

type RequestSeen = Omit<SeenInside['requests'][number], 'thread' | 'mark' | 'state'> & {
  readonly thread: ThreadRef;
  readonly state: Exclude<SeenInside['requests'][number]['state'], 'unclear'>;
};

function requestEvents(request: RequestSeen, t: number): readonly PythonEvent[] {
  const { key: r, client, method, origin, path, polling, state, loop, thread, stack } = request;
  return [
    {
      e: 'request',
      t,
      r,
      client,
      method: method === '' ? 'a request' : method,
      origin,
      path,
      thread,
      loop,
      owner: null,
      stack,
      // How much of it is left is not known: that nothing moved is the evidence.
      timeoutMs: null,
      body: '',
      polling,
      inherited: false,
      insteadOf: [],
    },
    ...(state === 'body'
      ? [{ e: 'head', t, r, status: 200, retryAfter: null, endless: false, whole: false } as const]
      : []),
    { e: 'state', t, r, s: state },
  ];
}

function fromOutside(
  [before, after]: readonly [SeenOutside, SeenOutside],
  span: Span,
): readonly PythonEvent[] {
  const { from: t } = span;
  const { threads } = after;
  const tasks = after.tasks.filter((task) =>
    before.tasks.some((one) => one.key === task.key && isSame(one, task)),
  );
  const loopless = looplessThreads(threads, tasks);
  return [
    ...threads
      .filter(({ runsLoop }) => runsLoop)
      .map((thread) => outsideLoopEvent(thread.id, 'running', thread, t)),
    ...[...loopless].map(([id, thread]) => outsideLoopEvent(id, 'stopped', thread, t)),
    ...threads
      .filter((thread) => !thread.runsLoop && isStill(thread, before.threads))
      .flatMap((thread) => blockingRequest(thread, t)),
    ...tasks.flatMap((task) => {
      const thread = threads.find(({ id }) => id === task.thread) ?? loopless.get(task.thread);
      return thread === undefined ? [] : taskRequest(task, thread, t);
    }),
    snapshotOutside(before, after, span),
  ];
}

type OutsideThread = SeenOutside['threads'][number];
type OutsideTask = SeenOutside['tasks'][number];

/** By number, the threads of tasks with a request whose loop no thread runs. */
function looplessThreads(
  threads: readonly OutsideThread[],
  tasks: readonly OutsideTask[],
): ReadonlyMap<number, ThreadRef> {
  const found = new Map<number, ThreadRef>();
  for (const { thread, request } of tasks) {
    if (request === null || threads.some(({ id, runsLoop }) => runsLoop && id === thread)) continue;
    found.set(thread, threads.find(({ id }) => id === thread) ?? unseen);
  }
  return found;
}

function refOf({ id, name, isMain, daemon }: ThreadRef): ThreadRef {
  return { id, name, isMain, daemon };
}

function outsideLoopEvent(l: number, s: 'running' | 'stopped', thread: ThreadRef, t: number): PythonEvent {
  return { e: 'loop', t, l, s, kind: 'asyncio', thread: refOf(thread) };
}

/** What of a request is not seen from outside. */
const unknown = { origin: 'an address that was not seen', path: 'request', method: 'a', polling: false };

function blockingRequest(thread: OutsideThread, t: number): readonly PythonEvent[] {
  const { id: key, request: state, stack, address } = thread;
  if (state === null) return [];
  const origin = address ?? unknown.origin;
  const request = { ...unknown, origin, key, client: 'http.client', state, loop: null, stack };
  return requestEvents({ ...request, thread: refOf(thread) }, t);
}

function taskRequest(task: OutsideTask, thread: ThreadRef, t: number): readonly PythonEvent[] {
  const { key, thread: loop, request: state, stack } = task;
  // How much of a body has come is not seen from outside.
  if (state === null || state === 'body') return [];
  return requestEvents({ ...unknown, key, client: 'aiohttp', state, loop, stack, thread: refOf(thread) }, t);
}

function snapshotOutside(before: SeenOutside, after: SeenOutside, { from, to }: Span): PythonEvent {
  const spanMs = to - from;
  return {
    e: 'snapshot',
    t: to,
    how: 'pending',
    stack: [],
    requests: [],
    loops: after.threads
      .filter(({ runsLoop }) => runsLoop)
      .map((thread) => {
        const stands = !thread.polling && isStill(thread, before.threads);
        return {
          l: thread.id,
          s: 'running',
          polling: !stands,
          stillMs: stands ? spanMs : 0,
          ready: 0,
          thread: refOf(thread),
          threadAlive: true,
          statement: thread.statement,
          stack: thread.stack,
          waitsFor: null,
          inLock: thread.wait !== null,
          overdue: [],
        };
      }),
    handovers: [],
    jobs: [],
    queued: 0,
    threads: after.threads.map((thread) => withStillness(thread, before.threads, spanMs)),
  };
}
