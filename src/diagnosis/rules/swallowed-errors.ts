import type { ProgramRecord, SwallowedError } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/** `never-requested`: an error broke off what was to send, something caught it, and its thread sent nothing afterwards. */
export const swallowedErrors: Rule = (record) =>
  record.swallowed.filter((swallowed) => isMissed(swallowed, record)).map(suspicion);

function isMissed({ thread, at, error, leads }: SwallowedError, record: ProgramRecord): boolean {
  if (thread.isLauncher || !leads || (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) >= at) return false;
  const isReported = record.errors.some(({ name, message }) => `${name}: ${message}`.startsWith(error));
  return !isReported && !record.idleOrigins.some(({ why }) => why.kind === 'rejected' && why.error === error);
}

function suspicion({ thread, error, frames }: SwallowedError): Suspicion {
  const [place] = frames;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `An error kept the program from sending, and nothing reported it: ${error}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)}: a promise was rejected with ${error}${place === undefined ? '' : ` at ${place}`}; something caught and swallowed it, and no request followed`,
    ],
    stack: frames,
    fix: 'Fix the error, and log what a catch receives: a notification that fails must not fail in silence',
  };
}
