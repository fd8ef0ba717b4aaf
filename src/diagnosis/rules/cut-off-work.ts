import { capital } from '../../capital.ts';
import { lineOf } from '../../model/frame.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ThreadEnd, ThreadRecord, TimerToSend } from '../record.ts';
import { type WaitOnTheWay, waitsCutOff } from './await-unsettled.ts';
import { besideFix, besideText, rejectionBeside, waitsBeside } from './beside-the-way.ts';
import { endText, neededBy } from './endings.ts';
import { isFailed } from './failures.ts';
import { isCutOffByExit, wasAtWork } from './fruitless-callbacks.ts';
import type { Rule, Suspicion } from './rule.ts';
import { timersLeft, unfiredText } from './timers.ts';
import { at, threadText } from './wording.ts';

/** `process-exited` and `thread-exited`: the thread was ended while a function slept on its way to a request, or a batch waited for its timer. */
export const cutOffWork: Rule = (record, { hangAfterMs }) =>
  record.threads.flatMap((thread) => {
    if (thread.isLauncher || thread.end === null || isReportedElsewhere(thread, record)) return [];
    const waits = waitsOf(thread, thread.end, record, hangAfterMs).filter(
      (wait) => !isRetrying(wait, thread, record),
    );
    return waits.length > 0 ? [suspicion(thread, thread.end, waits, record)] : [];
  });

/** Another rule reports what the thread was working on. */
function isReportedElsewhere(
  thread: ThreadRecord,
  { fruitlessCallbacks, unhandled }: ProgramRecord,
): boolean {
  return (
    (!isCutOffByExit(thread) &&
      fruitlessCallbacks.some((callback) => callback.thread === thread && wasAtWork(callback))) ||
    // What is behind a post comes after the message that the post answers.
    (thread.wayBehindPost == null && unhandled.some(({ reader }) => reader === thread))
  );
}

/** It waits for the retry of a request that failed: that failure is the finding. */
function isRetrying({ stack }: WaitOnTheWay, thread: ThreadRecord, { requests }: ProgramRecord): boolean {
  const [waiting] = stack;
  if (waiting === undefined) return false;
  return requests.some(
    (request) =>
      request.thread === thread &&
      isFailed(request) &&
      request.stack.some((frame) => lineOf(frame) === lineOf(waiting)),
  );
}

function waitsOf(
  thread: ThreadRecord,
  end: ThreadEnd,
  record: ProgramRecord,
  hangAfterMs: number,
): readonly WaitOnTheWay[] {
  switch (end.reason) {
    case 'exit-call':
      return thread.isMain
        ? waitsCutOff(thread)
        : firstOf(sleepsCutOff(thread, end), () => waitsCutOff(thread));
    case 'terminated':
    case 'process-ended':
    case 'parent-ended':
      return firstOf([...sleepsCutOff(thread, end), ...batchesCutOff(thread, end)], () =>
        wayCutOff(thread, end, hangAfterMs),
      );
    case 'natural':
      return waitsCutOff(thread).filter(({ isTooLate }) => isTooLate === true);
    case 'error':
      return waitsBeside(thread, record);
    case 'killed':
      return [];
  }
}

function firstOf(
  timers: readonly WaitOnTheWay[],
  otherwise: () => readonly WaitOnTheWay[],
): readonly WaitOnTheWay[] {
  return timers.length > 0 ? timers : otherwise();
}

/** It had posted word of its work, and was to send behind that; what takes longer may hang by itself. */
function wayCutOff(
  { wayBehindPost }: ThreadRecord,
  end: ThreadEnd,
  hangAfterMs: number,
): readonly WaitOnTheWay[] {
  if (wayBehindPost == null || end.at - wayBehindPost.postedAt >= hangAfterMs) return [];
  const [post, sends] = wayBehindPost.stack;
  const text = `it posted a message at ${post} and was to send at ${sends} next; that had led to no request`;
  return [{ text, stack: [sends, post] }];
}

/** A thread that was ended from outside could not be looked into, but the timers that it had set are known. */
function sleepsCutOff(thread: ThreadRecord, end: ThreadEnd): readonly WaitOnTheWay[] {
  return timersLeft(thread, end.at)
    .filter(({ isSleep }) => isSleep)
    .map(sleepText);
}

/** A batch is collected for no longer than this, in ms. */
const longestBatchMs = 1000;
/** A thread that posts word of its work does so within this time, in ms, of setting the timer. */
const sameIterationMs = 50;

/** Timers that had something to send. One that sets itself again may have nothing; a later request may have carried it. */
function batchesCutOff(thread: ThreadRecord, end: ThreadEnd): readonly WaitOnTheWay[] {
  const { lastRequestAt, lastPostAt } = thread;
  if (thread.isMain) return [];
  return timersLeft(thread, end.at)
    .filter(
      ({ isSleep, setsItself, isMessage, delayMs, setAt }) =>
        !(isSleep || setsItself || isMessage) &&
        (lastRequestAt ?? Number.NEGATIVE_INFINITY) < setAt &&
        (delayMs <= longestBatchMs ||
          Math.abs(setAt - (lastPostAt ?? Number.NEGATIVE_INFINITY)) < sameIterationMs),
    )
    .map((due) => ({ text: `a ${unfiredText(due)}`, stack: due.stack }));
}

function sleepText({ delayMs, stack }: TimerToSend): WaitOnTheWay {
  return {
    text: `it slept for ${showMs(delayMs)}${at(stack)}, and a request was to come after that`,
    stack,
  };
}

function suspicion(
  thread: ThreadRecord,
  end: ThreadEnd,
  waits: readonly WaitOnTheWay[],
  record: ProgramRecord,
): Suspicion {
  const ofProcess = thread.isMain || end.reason === 'process-ended';
  const who = capital(ofProcess ? 'the process' : threadText(thread));
  const error = end.reason === 'error' ? rejectionBeside(thread, record) : null;
  return {
    code: ofProcess ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: `${who} was ended while a function of it was on its way to a request`,
    thread,
    request: null,
    evidence: [
      ...waits.slice(0, 3).map(({ text }) => text),
      ...(error === null ? [] : [besideText(error)]),
      `${endText(thread, end, ofProcess)}${at(end.stack)}: what was to come after that was never sent`,
    ],
    stack: [...new Set([...(error?.frames ?? []), ...waits.flatMap(({ stack }) => stack), ...end.stack])],
    ...neededBy(thread, end, record),
    fix:
      error !== null
        ? besideFix
        : waits.some(({ isTooLate }) => isTooLate === true)
          ? 'Send before process.exit(), where it can be awaited: in the listener of the signal, say; a listener of “exit” can do only what is synchronous'
          : ofProcess
            ? 'Await what was started before process.exit() (a queue’s onIdle(), not onEmpty()), or let the process end by itself'
            : 'Let the thread say that it is done only once its request has been answered, and end it after that',
  };
}
