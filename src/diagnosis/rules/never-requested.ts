import { basename } from 'node:path';
import { capital } from '../../capital.ts';
import { showMs } from '../../time/show-ms.ts';
import type {
  EscapedError,
  LostPost,
  ProgramRecord,
  RequestRecord,
  UnstartedWork,
  UnwokenLoop,
} from '../record.ts';
import { missingModule } from '../source/import-of.ts';
import { isBesideTheWay } from './beside-the-way.ts';
import { endText } from './endings.ts';
import type { Rule, Suspicion } from './rule.ts';
import { timersLeft } from './timers.ts';
import { at, loopText, threadText } from './wording.ts';

/** From a response to the error that is made of it: its body is read meanwhile. */
const atOnceMs = 1000;

/** `never-requested`: what should have led to a request did not. */
export const neverRequested: Rule = (record, { hangAfterMs }) => {
  return [
    ...record.lostPosts
      .filter(
        (post) => isMissed(post) && !isUnreadYet(post, record, hangAfterMs) && !isMadeUpFor(post, record),
      )
      .map((post) => endedTooSoon(post) ?? lostMessage(post)),
    ...record.errors.filter((error) => preventedSomething(error, record, hangAfterMs)).map(escapedError),
    ...record.unstarted.map(neverBegun),
    ...record.unwoken
      .filter(({ since }) => record.end.at - since >= hangAfterMs)
      .map((loop) => neverWoken(loop, record.end.at - loop.since)),
  ];
};

/** What a worker reports to nobody is its own matter where it sends by itself. */
function isMissed({ thread, why }: LostPost): boolean {
  return !thread.isLauncher && !(why === 'unread' && !thread.isMain && thread.succeeded > 0);
}

/** The program heard of it, and may have sent it otherwise. */
function isMadeUpFor({ ofPackage, at: postedAt }: LostPost, { threads }: ProgramRecord): boolean {
  return ofPackage === true && threads.some(({ lastRequestAt }) => (lastRequestAt ?? 0) > postedAt);
}

/** It was posted shortly before the watch ended: its reader may have had other things to do. */
export function isUnreadYet(post: LostPost, { end }: ProgramRecord, hangAfterMs: number): boolean {
  return isMissed(post) && post.why === 'unread' && end.kind !== 'exited' && end.at - post.at < hangAfterMs;
}

/** An error that a process-wide handler took, outside a timer, prevented nothing where its thread sent later. */
function preventedSomething(error: EscapedError, record: ProgramRecord, hangAfterMs: number): boolean {
  const { thread, at: escapedAt, origin, inTimer, onlyLogged } = error;
  if (thread.isLauncher || isReportedAsRequest(error, record, hangAfterMs)) return false;
  if (isBesideTheWay(thread, error.frames, record)) return false;
  const loopResumed =
    thread.end?.reason !== 'error' && thread.succeeded > 0 && (thread.lastRequestAt ?? 0) > escapedAt;
  // The last request before process.exit() was the report of the error itself; a timer that was to send is judged by itself.
  if (loopResumed && thread.end?.reason === 'exit-call' && thread.end.code !== 0) return false;
  return (inTimer && !onlyLogged) || origin === 'scheduled' || origin === 'thread' || !loopResumed;
}

/** A request’s own failure says it, unless none failed and it ended the thread: then it is another connection’s. */
function isReportedAsRequest(error: EscapedError, { requests }: ProgramRecord, hangAfterMs: number): boolean {
  const { thread, ofRequest } = error;
  if (requests.some((request) => isMadeOf(request, error))) return true;
  if (!ofRequest) return false;
  return (
    thread.end?.reason !== 'error' ||
    requests.some((one) => one.thread === thread && isJudged(one, hangAfterMs))
  );
}

/** What the program itself gave up soon is no finding of its own. */
function isJudged({ failure, startedAt, endedAt }: RequestRecord, hangAfterMs: number): boolean {
  if (failure === null) return false;
  return (
    failure.by === 'error' || failure.by === 'deadline' || (endedAt ?? startedAt) - startedAt >= hangAfterMs
  );
}

/** What a client or the program makes of an error that the server answered with names that error, and comes at once. */
function isMadeOf({ thread, status, refusal, endedAt }: RequestRecord, error: EscapedError): boolean {
  if (thread !== error.thread || endedAt === null || error.at < endedAt || error.at - endedAt > atOnceMs)
    return false;
  const answered = refusal ?? (status !== null && status >= 400 ? String(status) : null);
  return answered !== null && error.message.split(/\W+/).includes(answered);
}

/** Its reader's end is what lost it. */
function endedTooSoon(post: LostPost): Suspicion | null {
  const { thread, reader, at: postedAt, why, stack } = post;
  const end = reader?.end ?? null;
  if (why === 'ended' || reader === undefined || end === null) return null;
  return {
    code: end.reason === 'process-ended' ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: `${capital(threadText(reader))} was ended before it had begun to read what was posted to it`,
    thread: reader,
    request: null,
    evidence: [
      `${threadText(thread)} posted a message to ${post.to}${at(stack)}; ${showMs(end.at - postedAt)} later ${endText(reader, end, false)}${at(end.stack)}, and nobody had read it`,
    ],
    stack: [...stack, ...end.stack],
    fix: 'Wait until the worker reports that everything has been sent before it is ended',
  };
}

const lostReasons: Readonly<Record<LostPost['why'], string>> = {
  closed: 'which was closed',
  ended: 'whose thread had ended',
  'not-cloneable': 'and it could not be cloned',
  unread: 'which nobody reads',
  unreadable: 'where it could not be read, and nobody listens for `messageerror`',
  unheard: 'where nobody listens to its sender',
  'ended-too-soon': 'which was ended before it read',
  'too-early': 'to which nobody listened yet',
  'never-run': 'which no thread runs',
  disconnected: 'whose channel had been closed before: it has disconnected, or ended',
  unsubscribed: 'to which nobody subscribes any more',
  'cut-off': 'and the process that sent it ended before the channel had taken all of it',
};

function lostMessage(post: LostPost): Suspicion {
  const handed = post.work === null ? 'A message was posted' : `${post.work} was handed over`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${handed} to ${post.to}, ${lostReasons[post.why]}`,
    thread: post.thread,
    request: null,
    evidence: [
      `${threadText(post.thread)} ${post.work === null ? 'posted' : `handed ${post.work}`} to ${post.to}${at(post.stack)}, ${lostReasons[post.why]}${heardOf(post)}`,
      ...(post.misplaced === undefined ? [] : [misplacedText(post.misplaced, post.hears)]),
      ...(post.because === undefined ? [] : [`an error had ended the subscription before: ${post.because}`]),
    ],
    stack: [...(post.misplaced ?? []), ...post.stack],
    fix: lostFixes[post.why],
    ...(post.why === 'ended' && post.reader !== undefined
      ? { needed: { threads: [post.reader], functions: [] } }
      : {}),
  };
}

/** What the one who posts a message hears of it. */
function heardOf({ work, why }: LostPost): string {
  if (work !== null) return '';
  return why === 'not-cloneable'
    ? '; that throws a DataCloneError, which whoever posts it must handle'
    : '; a message that can’t be delivered is dropped without an error';
}

function misplacedText(misplaced: readonly string[], hears = 'process.on("message")'): string {
  const listener = `${hears}${at(misplaced)}`;
  if (hears === 'process.on("message")')
    return `${listener} receives only what a parent sends, and this process has none`;
  return hears.startsWith('cluster.')
    ? `${listener} receives messages of workers, in the primary; in a worker, what the primary sends comes to process.on("message")`
    : `${listener} was never called: whatever a parent sends comes as “message”`;
}

const keepOpen = 'Keep the port open and the thread alive until its messages have been answered';

const lostFixes: Readonly<Record<LostPost['why'], string>> = {
  closed: keepOpen,
  'ended-too-soon': keepOpen,
  ended: keepOpen,
  'cut-off':
    'Call process.exit() in the callback of process.send(), or let the child end by itself (process.disconnect())',
  'not-cloneable': 'Post plain data: clients, functions and sockets can’t cross threads',
  unreadable:
    'Do not post a transferred buffer again: post a copy (buffer.slice()), or leave it out of the transfer list; log `messageerror` at the other end',
  unheard:
    'Listen where the messages come: cluster.on("message", (worker, message) => …) in a cluster’s primary, child.on("message", …) on what fork() returned',
  unread: 'Add a `message` listener at the other end, and check the channel’s name',
  'too-early':
    'Let whoever listens say that it does before the first message is posted: a channel does not buffer messages',
  unsubscribed:
    'Catch the error within the operator that handles one value (concatMap((value) => of(value).pipe(…, catchError(…)))), or subscribe again (retry()): outside of it catchError puts another stream in the place of this one',
  disconnected:
    'Send to the process that works now: forget one at its `disconnect` or `exit`, and look at what send() gives its callback (ERR_IPC_CHANNEL_CLOSED)',
  'never-run': 'Start a thread that runs the loop (loop.run_forever), or hand it to a loop that runs',
};

function escapedError(error: EscapedError): Suspicion {
  const { end } = error.thread;
  const left = end?.reason === 'error' ? timersLeft(error.thread, end.at).slice(0, 3) : [];
  const frames = error.brokenAt ? [error.brokenAt, ...error.frames] : error.frames;
  const cutOff = left.length > 0 && isBeside(error) ? endOf(error) : null;
  return {
    code: cutOff?.code ?? 'never-requested',
    severity: 'error',
    title:
      notLoaded(error) ??
      cutOff?.title ??
      (error.inTimer ? `A timer’s callback threw ${error.name}` : escapes[kindOf(error)](error)),
    thread: error.thread,
    request: null,
    evidence: [
      `${threadText(error.thread)}: ${[error.name, error.message.split('\n')[0] ?? ''].filter((part) => part !== '').join(': ')}${at(frames)}`,
      ...left.map(
        ({ delayMs, stack }) =>
          `it ended the thread, and the timer of ${showMs(delayMs)}${stack[0] === undefined ? '' : ` set at ${stack[0]}`} that is to send had not fired`,
      ),
    ],
    stack: [...frames, ...left.flatMap(({ stack }) => stack)],
    fix: loadFixOf(error) ?? escapedFix,
    // One that was caught process-wide ended no thread.
    halted: error.origin === 'thread' || end?.reason === 'error' ? [error.thread] : [],
  };
}

/** An error that has nothing to do with what was to be sent: of a socket without a listener for "error", for example. */
function isBeside({ inTimer, brokenAt, message, leads }: EscapedError): boolean {
  return !inTimer && brokenAt === undefined && missingModule(message) === null && leads === false;
}

function endOf({ thread, name }: EscapedError): Pick<Suspicion, 'code' | 'title'> {
  const [code, what] = thread.isMain
    ? (['process-exited', 'process'] as const)
    : (['thread-exited', 'thread'] as const);
  return { code, title: `An uncaught ${name} ended the ${what} before a timer that is to send had fired` };
}

/** Nobody can catch it in a worker, and whoever listens for it elsewhere is told of the thread's end. */
function kindOf({ origin, thread }: EscapedError): EscapedError['origin'] {
  return origin === 'uncaughtException' && !thread.isMain && thread.end?.reason === 'error'
    ? 'thread'
    : origin;
}

/** Of code that did not come to run at all. */
function notLoaded({ brokenAt, message, frames }: EscapedError): string | null {
  if (brokenAt !== undefined)
    return `${isAboutExports(message) ? 'An import of what is not exported' : 'A syntax error'} kept ${brokenAt === '' ? 'a file of the program' : fileName(brokenAt)} from being loaded`;
  const missing = missingModule(message);
  if (missing === null) return null;
  const importer = missing.importer ?? frames[0];
  return `Module '${missing.name}' was not found${importer === undefined ? '' : `, which ${fileName(importer)} loads`}`;
}

/** JavaScript calls that a syntax error, too. */
function isAboutExports(message: string): boolean {
  return /does not provide an export|^Named export/.test(message);
}

function loadFixOf({ brokenAt, message }: EscapedError): string | null {
  if (brokenAt === '') return 'Correct it: the program’s own output names the file and the line';
  if (brokenAt !== undefined) return 'Correct it there; nothing that was to load the file was sent';
  return missingModule(message) === null
    ? null
    : 'Install the package, or correct the path or name; nothing that was to load it was sent';
}

/** Of a frame, or of a path. */
function fileName(frame: string): string {
  return basename(frame.replace(/:\d+(?::\d+)?(?: \(.*)?$/, ''));
}

/** Of an error that somebody reported. */
export const escapedFix = 'Fix the error; nothing after it was sent';

const escapes: Readonly<Record<EscapedError['origin'], (error: EscapedError) => string>> = {
  unhandledRejection: ({ name }) => `A promise was rejected with ${name} and nobody handled it`,
  uncaughtException: ({ name }) => `${name} was thrown and nobody caught it`,
  scheduled: ({ name, thread }) => `${name} ended what was to be done in ${threadText(thread)}`,
  thread: ({ name, thread }) => `${name} ended ${threadText(thread)}`,
};

function neverBegun({ thread, what, kind, stack, droppedIn }: UnstartedWork): Suspicion {
  if (kind !== null) return neverGoneThrough(thread, what, kind, stack);
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${what} was called and never awaited: it did not begin`,
    thread,
    request: null,
    evidence: [`the coroutine ${what} was dropped${at(stack)} before its first step`],
    stack,
    fix: awaitFix(what, droppedIn),
  };
}

/** What can be written where it was dropped: `await` stands in an async def only, and create_task() needs a running loop. */
function awaitFix(what: string, droppedIn: UnstartedWork['droppedIn']): string {
  const task = `asyncio.create_task(${what}(…))`;
  switch (droppedIn) {
    case 'coroutine':
      return `Write \`await ${what}(…)\`, or keep what ${task} returns`;
    case 'function-on-loop':
      return `Keep what ${task} returns, or make the function an \`async def\` that awaits ${what}(…), and is awaited itself`;
    case 'function':
      return `Run it: asyncio.run(${what}(…)); or hand it to a loop that runs in another thread, and ask for the result: asyncio.run_coroutine_threadsafe(${what}(…), loop).result()`;
    case null:
      return `Give ${what} to what awaits it: an async function, a scheduler or framework that takes coroutines, or asyncio.run(${what}(…))`;
  }
}

/** What sends only as somebody goes through it. */
function neverGoneThrough(
  thread: UnstartedWork['thread'],
  what: string,
  kind: string,
  stack: readonly string[],
): Suspicion {
  const isCall = ['map', 'filter', 'starmap'].includes(kind);
  return {
    code: 'never-requested',
    severity: 'error',
    title: `Nothing iterates ${what}: nothing in it ran`,
    thread,
    request: null,
    evidence: [
      `${isCall ? `${kind}() calls its function only for what is taken from it` : `${what} is ${kind}, which runs only as it is iterated`}; it was made${at(stack)}, and nothing was taken from it`,
    ],
    stack,
    fix: isCall
      ? 'Write a for loop: map(), filter() and starmap() are not meant for side effects'
      : `Iterate it (for …, list(…)), or make ${what} a plain function: without \`yield\``,
  };
}

/** Something was scheduled from another thread in a way that does not wake the loop. */
function neverWoken({ thread, ready, calls, stack }: UnwokenLoop, sleptMs: number): Suspicion {
  const loop = loopText({ thread });
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${capital(loop)} sleeps although it has work: nobody woke it`,
    thread,
    request: null,
    evidence: [
      `for ${showMs(sleptMs)} ${loop} has slept in its selector with ${ready} callback(s) not run: call_soon, create_task, set_result and asyncio’s locks don’t wake a loop of another thread`,
      ...calls.map((call) => `${threadText(call.thread)} gave it work${at(call.stack)} without waking it`),
    ],
    stack: calls[0]?.stack ?? stack,
    fix: 'From another thread use only loop.call_soon_threadsafe and asyncio.run_coroutine_threadsafe',
  };
}
