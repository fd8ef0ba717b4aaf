import { capital } from '../../capital.ts';
import type { FindingCode } from '../../model/cause.ts';
import { isInPackage, lineOf } from '../../model/frame.ts';
import { showMs } from '../../time/show-ms.ts';
import type { FruitlessCallback, ProgramRecord, ThreadEnd, ThreadRecord } from '../record.ts';
import { placesOfUnsettled, waitsCutOff } from './await-unsettled.ts';
import { isBesideTheWay } from './beside-the-way.ts';
import { endText } from './endings.ts';
import { escapedFix } from './never-requested.ts';
import { finalStandstill } from './request-facts.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/**
 * `never-requested` and `await-unsettled`: a timer, message or signal called code that leads to a request, and none came
 * of it. One that succeeds elsewhere is no excuse.
 */
export const fruitlessCallbacks: Rule = (record, options) =>
  record.fruitlessCallbacks
    .filter((callback) => isMissed(callback, record, options) && !isLeftUndone(callback, record))
    .map((callback) => suspicion(callback, record));

/** What it calls was made and never begun, which says more. */
function isLeftUndone({ thread, why, calls }: FruitlessCallback, { leftUndone }: ProgramRecord): boolean {
  if (why.kind !== 'nothing' || calls === null) return false;
  return leftUndone.some(
    (undone) =>
      undone.thread === thread &&
      // What builds it may have been called by a function of the program's.
      (undone.kind === 'lazy' ? undone.stack : undone.stack.slice(0, 1)).some(
        (frame) => lineOf(frame) === lineOf(calls),
      ),
  );
}

function isMissed(callback: FruitlessCallback, record: ProgramRecord, { hangAfterMs }: RuleOptions): boolean {
  const { thread, why, uncertain, leads, conditional, ranAt, sleepsUntil } = callback;
  if (thread.isLauncher || isStuck(thread, hangAfterMs)) return false;
  switch (why.kind) {
    case 'rejected':
      return !isBesideTheWay(thread, why.frames, record);
    case 'unheard':
      return true;
    case 'threw':
      return !uncertain && leads !== 'maybe';
    case 'pending': {
      const waitedMs = (thread.end?.at ?? record.end.at) - Math.max(ranAt, sleepsUntil);
      const isOver = waitedMs >= hangAfterMs || thread.end?.reason === 'natural';
      if (wasEndedByOthers(thread)) return !uncertain && wasAtWork(callback);
      if (isCutOffByExit(thread)) return false;
      // Whoever has called process.exit() waits for nothing any more.
      const isCutOff = thread.end?.reason === 'exit-call' && leads === 'surely' && !conditional;
      return !uncertain && leads !== 'maybe' && (isOver || isCutOff);
    }
    case 'unfired':
      if (thread.end?.reason !== 'exit-call' || isPutOff(callback)) return false;
      return callback.kind === 'package-timer'
        ? // Whether there was something to send it asks only then; what it was given before the last request has been sent.
          leads === 'surely' && (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) < callback.setAt
        : leads !== 'maybe' && !conditional;
    case 'nothing':
      // It has left the rest to a timer, which is judged by itself.
      return !uncertain && leads !== 'maybe' && !conditional && sleepsUntil === 0;
  }
}

/** What was set at the same place has sent before: whether this one had something to send is another rule's question. */
export function isPutOff({ kind, why, hasLed }: FruitlessCallback): boolean {
  return kind === 'timer' && why.kind === 'unfired' && hasLed;
}

function suspicion(callback: FruitlessCallback, record: ProgramRecord): Suspicion {
  const { thread, stack } = callback;
  return {
    code: codeOf(callback),
    severity: 'error',
    title: titleOf(callback),
    thread,
    request: null,
    evidence: [happened(callback), ...whyText(callback, record)],
    stack: [...placesBefore(callback, record), ...stack],
    // An error that ends a thread ends what it does for a message, too.
    ...(callback.why.kind === 'nothing' && thread.end?.reason === 'error'
      ? { needed: { threads: [thread], functions: [] } }
      : {}),
    fix: fixFor(callback, record),
  };
}

/** It leads to a request that had not come when its thread was ended; what was seen last may be some time old. */
export function wasAtWork({ thread, why, leads, hasLed, goesOn, ranAt }: FruitlessCallback): boolean {
  const { lastRequestAt, lastPostAt } = thread;
  const hasGoneOn = Math.max(lastRequestAt ?? ranAt, lastPostAt ?? ranAt) > ranAt;
  return why.kind === 'pending' && !hasGoneOn && (leads !== 'maybe' || hasLed || goesOn);
}

/** It is known what it waited for when process.exit() was called, which another rule reports. */
export function isCutOffByExit(thread: ThreadRecord): boolean {
  return thread.isMain && thread.end?.reason === 'exit-call' && waitsCutOff(thread).length > 0;
}

/** Its parent, its process or the pool that it belongs to ended it while it was at work. */
function wasEndedByOthers({ end, isMain }: ThreadRecord): boolean {
  if (end?.reason === 'exit-call') return !isMain && isInPackage(end.stack[0] ?? '');
  return end?.reason === 'terminated' || end?.reason === 'process-ended' || end?.reason === 'parent-ended';
}

function codeOf({ why, thread }: FruitlessCallback): FindingCode {
  if (why.kind !== 'pending') return 'never-requested';
  if (wasEndedByOthers(thread))
    return thread.end?.reason === 'process-ended' ? 'process-exited' : 'thread-exited';
  return thread.end?.reason === 'exit-call' ? 'never-requested' : 'await-unsettled';
}

/** What lies nearer to the cause than where the callback was given. */
function placesBefore(
  { why, thread, calls, stack }: FruitlessCallback,
  record: ProgramRecord,
): readonly string[] {
  switch (why.kind) {
    case 'rejected':
    case 'threw':
      return why.frames;
    case 'pending':
      return wasEndedByOthers(thread)
        ? [...why.frames, ...(thread.end?.stack ?? [])]
        : [...placesOfUnsettled(thread, record), ...why.frames];
    case 'unfired':
      return [];
    case 'unheard':
    case 'nothing':
      return calls === null || stack.includes(calls) ? [] : [calls];
  }
}

/** Where the loop does not run in the end, that is the cause; a thread that came to its end by itself was not stuck. */
function isStuck(thread: ThreadRecord, hangAfterMs: number): boolean {
  const reason = thread.end?.reason ?? 'killed';
  if (reason === 'natural' || reason === 'exit-call' || reason === 'error') return false;
  return (finalStandstill(thread)?.durationMs ?? 0) >= hangAfterMs;
}

/** What ran, or was to run. */
export function happened(callback: FruitlessCallback): string {
  const { kind, stack, thread, repeats, why, setAt, ranAt, delayMs } = callback;
  const place = at(stack);
  const who = threadText(thread);
  if (kind === 'message')
    return `${who} took a message${place && `, listened to${place}`}; it led to no request`;
  if (kind === 'signal')
    return `${who} received a signal${place && `, listened to${place}`}; it led to no request`;
  if (why.kind === 'unheard')
    return `a server sent ${who} events of the type ${why.types.map((type) => `“${type}”`).join(', ')}, which have no listener; the listener${place} is for other types`;
  const timer =
    kind === 'package-timer'
      ? `the timer that a package set when ${who} called it${place}`
      : `the ${repeats ? 'interval' : 'timer'} of ${who} set${place}`;
  return why.kind === 'unfired'
    ? `${timer} was due ${showMs(delayMs)} later, and had not fired when process.exit() was called`
    : `${timer} fired after ${showMs(Math.max(0, ranAt - setAt))}; it led to no request`;
}

const callers: Readonly<Record<FruitlessCallback['kind'], string>> = {
  timer: 'A timer fired',
  'package-timer': 'A package’s timer fired',
  message: 'A message was received',
  signal: 'A signal was received',
  event: 'An event came',
};

function titleOf({ kind, why, thread }: FruitlessCallback): string {
  switch (why.kind) {
    case 'rejected':
    case 'threw':
      return `${callers[kind]}, and an error kept it from sending: ${why.error}`;
    case 'pending':
      return wasEndedByOthers(thread)
        ? `${capital(threadText(thread))} was ended while it was still at work on what it was to send`
        : `${callers[kind]}, and what should send still waits for a promise`;
    case 'unheard':
      return 'Events came from a server, and the listener that is to send was never called';
    case 'unfired':
      return kind === 'package-timer'
        ? 'The process exited before a package had sent what it was given: its timer had not fired'
        : 'The process exited before a timer that is to send had fired';
    case 'nothing':
      return `${callers[kind]}, and its callback returned without starting a request`;
  }
}

function whyText({ why, thread, calls }: FruitlessCallback, record: ProgramRecord): readonly string[] {
  const elsewhere = record.succeeded > 0 ? ['other requests of the program succeeded'] : [];
  switch (why.kind) {
    case 'rejected':
      return [
        `a promise of it was rejected with ${why.error}${at(why.frames)}; ${escapedIn(thread, why.frames, record) ? `nobody handled that${thread.end?.reason === 'error' ? `, and it ended ${threadText(thread)}` : ''}` : 'something caught it (and may have logged it), and it led to no request'}`,
        ...elsewhere,
      ];
    case 'threw':
      return [
        `${why.error} was thrown${at(why.frames)} and aborted the code that sends; the catch ${why.isSilent ? `at ${why.caughtAt} does not report it` : `around ${why.caughtAt} got it, and nothing was sent instead`}`,
        ...elsewhere,
      ];
    case 'pending':
      if (thread.end !== null && wasEndedByOthers(thread))
        return [
          cutOffText(thread, thread.end, why.frames),
          ...unfiredBeside(thread, record).map(
            (unfired) => `its remaining work was lost with it: ${happened(unfired)}`,
          ),
          ...elsewhere,
        ];
      return [
        `a promise that it made${why.frames[0] === undefined ? '' : ` at ${why.frames[0]}`} is still pending, and no request is under way`,
        ...placesOfUnsettled(thread, record).map((place) => `a function still waited at ${place}`),
        ...elsewhere,
      ];
    case 'unheard':
      return [
        'onmessage and the listeners of “message” receive only events that the server sends without a name',
        ...elsewhere,
      ];
    case 'unfired': {
      const [exit] = thread.end?.stack ?? [];
      return [`process.exit() was called${exit === undefined ? '' : ` at ${exit}`}`, ...elsewhere];
    }
    case 'nothing':
      return [
        ...(calls === null ? [] : [`what it calls to send is at ${calls}`]),
        'nothing that it started is pending or was rejected: what it called may have thrown and swallowed the error, put the message into a queue that is paused, or built a request that starts only once it is awaited (a query builder, a cold Observable)',
        ...elsewhere,
      ];
  }
}

/** Timers of the same thread that are to send and had not fired. */
function unfiredBeside(
  thread: ThreadRecord,
  { fruitlessCallbacks: all }: ProgramRecord,
): readonly FruitlessCallback[] {
  return all
    .filter(({ thread: its, why, leads }) => its === thread && why.kind === 'unfired' && leads !== 'maybe')
    .slice(0, 3);
}

function cutOffText(thread: ThreadRecord, end: ThreadEnd, frames: readonly string[]): string {
  const where = end.stack[0] === undefined ? '' : ` (called at ${end.stack[0]})`;
  return `it still waited${at(frames)} when ${endText(thread, end, end.reason === 'process-ended')}${where}: what was to come after that was never sent`;
}

const swallowedFix =
  'Fix the error, and log what a catch receives: a notification that fails must not fail in silence';

const loggedFix =
  'Fix the error; where it may come again, let the catch send what can still be sent, or try again: a line in a log is no notification';

/** Node itself has reported it, as an unhandled rejection or an uncaught exception. */
function escapedIn(thread: ThreadRecord, [frame]: readonly string[], { errors }: ProgramRecord): boolean {
  return frame !== undefined && errors.some((error) => error.thread === thread && error.frames[0] === frame);
}

function fixFor({ why, thread }: FruitlessCallback, record: ProgramRecord): string {
  switch (why.kind) {
    case 'rejected':
      return escapedIn(thread, why.frames, record) ? escapedFix : swallowedFix;
    case 'threw':
      return why.isSilent ? swallowedFix : loggedFix;
    case 'pending':
      if (wasEndedByOthers(thread))
        return 'Give the work the time that it takes (a longer timeout), or let the thread say that it is done before it is ended; send from a thread that is not ended with the work';
      return 'Find out who should settle that promise (release a lock in finally, give a wait a deadline), then send';
    case 'unheard':
      return 'Listen to each event by its name: source.addEventListener("name", …)';
    case 'unfired':
      return 'Wait for what is still to be sent before process.exit() (flush or close the queue, await its promise), or let the process end by itself';
    case 'nothing':
      return 'Log what a catch in that code receives; see that the queue it goes into runs; await (or subscribe to, or end) what it builds: a lazy request such as a query builder’s is sent only then';
  }
}
