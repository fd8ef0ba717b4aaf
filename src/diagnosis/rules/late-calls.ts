import type { LateCall } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, duration, threadText } from './wording.ts';

/** `never-requested`: a request was to be made with a deadline that had passed before. */
export const lateCalls: Rule = ({ lateCalls: calls }) =>
  calls.filter(({ thread }) => !thread.isLauncher).map(suspicion);

function suspicion({ thread, origin, path, ms, stack }: LateCall): Suspicion {
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'The deadline had passed before the request was begun, and fetch did not make it',
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} called fetch for ${origin}${path}${at(stack)} with a signal that had fired already${ms === null ? '' : `: an AbortSignal.timeout of ${duration(ms)}, which counts from when it is made`}`,
    ],
    stack,
    fix: 'Make the signal where the request is made: AbortSignal.timeout() in the call, not once for all of them',
  };
}
