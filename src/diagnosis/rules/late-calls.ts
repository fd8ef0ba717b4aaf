import { showMs } from '../../time/show-ms.ts';
import type { LateCall } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: a request was to be made with a deadline that had passed before, or a signal that is aborted for all. */
export const lateCalls: Rule = ({ lateCalls: calls }) => calls.filter(isMissed).map(suspicion);

/** Whoever is told of an abort may try again without that signal. */
function isMissed({ thread, at: calledAt, abortedAt }: LateCall): boolean {
  if (thread.isLauncher) return false;
  return abortedAt === null || (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) <= calledAt;
}

function suspicion(call: LateCall): Suspicion {
  const { thread, origin, path, ms, stack, abortedAt } = call;
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
