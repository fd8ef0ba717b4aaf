import { capital } from '../../capital.ts';
import { showMs } from '../../time/show-ms.ts';
import { sharedPool } from '../advice/advice.ts';
import type { LeftPost, ProgramRecord, ThreadEnd, TimerToSend, UnhandledMessage } from '../record.ts';
import { endText } from './endings.ts';
import { isLeft } from './left-posts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { timersLeft, unfiredText } from './timers.ts';
import { at, threadText } from './wording.ts';

/** `process-exited` and `thread-exited`: a thread was ended before it had sent what was posted to it last. */
export const unhandledMessages: Rule = (record, options) =>
  record.unhandled.flatMap((message) => {
    const { end } = message.reader;
    if (end === null || message.thread.isLauncher || !wasCutOff(message, end, record)) return [];
    // It would have waited for ever.
    const isUnheard = ({ reader, thread }: LeftPost) =>
      reader === message.reader && thread === message.thread;
    if (record.leftPosts.some((post) => isUnheard(post) && isLeft(post, record, options))) return [];
    return [suspicion(message, end, timersSince(message, end))];
  });

/** A listener that leaves nothing behind is through with a message by then, in ms. */
const handlingMs = 250;

function wasCutOff(message: UnhandledMessage, end: ThreadEnd, record: ProgramRecord): boolean {
  const { reader, at: postedAt, takenAt, isOneOfMany } = message;
  if (end.reason !== 'process-ended' && end.reason !== 'terminated' && end.reason !== 'parent-ended')
    return false;
  if ((reader.lastRequestAt ?? Number.NEGATIVE_INFINITY) >= postedAt) return false;
  if (timersSince(message, end).length > 0) return true;
  // Its messages lead to no request, or it has answered this one.
  if (
    (reader.requests === 0 && !(reader.sendsOnDemand && takenAt !== null)) ||
    (reader.lastPostAt ?? Number.NEGATIVE_INFINITY) >= postedAt
  )
    return false;
  // Whoever ends a thread on purpose may have asked it to stop just before.
  const isEndedByItself = end.reason === 'process-ended' && mainOf(message, record)?.reason === 'natural';
  if (takenAt === null) return isEndedByItself || isOneOfMany;
  return isOneOfMany && end.at - takenAt < handlingMs;
}

/** Set when it got the message, to send it later. */
function timersSince({ reader, at: postedAt }: UnhandledMessage, end: ThreadEnd): readonly TimerToSend[] {
  return timersLeft(reader, end.at).filter(({ setAt }) => setAt >= postedAt);
}

function mainOf({ reader }: UnhandledMessage, { threads }: ProgramRecord): ThreadEnd | null {
  return threads.find(({ pid, isMain }) => isMain && pid === reader.pid)?.end ?? null;
}

function suspicion(message: UnhandledMessage, end: ThreadEnd, timers: readonly TimerToSend[]): Suspicion {
  const { thread, reader, at: postedAt, takenAt, stack } = message;
  const ofProcess = end.reason === 'process-ended';
  return {
    code: ofProcess ? 'process-exited' : 'thread-exited',
    severity: 'error',
    title: `${capital(threadText(reader))} was ended before it had sent what was posted to it`,
    thread: reader,
    request: null,
    evidence: [
      `${threadText(thread)} posted a message to ${threadText(reader)}${at(stack)}; ${showMs(end.at - postedAt)} later ${endText(reader, end, false)}${at(end.stack)}`,
      takenAt === null
        ? 'the message had not been taken'
        : 'the message had been taken, and it had led to no request',
      ...timers.map((due) => `a ${unfiredText(due)}`),
      ...(ofProcess
        ? [
            'nothing held the process any more: a worker that is unref’d does not, whatever it still has to do',
          ]
        : []),
    ],
    stack: [...stack, ...timers.flatMap(({ stack: place }) => place), ...end.stack],
    fix: `Wait until the worker reports that everything has been sent before it ends (ref() it meanwhile), or send through another thread (${sharedPool})`,
  };
}
