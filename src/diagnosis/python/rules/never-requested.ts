import type { RuleOptions } from '../../suspicion.ts';
import type { PythonRecord } from '../record.ts';
import { duration, threadText } from '../wording.ts';
import type { PythonRule, Suspicion } from './rule.ts';
import { jobEvidence } from './stalls.ts';

/** What should have led to a request did not. */
export const neverRequested: PythonRule = (record, options) => [
  ...unawaited(record),
  ...unwoken(record, options),
  ...escapedErrors(record),
  ...forgottenTimers(record),
  ...queuedJobs(record, options),
];

function unawaited(record: PythonRecord): readonly Suspicion[] {
  return record.unawaited
    .filter(
      ({ users, leads, what }) =>
        (leads || (users && record.started === 0)) &&
        !record.handovers.some(({ made }) => made.what === what),
    )
    .map((event) => ({
      code: 'never-requested' as const,
      severity: 'error' as const,
      title: `${event.what} was called and never awaited: it did not begin`,
      thread: event.thread,
      request: null,
      evidence: [
        `the coroutine ${event.what} was dropped at ${event.stack[0] ?? 'an unknown place'} before its first step`,
      ],
      stack: event.stack,
      fix: `Write \`await ${event.what}(…)\`, or keep what asyncio.create_task(${event.what}(…)) returns`,
    }));
}

/** Something was scheduled from another thread in a way that does not wake the loop. */
function unwoken(record: PythonRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  return [...record.loops.values()].flatMap((loop) => {
    if (loop.unwokenSince === null || record.endedAt - loop.unwokenSince < hangAfterMs) return [];
    return [
      {
        code: 'never-requested',
        severity: 'error',
        title: `The loop of ${threadText(loop.thread)} sleeps beside work that nobody woke it for`,
        thread: loop.thread,
        request: null,
        evidence: [
          `for ${duration(record.endedAt - loop.unwokenSince)} the loop of ${threadText(loop.thread)} has slept in its selector with ${loop.seen?.ready ?? 1} callback(s) not run: call_soon, create_task, set_result and asyncio’s locks don’t wake a loop of another thread`,
          ...loop.unsafeCalls.map(
            ({ thread, stack }) =>
              `${threadText(thread)} gave it work at ${stack[0] ?? 'an unknown place'} without waking it`,
          ),
        ],
        stack: loop.unsafeCalls[0]?.stack ?? loop.seen?.stack ?? [],
        fix: 'From another thread use only loop.call_soon_threadsafe and asyncio.run_coroutine_threadsafe',
      },
    ];
  });
}

function escapedErrors(record: PythonRecord): readonly Suspicion[] {
  const failed = record.requests.flatMap(({ failure }) => (failure === null ? [] : [failure.message]));
  return record.errors.flatMap((event) => {
    const { error } = event;
    if (!preventedSomething(event, record)) return [];
    if (error === null || /KeyboardInterrupt|SystemExit|CancelledError/.test(error)) return [];
    if (failed.some((message) => message === '' || error.includes(message.slice(0, 60)))) return [];
    return [
      {
        code: 'never-requested',
        severity: 'error',
        title: `${error.split(':', 1)[0]} ended what was to be done in ${threadText(event.thread)}`,
        thread: event.thread,
        request: null,
        evidence: [`${threadText(event.thread)}: ${error} at ${event.stack[0] ?? 'an unknown place'}`],
        stack: event.stack,
        fix: 'Fix the error; what was to be sent after it never was',
      },
    ];
  });
}

/** Whether the code that failed leads to a request, and had not made the one that it was for. */
function preventedSomething(event: PythonRecord['errors'][number], { started }: PythonRecord): boolean {
  switch (event.e) {
    case 'thread-error':
      return started === 0 || (event.leads && (event.requests === 0 || event.took !== null));
    case 'loop-error':
      return started === 0 || event.leads;
    case 'uncaught':
      return started === 0 || event.leads;
  }
}

function forgottenTimers(record: PythonRecord): readonly Suspicion[] {
  if (!record.gone) return [];
  return record.pendingTimers
    .filter(({ daemon, leads }) => daemon && leads)
    .map((timer) => ({
      code: 'timer-unreferenced' as const,
      severity: 'error' as const,
      title: 'The program ended before a daemon timer was due',
      thread: null,
      request: null,
      evidence: [
        `a threading.Timer of ${duration(timer.delayMs)}, started at ${timer.stack[0] ?? 'an unknown place'}, is a daemon: nothing kept the program alive until it was due`,
      ],
      stack: timer.stack,
      fix: 'Leave the timer no daemon, or join it before main returns',
    }));
}

const sendingModules = /^(requests|urllib3?|http|httpx|slack_sdk)\b/;

/** Jobs that are to send, or in a program that sent nothing may be, and found no free thread. */
function queuedJobs(record: PythonRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  if (record.requests.some(({ endedAt, state }) => endedAt === null && state === 'resolving')) return [];
  const job = record.jobs.find(
    ({ queuedMs, module, name, leads, busySends }) =>
      !busySends &&
      queuedMs >= hangAfterMs &&
      (name === 'getaddrinfo' || sendingModules.test(module) || leads),
  );
  if (job === undefined) return [];
  return [
    {
      code: 'threadpool-starved',
      severity: 'error',
      title: `${job.name} waits for a thread of a full executor`,
      thread: null,
      request: null,
      evidence: jobEvidence(job, record.queued),
      stack: [...job.busyAt, ...job.stack],
      fix: 'Give blocking jobs an executor of their own, or this one more threads (max_workers)',
    },
  ];
}
