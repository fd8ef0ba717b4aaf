import type { ReplacedSender, TimerToSend } from '../record.ts';
import type { Thread } from './thread.ts';

/** Threads whose intervals sent, that have ended, and whose successors do not set these intervals. */
export function replacedSenders(threads: readonly Thread[]): readonly ReplacedSender[] {
  return threads.flatMap((thread) => {
    const successor = successorOf(thread, threads);
    if (successor === undefined || thread.requests === 0) return [];
    return (
      thread.timersToSend
        // One that is led may have had nothing to send where it runs now.
        .filter(({ repeats, isLed, stack }) => repeats && !isLed && stack[0] !== undefined)
        .filter((interval) => !isSetAgain(interval, thread, threads))
        .map((interval) => ({ thread, successor, interval }))
    );
  });
}

/** The last one of the same file that the same parent started after its end. */
export function successorOf(thread: Thread, threads: readonly Thread[]): Thread | undefined {
  const { end } = thread;
  if (end === null || end.reason === 'process-ended' || end.reason === 'parent-ended') return undefined;
  return threads.findLast((other) => other.startedAt > end.at && isLike(other, thread));
}

function isLike(other: Thread, thread: Thread): boolean {
  if (other.isMain !== thread.isMain) return false;
  if (!thread.isMain) return other.parent === thread.parent && other.name === thread.name;
  return thread.inChildProcess && other.ppid === thread.ppid && other.file === thread.file;
}

function isSetAgain(interval: TimerToSend, thread: Thread, threads: readonly Thread[]): boolean {
  return threads.some(
    (other) =>
      other !== thread &&
      other.timersToSend.some(({ stack, repeats }) => repeats && stack[0] === interval.stack[0]),
  );
}
