import { functionOf } from '../causes-first.ts';
import type { EscapedError, ProgramRecord, ThreadRecord } from '../record.ts';
import { settlesByItself, type WaitOnTheWay, waitsCutOff } from './await-unsettled.ts';
import { at } from './wording.ts';

/** The rejection that nobody had caught and that ended the thread, where it did not break off what was to send. */
export function rejectionBeside(thread: ThreadRecord, { errors }: ProgramRecord): EscapedError | null {
  if (thread.end?.reason !== 'error') return null;
  const last = errors.findLast((error) => error.thread === thread);
  if (last?.origin !== 'unhandledRejection' || last.ofRequest || last.leads !== false) return null;
  return last.frames.length > 0 ? last : null;
}

/** Functions that waited for something else, on their way to a request, when such a rejection ended their thread. */
export function waitsBeside(thread: ThreadRecord, record: ProgramRecord): readonly WaitOnTheWay[] {
  const error = rejectionBeside(thread, record);
  if (error === null) return [];
  const broken = new Set(error.frames.map(functionOf));
  const waits = waitsCutOff(thread, (holder) => settlesByItself(holder) || holder.kind === 'request');
  const isOfTheWay = waits.some(({ stack }) => stack.some((frame) => broken.has(functionOf(frame))));
  return isOfTheWay ? [] : waits;
}

/** Whether an error, by its frames, ended its thread beside what was to send. */
export function isBesideTheWay(
  thread: ThreadRecord,
  [frame]: readonly string[],
  record: ProgramRecord,
): boolean {
  return rejectionBeside(thread, record)?.frames[0] === frame && waitsBeside(thread, record).length > 0;
}

export function besideText({ thread, name, message, frames }: EscapedError): string {
  const error = [name, message.split('\n')[0] ?? ''].filter((part) => part !== '').join(': ');
  return `a promise that nobody awaited yet was rejected with ${error}${at(frames)}, and nothing had caught that: a rejection that is unhandled at the end of the turn ends ${thread.isMain ? 'the process' : 'its thread'}`;
}

export const besideFix =
  'Attach the catch where the promise is made (const members = load().catch(…)), or await it together with the others (Promise.all, Promise.allSettled): a catch that comes only after another await comes too late';
