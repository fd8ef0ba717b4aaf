import type { ProgramRecord, SwallowedError } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/** `never-requested`: an error broke off what was to send, something caught it, and its thread sent nothing afterwards. */
export const swallowedErrors: Rule = (record) =>
  record.swallowed.filter((swallowed) => isMissed(swallowed, record)).map(suspicion);

function isMissed(
  { thread, at, error, leads, caught, silencedAt, mayBeServed }: SwallowedError,
  record: ProgramRecord,
): boolean {
  if (thread.isLauncher || !leads) return false;
  const isServed = mayBeServed || (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) >= at;
  if (caught === null && silencedAt === null && isServed) return false;
  const isReported = record.errors.some(({ name, message }) => `${name}: ${message}`.startsWith(error));
  return !isReported && !record.idleOrigins.some(({ why }) => why.kind === 'rejected' && why.error === error);
}

const shield =
  'Shield what is still to be sent (anyio.CancelScope(shield=True), asyncio.shield), or send it outside the scope that was cancelled';

function suspicion({ thread, error, frames, caught, silencedAt }: SwallowedError): Suspicion {
  const [place] = frames;
  return {
    code: 'never-requested',
    severity: 'error',
    title:
      caught === null
        ? `An error kept the program from sending, and nothing reported it: ${error}`
        : `An error broke off what was to send: ${error}`,
    thread,
    request: null,
    evidence: [
      silencedAt !== null
        ? `${threadText(thread)}: ${error}${place === undefined ? '' : ` at ${place}`} broke off code that goes on to a request; what caught it at ${silencedAt} says nothing of it and sends nothing instead`
        : caught === null
          ? `${threadText(thread)}: a promise was rejected with ${error}${place === undefined ? '' : ` at ${place}`}; something caught and swallowed it, and no request followed`
          : `${threadText(thread)}: ${error} was raised${place === undefined ? '' : ` at ${place}`}, in code that goes on to a request; it was ${caught}, and nothing was sent in its place`,
    ],
    stack: silencedAt === null || frames.includes(silencedAt) ? frames : [...frames, silencedAt],
    fix: error.startsWith('CancelledError')
      ? shield
      : 'Fix the error, and log what a catch receives: a notification that fails must not fail in silence',
  };
}
