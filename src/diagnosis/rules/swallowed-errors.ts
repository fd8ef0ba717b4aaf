import type { ProgramRecord, SwallowedError, ThreadRecord } from '../record.ts';
import { comesFromRequest } from '../source/next-round.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`, or `inconclusive`: an error broke off what was to send, something caught it, and its thread sent nothing afterwards. */
export const swallowedErrors: Rule = (record, options) =>
  record.swallowed
    .filter(
      (swallowed) =>
        isMissed(swallowed, record) && isFinal(swallowed, record, options) && !isMeant(swallowed, record),
    )
    .map((swallowed) => {
      if (isOfTest(swallowed))
        return isAssertion(swallowed) ? ofTest(swallowed) : undecided(ofTest(swallowed), expectedOrNot);
      const found = suspicion(swallowed);
      // In a program that sends, whoever names an error may mean that there is nothing to send then.
      return swallowed.isNamed === true && record.started > 0 ? undecided(found, namedErrors) : found;
    });

const namedErrors =
  'what caught it names just such errors: whether nothing was to be sent then, only the program knows';
const expectedOrNot = 'whether the test expects it, only the test knows';

function undecided(found: Suspicion, unknown: string): Suspicion {
  return { ...found, code: 'inconclusive', severity: 'warning', evidence: [...found.evidence, unknown] };
}

/** Of tests that pass, or have not failed so far, an error is one that they expect. */
function isMeant(swallowed: SwallowedError, { end }: ProgramRecord): boolean {
  return isOfTest(swallowed) && (end.exitCode ?? 0) === 0 && (end.exitCode === 0 || !isAssertion(swallowed));
}

/** Whether it went as far as a test or its runner, which reports what the test does not expect. */
function isOfTest({ inTest, caught, silencedAt, loggedAt }: SwallowedError): boolean {
  return inTest === true && caught === null && silencedAt === null && loggedAt === undefined;
}

function isAssertion({ error }: SwallowedError): boolean {
  return /^(?:Jest)?AssertionError\b|^Error: expect\(/.test(error);
}

function isMissed(
  { thread, at: begunAt, error, frames, leads, caught, silencedAt, mayBeReplaced }: SwallowedError,
  record: ProgramRecord,
): boolean {
  if (thread.isLauncher || !leads) return false;
  // Where nothing was sent at all, nothing was sent in its place.
  const isReplaced =
    (mayBeReplaced && record.started > 0) ||
    // It may have come of a request that was not to be counted.
    record.unmatched > 0 ||
    (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) >= begunAt;
  if (caught === null && silencedAt === null && isReplaced) return false;
  const isReported = record.errors.some(({ name, message }) => `${name}: ${message}`.startsWith(error));
  if (silencedAt !== null && isOfRetried(frames, thread, record)) return false;
  const isOfPool = record.droppedJobs.some((jobs) => jobs.thread === thread && jobs.error === error);
  if (isOfPool) return false;
  return (
    !isReported &&
    !record.fruitlessCallbacks.some(
      ({ why }) => (why.kind === 'rejected' || why.kind === 'threw') && why.error === error,
    )
  );
}

/** What the program makes of the error of a request that was made again, with success. */
function isOfRetried(frames: readonly string[], thread: ThreadRecord, { requests }: ProgramRecord): boolean {
  return requests.some(
    (request) => request.thread === thread && request.retried && comesFromRequest(frames, request.stack),
  );
}

/** What was logged is about to be tried again for all that is known, until some time has passed. */
function isFinal(
  { thread, at: thrownAt, loggedAt }: SwallowedError,
  { end }: ProgramRecord,
  { hangAfterMs }: RuleOptions,
): boolean {
  if (loggedAt === undefined) return true;
  const hasHandedOn = (thread.lastPostAt ?? Number.NEGATIVE_INFINITY) >= thrownAt;
  return !hasHandedOn && (thread.end !== null || end.at - thrownAt >= hangAfterMs);
}

function ofTest(swallowed: SwallowedError): Suspicion {
  const { thread, error, frames } = swallowed;
  const what = isAssertion(swallowed) ? 'A test failed before it sent' : 'An error kept a test from sending';
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${what}: ${onOneLine(error)}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)}: ${onOneLine(error)} was thrown${at(frames)}, in a test that goes on to a request; the test or its runner caught it, and no request followed`,
    ],
    stack: frames,
    fix: 'Fix the test or what it tests: its runner says which one failed, and why',
  };
}

function onOneLine(error: string): string {
  return error.replace(/\s+/g, ' ').replace(/[\s:]+$/, '');
}

const shield =
  'Shield what is still to be sent (anyio.CancelScope(shield=True), asyncio.shield), or send it outside the scope that was cancelled';

function suspicion(swallowed: SwallowedError): Suspicion {
  const { thread, error, frames, silencedAt } = swallowed;
  return {
    code: 'never-requested',
    severity: 'error',
    title: titleOf(swallowed),
    thread,
    request: null,
    evidence: [`${threadText(thread)}: ${whatBecameOf(swallowed)}`, ...skippedText(swallowed)],
    stack: [
      ...(silencedAt === null || frames.includes(silencedAt) ? frames : [...frames, silencedAt]),
      ...(swallowed.skips ?? []),
    ],
    fix: error.startsWith('CancelledError')
      ? shield
      : 'Fix the error, and log what a catch receives: a notification that fails must not fail in silence',
  };
}

function skippedText({ skips = [] }: SwallowedError): readonly string[] {
  return skips.length === 0
    ? []
    : [
        `an emitter calls no listener after one that throws: what sends at ${skips.join(', ')} was not called for that event`,
      ];
}

function titleOf({ error, caught, silencedAt, caughtBy, loggedAt }: SwallowedError): string {
  if (caught !== null || loggedAt !== undefined) return `An error aborted the code that sends: ${error}`;
  return caughtBy === undefined || silencedAt !== null
    ? `An error kept the program from sending, and nothing reported it: ${error}`
    : `An error kept the program from sending, and a package caught it: ${error}`;
}

function whatBecameOf({
  error,
  frames,
  caught,
  silencedAt,
  caughtBy,
  loggedAt,
  skips,
}: SwallowedError): string {
  const place = at(frames);
  if (loggedAt !== undefined)
    return `${error} was thrown${place}, in code that goes on to a request; the catch around ${loggedAt} logs it, and no request followed`;
  if (silencedAt !== null)
    return `${error}${place} interrupted ${skips === undefined ? 'code that goes on to a request' : 'an event before all its listeners were called'}; the catch at or around ${silencedAt} does not report it and sends nothing instead`;
  if (caughtBy !== undefined)
    return `${error} was thrown${place}, in code that goes on to a request; the package that had called it caught it (${caughtBy}), and no request followed`;
  return caught === null
    ? `a promise was rejected with ${error}${place}; something caught it, and no request followed`
    : `${error} was raised${place}, in code that goes on to a request; it was ${caught}, and nothing was sent in its place`;
}
