// One file, however long: one table: the words for each way in which work is lost.
import { capital } from '../../capital.ts';
import type { FindingCode } from '../../model/cause.ts';
import { showMs } from '../../time/show-ms.ts';
import { adviceFor, awaitBeforeRunReturns } from '../advice/advice.ts';
import type { FatalSignal, LossKind, LostWork, Place, ProgramRecord, ThreadRecord } from '../record.ts';
import { endedText, signalFix } from './fatal-signal.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

interface LossText {
  readonly code: FindingCode;
  /** `thread` reads like `the main thread`. */
  title(work: Loss, thread: string): string;
  /** The first line of evidence, before where it was and the details. */
  seen(work: Loss, thread: string): string;
  readonly fix: string | ((work: Loss) => string);
}

interface Loss extends Omit<LostWork, 'thread'> {
  /** That ended its process. */
  readonly signal: FatalSignal | null;
}

const notStarted: LossText = {
  code: 'never-requested',
  title: ({ what }) => `A thread was made for ${what} and never started`,
  seen: ({ what, made }) => `the thread or timer for ${what}${madeAt('made', made)} was never started`,
  fix: 'Call its start()',
};

const dueBehindBlock: LossText = {
  code: 'loop-blocked',
  title: ({ what }, thread) => `The loop of ${thread} was blocked while ${called(what)} was due`,
  seen: ({ what, waitedMs, place }, thread) =>
    `${thread} was${at(place)} and its loop did not run; ${called(what)} had been due for ${showMs(waitedMs ?? 0)}`,
  fix: adviceFor('loop-blocked', 'python'),
};

/** What each kind of loss means, and how to prevent it. */
const texts: Readonly<Record<LossKind, LossText>> = {
  destroyed: {
    code: 'never-requested',
    title: ({ what }) => `The task ${what} was garbage-collected before it had finished: nothing kept it`,
    seen: ({ what, made }) =>
      `the task ${what}${madeAt('made', made)} was destroyed while it was pending; a loop keeps only a weak reference to its tasks`,
    fix: 'Keep what create_task() returns until it is done: in a set, with task.add_done_callback(tasks.discard), or in an asyncio.TaskGroup',
  },
  failed: {
    code: 'never-requested',
    title: ({ what, error }) => `${kindOf(error)} ended ${what} before it had made a request`,
    seen: (work) => `${work.error ?? 'an error'} ended ${work.what}${startedAt(work.made)}; ${heardOf(work)}`,
    fix: ({ logged }) =>
      logged === true
        ? 'Fix the error: the scheduler handed it to its logger (apscheduler.executors) and went on; see that this is logged, or add a listener for EVENT_JOB_ERROR'
        : 'Fix the error; await the task or future, or give it a done callback that logs its exception',
  },
  'repetition-ended': {
    code: 'never-requested',
    title: ({ what, error }) => `${kindOf(error)} ended ${what}, a repeating task`,
    seen: ({ what, error, made }) =>
      `${error ?? 'an error'} ended ${what}${startedAt(made)} in its loop; nobody asked for its result, so nobody saw the error`,
    fix: 'Catch the error inside the loop, and go on; await the task, or give it a done callback that logs its exception',
  },
  'cut-off': {
    code: 'process-exited',
    title: ({ what }, thread) => `The loop of ${thread} ended before ${what} had made its request`,
    seen: ({ what, made }) => `${what}${madeAt('started', made)} was cut off by the end of its loop`,
    fix: awaitBeforeRunReturns,
  },
  'thread-cut-off': {
    code: 'thread-exited',
    title: ({ what }, thread) => `The loop of ${thread} ended before ${what} had made its request`,
    seen: ({ what, made }) => `${what}${madeAt('started', made)} was cut off by the end of its loop`,
    fix: 'Await the task before the coroutine given to asyncio.run returns, or run the loop for as long as the thread has work',
  },
  'not-awaited': {
    code: 'never-requested',
    title: ({ what }) => `${what} was called and never awaited: it did not begin`,
    seen: ({ what, place }) => `the coroutine ${what} was dropped${at(place)} before its first step`,
    fix: 'Write `await` before the call, or keep what asyncio.create_task(…) returns for it',
  },
  discarded: {
    code: 'never-requested',
    title: ({ what }) => `The background task ${what} was discarded: nothing called it`,
    seen: ({ what, made }) =>
      `${what} was added to the background tasks of a response${made[0] === undefined ? '' : ` at ${made[0]}`} and dropped before it had begun: a Response with a background of its own takes the place of the injected BackgroundTasks, an error or another failed task ends them`,
    fix: 'Add every task to the injected BackgroundTasks, or give the Response none of its own (background=tasks)',
  },
  queued: {
    code: 'threadpool-starved',
    title: ({ what }) => `${what} waits for a thread of a full pool`,
    seen: ({ what, waitedMs, made }) =>
      `${what}${madeAt('submitted', made)} waited for ${showMs(waitedMs ?? 0)} for a free thread`,
    fix: 'Give blocking or endless jobs threads or an executor of their own, or this one more threads (max_workers; total_tokens of anyio’s limiter)',
  },
  cancelled: {
    code: 'never-requested',
    title: ({ what }) => `${what} was cancelled before a thread had begun it`,
    seen: ({ what, waitedMs, made }) =>
      `${what}${madeAt('submitted', made)} was taken off its executor’s queue after ${showMs(waitedMs ?? 0)}`,
    fix: 'Wait for the jobs before the executor is shut down (shutdown(wait=True) without cancel_futures)',
  },
  daemon: {
    code: 'process-exited',
    title: (_, thread) => `The program ended while ${thread}, a daemon, had something to send`,
    seen: ({ what, made, place }, thread) =>
      `${thread} runs ${what}${startedAt(made)} and is a daemon: the end of the program cut it off${at(place)}`,
    fix: 'Let the program wait for what the thread has still to send: an atexit handler with queue.join(), or a thread that is no daemon and is joined',
  },
  'left-in-queue': {
    code: 'process-exited',
    title: () => 'The program ended before its queue had been sent',
    seen: ({ what }) => what,
    fix: 'Wait for the queue before the program ends (queue.join() in an atexit handler), and let the thread that takes from it call task_done()',
  },
  'queue-dropped': {
    code: 'never-requested',
    title: () => 'A queue was discarded with unsent items',
    seen: ({ what }) => what,
    fix: 'Wait until the queue is empty before its consumers are cancelled (await queue.join(), with task_done() after each item), or let a consumer end by an item that asks it to',
  },
  'thread-not-started': notStarted,
  'thread-kept-unstarted': notStarted,
  'timer-not-armed': notStarted,
  'task-waits': {
    code: 'await-unsettled',
    title: ({ what }) => `${what} waits for the result of a task that no worker has begun`,
    seen: ({ what, waitedMs, place }) =>
      `${what} has waited${at(place)} for ${showMs(waitedMs ?? 0)} without a limit`,
    fix: 'Do not wait for a task inside a task: let the second one follow from the first (chain, link, chord), or call it as a function; elsewhere wait with get(timeout=…), and see that a worker with a free slot consumes its queue',
  },
  'task-ended-with-broker': {
    code: 'process-exited',
    title: ({ what }) => `The worker ended before it had begun the task ${what}`,
    seen: ({ what, made }) =>
      `the task ${what}${madeAt('sent', made)} had not been begun when the program ended, and its broker, which is in memory, ended with it`,
    fix: 'Let the worker run until its tasks are done, or use a broker that outlives the program',
  },
  'task-left-with-broker': {
    code: 'process-exited',
    title: ({ what }) => `The worker ended before the task ${what} was due`,
    seen: ({ what, made }) =>
      `the task ${what}${madeAt('sent', made)} had not been begun when the program’s worker ended; it stays with the broker until another worker takes it`,
    fix: 'Let a worker run when the task is due; what must not be lost belongs in a broker that keeps it',
  },
  'taker-in-parent': {
    code: 'never-requested',
    title: () => 'Nothing in the child process takes from its queue: the thread that does was not copied',
    seen: ({ what }) => what,
    fix: 'Start the thread in the child too (os.register_at_fork(after_in_child=…), or where the child begins its work), or start the child before the thread, or use the spawn method',
  },
  'missed-run': {
    code: 'never-requested',
    title: ({ what }) => `The scheduler skipped an overdue run of ${what}`,
    seen: ({ what, waitedMs, made }) =>
      `${what}${madeAt('scheduled', made)} was due ${showMs(waitedMs ?? 0)} before the scheduler came to it, and was not run`,
    fix: 'Give the job a misfire_grace_time (None: run however late), and keep what runs it free',
  },
  'skipped-run': {
    code: 'never-requested',
    title: ({ what }) => `The scheduler skipped runs of ${what}: the run before was still busy`,
    seen: ({ what, made }) =>
      `${what}${madeAt('scheduled', made)} was due two times or more while a run of it was still busy, and did not run again: what those runs were to send was never sent`,
    fix: 'Let the job be done before it is due again (a timeout for each slow call, slow work in a job of its own), or let more runs go on at once: add_job(…, max_instances=…); where a skip is meant, say so with max_instances=1',
  },
  'refused-run': {
    code: 'never-requested',
    title: ({ what, error }) => `The scheduler could not run ${what}: ${error ?? 'its executor refused it'}`,
    seen: ({ what, made, error }) =>
      `${what}${madeAt('scheduled', made)} was due, and its executor refused it with ${error ?? 'an error'}; the scheduler logs that and goes on`,
    fix: 'Keep the main thread until the jobs have run (join the threads that keep the program running, then scheduler.shutdown()), or use a BlockingScheduler: once main has returned, concurrent.futures takes no more jobs',
  },
  'due-after-end': {
    code: 'timer-unreferenced',
    title: ({ what }) => `The program ended before the scheduled ${what} was due`,
    seen: ({ what, waitedMs, made }) =>
      `${what}${madeAt('scheduled', made)} was due ${waitedMs === null ? 'later' : `${showMs(waitedMs)} later`}; the scheduler’s thread is a daemon and does not keep the program alive`,
    fix: 'Keep the main thread until the jobs have run, or use a BlockingScheduler',
  },
  'never-started': {
    code: 'never-requested',
    title: ({ what }) => `${what} was scheduled with a scheduler that was never started`,
    seen: ({ what, made }) => `${what}${madeAt('scheduled', made)} waited for scheduler.start()`,
    fix: 'Call scheduler.start(), and keep the program running',
  },
  'greenlet-cut-off': {
    code: 'process-exited',
    title: ({ what }) => `The program ended before the greenlet ${what} had made its request`,
    seen: ({ what, made }) =>
      `the greenlet ${what}${madeAt('spawned', made)} was cut off by the end of the program`,
    fix: 'Join the greenlets before the program ends: greenlet.join(), gevent.joinall(…), pool.waitall()',
  },
  'greenlet-overdue': {
    code: 'never-requested',
    title: ({ what }) => `The greenlet ${what} never ran: its hub had no chance to run`,
    seen: ({ what, made, waitedMs }) =>
      `the greenlet ${what}${madeAt('spawned', made)} was due ${showMs(waitedMs ?? 0)} before the program ended, and had not begun: a hub runs its greenlets only while the others wait in its own calls, and time.sleep() that is not patched is none`,
    fix: 'Wait in the hub’s own calls (eventlet.sleep(), gevent.sleep(), greenlet.wait()), or patch the blocking ones before anything else is imported (monkey_patch(), patch_all()); and join the greenlets before the program ends',
  },
  'receiver-gone': {
    code: 'never-requested',
    title: ({ what }) =>
      `A signal did not reach ${what}, which had been garbage-collected: a signal keeps its receivers weakly`,
    seen: ({ what, made, place }) =>
      `${what}${madeAt('connected', made)} was gone when the signal was sent${at(place)}; nothing but the signal knew it, and a signal keeps only weak references`,
    fix: 'Keep the receiver (a function of the module, a method of an object that stays), or connect it with weak=False',
  },
  'exit-handler-skipped': {
    code: 'process-exited',
    title: ({ what }) => `A process ended without its exit handler ${what}, which had something to send`,
    seen: ({ what, made, place }) =>
      `${what}${madeAt('registered', made)} was not called: the process ended by os._exit()${at(place)}, as multiprocessing’s children do`,
    fix: 'Send what is left before the process ends: call the handler at the end of the child’s own function, in a `finally`; for log handlers, logging.shutdown()',
  },
  'log-disabled': {
    code: 'never-requested',
    title: ({ what }) => `${capital(what)} was not sent: its logger is disabled`,
    seen: ({ what, made }) => `${what}${madeAt('logged', made)} went nowhere, as its logger is disabled`,
    fix: 'Configure logging with "disable_existing_loggers": False (fileConfig has an argument of that name), or before the modules get their loggers',
  },
  'handler-passed-over': {
    code: 'never-requested',
    title: ({ what }) => `${what} is attached to no logger: logging.basicConfig() ignored it`,
    seen: ({ what, made, place }) =>
      `logging.basicConfig()${made[0] === undefined ? '' : ` at ${made[0]}`} was given a ${what} and did nothing, because the root logger already had a handler; what was logged${at(place)} did not reach it`,
    fix: 'Add the handler to the logger itself (addHandler), or call logging.basicConfig(…, force=True)',
  },
  'commit-dropped': {
    code: 'never-requested',
    title: ({ what }) => `The on_commit callback ${what} was dropped: its savepoint was rolled back`,
    seen: ({ what, made, place }) =>
      `${what}${madeAt('registered', made)} went with the savepoint of an inner atomic() that was rolled back${at(place)}; the transaction around it was committed`,
    fix: 'Register the callback in the transaction whose commit it is to announce, outside the inner atomic()',
  },
  'signal-skipped': {
    code: 'never-requested',
    title: ({ what }) => `bulk_create() sends no post_save: it does not call ${what}`,
    seen: ({ what, made, place }) =>
      `${what}${madeAt('connected', made)} listens to post_save and leads to a request; bulk_create()${at(place)} saved without that signal`,
    fix: 'Save each object by itself, or call what the receiver does after bulk_create()',
  },
  'body-used-up': {
    code: 'request-incomplete',
    title: () => 'A request was sent with an empty body: its source had already been read',
    seen: ({ what, place }) =>
      `${what}, was given to the client${at(place)} and was already at its end: the server received none of it, and still answered with success`,
    fix: 'Go back to the beginning before each try (file.seek(0)), make the generator anew, or read the body once and send the bytes',
  },
  'redirect-dropped-body': {
    code: 'http-error',
    title: () => 'A redirect turned the request into a GET: its body did not arrive',
    seen: ({ what, place }) =>
      `${what}, and the client went on with a GET without a body (made${at(place)}): that was answered with success`,
    fix: 'Send to the address that the redirect names (https, the trailing slash); a server that wants the method kept answers with 307 or 308',
  },
  'stream-cut': {
    code: 'never-requested',
    title: ({ what }) =>
      `The client of a response disconnected, and ${what} was cancelled before its request`,
    seen: ({ what, place }) =>
      `${what} streams a response; it was cancelled${at(place)} as the client hung up, and goes on to a request only after the last part`,
    fix: 'Send before the stream begins, or from a task of its own that is kept until it is done: who reads the response may leave at any time',
  },
  'not-run': {
    code: 'never-requested',
    title: ({ what }) => `${what} was scheduled with a scheduler that was not run when it was due`,
    seen: ({ what, made }) =>
      `${what}${madeAt('scheduled', made)} had never run when the program ended; its scheduler does nothing unless the program runs it`,
    fix: 'Run the scheduler until its jobs are done: sched.scheduler.run() without blocking=False, or schedule.run_pending() in a loop',
  },
  'ended-by-group': {
    code: 'never-requested',
    title: ({ what, error }) =>
      `${what} was cancelled before it had made a request: ${kindOf(error)} ended another task of its TaskGroup`,
    seen: ({ what, error, made }) =>
      `${error ?? 'an error'} ended another task of the TaskGroup, which then cancels all others, ${what}${madeAt('made', made)} among them`,
    fix: 'Catch errors inside each task of the group; tasks that must not end one another belong in asyncio.gather(…, return_exceptions=True), whose results are looked at',
  },
  'ended-by-deadline': {
    code: 'never-requested',
    title: ({ what }) => `${what} was cancelled by a deadline before it had made a request`,
    seen: ({ what, made }) =>
      `a deadline around ${what}${madeAt('made', made)} passed before it had made a request`,
    fix: 'Give the deadline to the request alone, not to the wait before it, or make it longer; treat TimeoutError as a message that was not sent',
  },
  'cancelled-in-hand': {
    code: 'never-requested',
    title: ({ what }) => `${what} was cancelled with a message in hand, which nobody sends any more`,
    seen: ({ what, made }) =>
      `${what}${madeAt('made', made)} was cancelled between taking a message and sending it`,
    fix: 'Wait until everything has been sent (await queue.join()) before the task is cancelled; or put the message back in an `except asyncio.CancelledError`, or shield the sending (asyncio.shield)',
  },
  'greenlet-killed': {
    code: 'never-requested',
    title: ({ what }) => `The greenlet ${what} was killed before it had made its request`,
    seen: ({ what, made }) =>
      `the greenlet ${what}${madeAt('spawned', made)} was killed on its way to a request: the error GreenletExit that this raises in it is printed nowhere`,
    fix: 'Wait for what is still to be sent before the greenlet is killed (greenlet.join(), greenlet.wait()), or tell it by an event to come to its end',
  },
  'child-ended-early': {
    code: 'process-exited',
    title: () => 'A child process was ended before it had loaded what it sends with',
    seen: ({ what, made }, thread) =>
      `${thread} ended ${what}${made[0] === undefined ? '' : ` at ${made[0]}`}; its program sends on every way through it, and had not come to load a client`,
    fix: 'Wait for the child (wait(), communicate()), or until it says that it has sent, before it is ended',
  },
  'ended-by-signal': {
    code: 'process-exited',
    title: ({ what, signal }) =>
      `${signal?.name ?? 'A signal'} ended a process before ${what} had made its request`,
    seen: ({ what, made, place, signal }, thread) =>
      [
        ...(signal === null ? [] : [endedText(signal)]),
        ...(place.stack.length === 0 ? [] : [`${thread} was${at(place)}`]),
        `${what}${madeAt('', made)} had still to send`,
      ].join('; '),
    fix: ({ signal }) => signalFix('python', signal ?? { name: 'SIGTERM', after: null }),
  },
  'ended-by-exit': {
    code: 'process-exited',
    title: ({ what }) => `os._exit() ended the process before ${what} had made its request`,
    seen: ({ what, made, place }, thread) =>
      `os._exit()${madeAt('called', made)} ended the process without waiting for its threads; ${thread} was${at(place)}, and ${what} had still to send`,
    fix: 'End with sys.exit(), which waits for threads and executors, or join them and await what is under way before os._exit()',
  },
  'loop-not-run': {
    code: 'loop-parked',
    title: ({ what }) => `${what} was scheduled on an event loop that does not run`,
    seen: ({ what, waitedMs, made, place }, thread) =>
      `${what}${madeAt('scheduled', made)} has been due for ${showMs(waitedMs ?? 0)}; its scheduler waits for an event loop that nothing runs, while ${thread} was${at(place)}`,
    fix: 'Run the loop for as long as jobs are due (loop.run_forever, or asyncio.run around scheduler.start()), or use a BackgroundScheduler',
  },
  'pool-terminated': {
    code: 'process-exited',
    title: ({ what }) => `A multiprocessing.Pool was terminated before ${what} had run`,
    seen: ({ what, made, place }) =>
      `jobs of ${what}${madeAt('submitted', made)} were pending when the pool was terminated${at(place)}: leaving \`with Pool()\`, and the end of the program, terminate it`,
    fix: 'Call pool.close() and pool.join(), or result.get(), before the `with` block ends',
  },
  'woken-late': {
    code: 'never-requested',
    title: ({ what }, thread) => `${what} was given to a sleeping loop by ${thread}, which did not wake it`,
    seen: ({ what, waitedMs, made }, thread) =>
      `${thread} gave ${what} to the loop${madeAt('', made)}; the loop slept on for ${showMs(waitedMs ?? 0)} until something else woke it: create_task, call_soon and set_result don’t wake a loop of another thread`,
    fix: 'From another thread use only asyncio.run_coroutine_threadsafe and loop.call_soon_threadsafe',
  },
  overdue: dueBehindBlock,
  'missed-behind-block': dueBehindBlock,
  'held-up': {
    code: 'loop-blocked',
    title: ({ what, place }) =>
      place.stack.length > 0
        ? `Native code held the interpreter’s lock while ${called(what)} was due`
        : `No thread of the process ran while ${called(what)} was due`,
    seen: ({ what, waitedMs, place }, thread) =>
      `${place.stack.length > 0 ? `one call of native code${at(place)} held the interpreter’s lock (GIL), and no other thread ran` : `${thread} slept and was not let run when its time came: a C extension held the interpreter, or the process got no CPU`}; ${called(what)} had been due for ${showMs(waitedMs ?? 0)}`,
    fix: 'Move the native work to another process, or to a library that releases the interpreter’s lock',
  },
  stuck: {
    code: 'await-unsettled',
    title: ({ what }) => `${what} waits for something that never comes`,
    seen: ({ what, waitedMs, place }) =>
      `${what} waited${at(place)} for up to ${showMs(waitedMs ?? 0)}, and nothing settled it`,
    fix: 'Settle it on every path: release locks and semaphores in `async with`, call task_done() in a finally, set results also after errors',
  },
  'child-unread': {
    code: 'await-unsettled',
    title: ({ what }) => `${what} waits for a process whose output nobody reads`,
    seen: ({ what, waitedMs, place }) =>
      `${what} has waited${at(place)} for ${showMs(waitedMs ?? 0)} or more, and the process can’t go on`,
    fix: 'Read before you wait: await process.communicate(), or a task that reads process.stdout beside process.wait(); where nobody wants the output, send it to asyncio.subprocess.DEVNULL',
  },
  'process-stopped': {
    code: 'process-suspended',
    title: (_, thread) => `${capital(thread)} stopped a process that sends, and nothing continued it`,
    seen: ({ what, waitedMs, made }, thread) =>
      `${thread} stopped ${what}${madeAt('', made)} ${showMs(waitedMs ?? 0)} before the end of the watch`,
    fix: 'Send SIGCONT in a `finally`, so that an error in between leaves no process stopped',
  },
  unflushed: {
    code: 'process-exited',
    title: () => 'A process ended before its multiprocessing queue had been flushed',
    seen: ({ what, made, place }) =>
      `${what}${madeAt('last put', made)} had not been written by the queue’s feeder thread when the process ended${at(place)}; os._exit() and cancel_join_thread() do not wait for it`,
    fix: 'Call queue.close() and queue.join_thread() before os._exit(), or let the process end by itself',
  },
  unpickled: {
    code: 'never-requested',
    title: () => 'An item of a multiprocessing queue was dropped: it can’t be pickled',
    seen: ({ what, made, error }) =>
      `${what}${madeAt('put', made)} was dropped by the queue’s feeder thread with ${error ?? 'an error'}; put() had returned without one`,
    fix: 'Put plain data (texts, numbers, lists, dicts): no functions, locks, connections or clients',
  },
  'task-not-eager': {
    code: 'never-requested',
    title: ({ what }) => `The task ${what} was to run at once and went to a broker in memory`,
    seen: ({ what, made }) =>
      `the task ${what}${madeAt('sent', made)} was given to a broker in the program’s own memory and never run`,
    fix: 'Set app.conf.task_always_eager = True (with config_from_object and namespace="CELERY": CELERY_TASK_ALWAYS_EAGER), or start a worker on a broker that it shares',
  },
  unconsumed: {
    code: 'never-requested',
    title: ({ what }) => `The task ${what} went to a queue that no worker consumes`,
    seen: ({ what, made }) => `the task ${what}${madeAt('sent', made)} was never run`,
    fix: 'Let a worker consume that queue too (celery worker -Q celery,…), or route the task to one that is consumed',
  },
};

function heardOf({ droppedAt, logged }: Loss): string {
  if (logged === true) return 'the scheduler handed it to its logger, and went on';
  return droppedAt === undefined
    ? 'nobody asked for its result, so nobody saw the error'
    : `it was asked for at ${droppedAt} and dropped, so nobody saw the error`;
}

function kindOf(error: string | null): string {
  return error === null ? 'An error' : (error.split(':', 1)[0] ?? 'An error');
}

/** A function by its name, so that it is not read as a word. */
function called(what: string): string {
  return /^[\w.]+$/.test(what) ? `${what}()` : what;
}

function madeAt(verb: string, [frame]: readonly string[]): string {
  return frame === undefined ? '' : `, ${verb === '' ? '' : `${verb} `}at ${frame},`;
}

function startedAt([frame]: readonly string[]): string {
  return frame === undefined ? '' : ` (started at ${frame})`;
}

function at({ statement, stack: [frame] }: Place): string {
  if (frame === undefined) return '';
  return statement === null ? ` at ${frame}` : ` in \`${statement}\` at ${frame}`;
}

/** Kinds whose place says more than where the work was made. */
const placeFirst: ReadonlySet<LossKind> = new Set([
  'failed',
  'not-awaited',
  'overdue',
  'missed-behind-block',
  'held-up',
  'signal-skipped',
  'stream-cut',
  'stuck',
  'child-unread',
  'task-waits',
  'ended-by-signal',
  'queued',
  'loop-not-run',
]);

/** Kinds of which the code that was to send came to its end. */
const breaksOff: ReadonlySet<LossKind> = new Set([
  'failed',
  'repetition-ended',
  'stuck',
  'child-unread',
  'task-waits',
]);
/** Kinds that their own thread would have prevented by going on. */
const needsItsThread: ReadonlySet<LossKind> = new Set(['daemon', 'ended-by-signal']);

function neededFor({ how, thread, takers }: LostWork): Pick<Suspicion, 'needed'> {
  if (takers !== undefined) return { needed: takers };
  return thread !== null && needsItsThread.has(how) ? { needed: { threads: [thread], functions: [] } } : {};
}

/** Kinds that are a loss only where they took long. */
const onlyLong: ReadonlySet<LossKind> = new Set([
  'queued',
  'woken-late',
  'overdue',
  'held-up',
  'stuck',
  'child-unread',
  'task-waits',
  'loop-not-run',
  'process-stopped',
]);

/** Work that was to send and did not, or did late. */
export const lostWork: Rule = (record, { hangAfterMs }) =>
  record.losses
    // In a program that sends, nothing says that such a timer was wanted.
    .filter(({ how }) => how !== 'timer-not-armed' || record.started === 0)
    .filter(({ how, waitedMs }) => !onlyLong.has(how) || waitedMs === null || waitedMs >= hangAfterMs)
    .map((lost) => {
      const found = suspicion(lost, record);
      if (maybeLater.has(lost.how))
        return undecided(found, 'whether another worker comes to run it was not seen');
      const isMeant = alwaysMaybeMeant.has(lost.how) || (record.started > 0 && maybeMeant.has(lost.how));
      return isMeant ? undecided(found, 'whether it was to be sent, only the program knows') : found;
    });

function signalOf(thread: ThreadRecord | null, { threads }: ProgramRecord): FatalSignal | null {
  const main = threads.find(({ isMain, pid }) => isMain && pid === thread?.pid);
  return main?.end?.signal ?? null;
}

/** Kinds that a program may mean: only it knows what should have been sent. */
const maybeMeant: ReadonlySet<LossKind> = new Set([
  'commit-dropped',
  'signal-skipped',
  'thread-kept-unstarted',
]);

/** The same, whatever else the program sends. */
const alwaysMaybeMeant: ReadonlySet<LossKind> = new Set([
  'timer-not-armed',
  'greenlet-killed',
  'child-ended-early',
]);

/** Kinds that somebody who was not watched may make up for, and what is not known of them. */
const maybeLater: ReadonlySet<LossKind> = new Set(['task-left-with-broker']);

function undecided(found: Suspicion, unknown: string): Suspicion {
  const evidence = [...found.evidence, unknown];
  return { ...found, code: 'inconclusive', severity: 'warning', evidence };
}

function suspicion(lost: LostWork, record: ProgramRecord): Suspicion {
  const { code, title, seen, fix } = texts[lost.how];
  const thread = nameOf(lost.thread);
  const { place, made } = lost;
  const loss = { ...lost, signal: signalOf(lost.thread, record) };
  return {
    code,
    severity: 'error',
    title: title(loss, thread),
    thread: loss.thread,
    request: null,
    evidence: [seen(loss, thread), ...whereItWas(loss), ...loss.details, ...signalDetail(loss)],
    stack: placeFirst.has(loss.how) ? [...place.stack, ...made] : [...made, ...place.stack],
    ...(breaksOff.has(lost.how) ? { halted: [] } : {}),
    ...neededFor(lost),
    fix: typeof fix === 'string' ? fix : fix(loss),
  };
}

/** What lay in a queue lies there because of it. */
function signalDetail({ how, signal }: Loss): readonly string[] {
  return signal !== null && how === 'left-in-queue' ? [endedText(signal)] : [];
}

function nameOf(thread: ThreadRecord | null): string {
  return thread === null ? 'a thread' : threadText(thread);
}

function whereItWas({ how, place }: Loss): readonly string[] {
  if (place.stack[0] === undefined) return [];
  switch (how) {
    case 'destroyed':
    case 'cut-off':
    case 'thread-cut-off':
    case 'greenlet-cut-off':
    case 'greenlet-overdue':
    case 'ended-by-group':
    case 'ended-by-deadline':
    case 'cancelled-in-hand':
    case 'greenlet-killed':
      return [`it was${at(place)}`];
    case 'failed':
    case 'repetition-ended':
      return [`the error was raised${at(place)}`];
    case 'queued':
    case 'missed-run':
      return [`meanwhile there was${at(place)}`];
    default:
      return [];
  }
}
