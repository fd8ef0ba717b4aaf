import { showMs } from '../../time/show-ms.ts';
import type { LateCall, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/**
 * `never-requested`: a request was to be made with a deadline that had passed before, with a signal that is aborted for
 * all, or with one that a request which came in aborted although its client waited.
 */
export const lateCalls: Rule = ({ lateCalls: calls, requests }) => [
  ...calls.filter(isMissed).map(suspicion),
  ...requests.filter(({ retried }) => !retried).flatMap(endedByClose),
];

/** Whoever is told of an abort may try again without that signal. */
function isMissed({ thread, at: calledAt, abortedAt, closedAt }: LateCall): boolean {
  if (thread.isLauncher) return false;
  return (
    closedAt !== null || abortedAt === null || (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) <= calledAt
  );
}

function suspicion(call: LateCall): Suspicion {
  const { thread, origin, path, ms, stack, abortedAt, closedAt } = call;
  if (closedAt !== null) {
    const called = `${threadText(thread)} called fetch for ${origin}${path}${at(stack)} with a signal that was aborted before`;
    return closedTooEarly({ thread, request: null, called, stack }, closedAt);
  }
  if (abortedAt !== null) return aborted(call, abortedAt);
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'The deadline had passed before the request was begun, and fetch did not make it',
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} called fetch for ${origin}${path}${at(stack)} with a signal that had fired already${ms === null ? '' : `: an AbortSignal.timeout of ${showMs(ms)}, which counts from when it is made`}`,
    ],
    stack,
    fix: 'Make the signal where the request is made: AbortSignal.timeout() in the call, not once for all of them',
  };
}

function aborted({ thread, origin, path, stack }: LateCall, abortedAt: readonly string[]): Suspicion {
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'The signal of all requests had been aborted before this one was begun, and fetch did not make it',
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} called fetch for ${origin}${path}${at(stack)} with the signal of a controller that it had aborted before${at(abortedAt)}; an aborted signal stays so, and every request that is given it is rejected at once`,
    ],
    stack: [...stack, ...abortedAt],
    fix: 'Make a controller for each request, or a new one after abort(); log what is rejected',
  };
}

function endedByClose(request: RequestRecord): readonly Suspicion[] {
  const { thread, stack, failure } = request;
  if (failure?.closedAt === undefined || request.status !== null) return [];
  const called = `${requestText(request)}${at(stack)} was given up`;
  return [closedTooEarly({ thread, request, called, stack }, failure.closedAt)];
}

interface GivenUp extends Pick<Suspicion, 'thread' | 'request' | 'stack'> {
  readonly called: string;
}

/** Since Node 16 an incoming request closes once its body has been read. */
function closedTooEarly({ called, stack, ...of }: GivenUp, closedAt: readonly string[]): Suspicion {
  return {
    code: 'never-requested',
    severity: 'error',
    title:
      'The "close" of a request that came in aborted this one, although its client still waited for the response',
    ...of,
    evidence: [
      `${called}; a listener of "close" had aborted its signal${at(closedAt)}`,
      'an incoming request is closed once its body has been read: that does not say that its client has gone',
    ],
    stack: [...stack, ...closedAt],
    fix: 'Listen to "close" of the response instead, and abort only where its writableFinished is false; log what is aborted',
  };
}
