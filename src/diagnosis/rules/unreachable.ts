import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ThreadRecord, UnreachableAddress } from '../record.ts';
import { waitsOnTheWay } from './await-unsettled.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/**
 * `await-unsettled`: a package tries again and again to connect, by none of the followed clients, and what is to send
 * waits for that. Its request was not refused: it was never begun.
 */
export const unreachable: Rule = (record, options) =>
  record.unreachable.flatMap((address) => {
    if (address.thread.isLauncher || !isTriedOn(address, record, options)) return [];
    const waiting = placesWaiting(address.thread, record, options);
    return waiting.length > 0 ? [suspicion(address, waiting)] : [];
  });

/** A client that has given up says so to whoever waits for it. */
function isTriedOn(
  { thread, tries, firstAt, lastAt }: UnreachableAddress,
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): boolean {
  const meanGapMs = (lastAt - firstAt) / Math.max(1, tries - 1);
  const sinceMs = (thread.end?.at ?? record.end.at) - lastAt;
  return tries >= fewestTries && sinceMs <= 2 * (meanGapMs + hangAfterMs);
}

const fewestTries = 3;

/** Where the program's own code waits on its way to a request, the nearest first. */
function placesWaiting(
  thread: ThreadRecord,
  record: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): readonly string[] {
  const endedAt = thread.end?.at ?? record.end.at;
  const origins = record.fruitlessCallbacks.filter(
    (callback) =>
      callback.thread === thread &&
      callback.why.kind === 'pending' &&
      callback.leads !== 'maybe' &&
      endedAt - callback.ranAt >= hangAfterMs &&
      // It sleeps for a time of its own.
      callback.sleepsUntil <= endedAt + hangAfterMs,
  );
  return [
    ...new Set([
      ...waitsOnTheWay(thread).flatMap(({ stack }) => stack),
      ...origins.flatMap(({ why, stack }) => [...(why.kind === 'pending' ? why.frames : []), ...stack]),
    ]),
  ];
}

function suspicion(found: UnreachableAddress, waiting: readonly string[]): Suspicion {
  const { thread, address, code, tries, firstAt, lastAt, stack } = found;
  return {
    code: 'await-unsettled',
    severity: 'error',
    title: `The code that sends waits for a connection to ${address}, which could not be opened (${code})`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} tried ${tries} times in ${showMs(lastAt - firstAt)} to connect to ${address}${at(stack)}: each failed, the last with ${code}`,
      `the code${at(waiting)} waits meanwhile, and that leads to no request`,
    ],
    stack: [...waiting, ...stack],
    fix: `Make sure that a server listens on ${address}; let the client give up after some tries (retries for each command, no offline queue) and send the notification anyway`,
  };
}
