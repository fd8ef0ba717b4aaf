import { basename } from 'node:path';
import { capital } from '../../capital.ts';
import { isInLibrary, isInPackage, ownFirst } from '../../model/frame.ts';
import { showMs } from '../../time/show-ms.ts';
import { functionOf } from '../causes-first.ts';
import { holdersList } from '../inspect/holder-text.ts';
import { readToItsEnd } from '../inspect/spent-streams.ts';
import type { AwaitPlaceSeen, PendingAwaitSeen } from '../node/protocol.ts';
import type { ProgramRecord, ThreadRecord, UnansweredPost } from '../record.ts';
import { requestText } from '../request-text.ts';
import { isLongPoll } from './long-poll.ts';
import { isOpen } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { questionOf, unansweredText } from './unanswered-questions.ts';
import { readOutputFix, unreadOutputText } from './unread-output.ts';
import { ageOf, startedAt, threadText } from './wording.ts';

/** `await-unsettled`: the way to the request waits for a promise that nobody settles. */
export const awaitUnsettled: Rule = (record, options) =>
  record.threads.flatMap((thread) => {
    if (thread.isLauncher) return [];
    const found = (thread.awaits?.pending ?? []).flatMap((pending) => {
      const question = questionOf(pending, thread, record, options);
      return isOnTheWay(pending, thread, record, question)
        ? [bodyWithoutEnd(pending, thread, record) ?? suspicion(pending, thread, question)]
        : [];
    });
    return found.length > 0 ? found : endedByItsAwait(thread);
  });

/** Whether it keeps a request back, and nothing that is under way will settle it. */
function isOnTheWay(
  pending: PendingAwaitSeen,
  thread: ThreadRecord,
  record: ProgramRecord,
  question: UnansweredPost | null,
): boolean {
  const own = pending.chain.filter(isOwn);
  if (own.length === 0 || own.some(isTooLate)) return false;
  if (hasRunDry(thread)) return thread.end?.code === 13 || own.some((place) => isKeptBack(place, pending));
  if (isBehindUnboundedLoop(pending)) return true;
  if (!goesOnToSend(own) && !goesOnToCall(own, thread, record)) return false;
  return (
    waitsForPolling(pending, thread, record) ||
    waitsForStuckChild(pending, thread) ||
    question !== null ||
    isHeldByNobodyAtWork(pending, thread, record)
  );
}

/** Begun as the process ends: no loop runs any more that could settle it. */
function isTooLate({ inExitListener }: AwaitPlaceSeen): boolean {
  return inExitListener === true;
}

/** Who takes jobs as long as the program runs waits in vain for the next one in the end; who sleeps does not. */
function isKeptBack(
  { sendsAfter, callsSender, inEndlessLoop }: AwaitPlaceSeen,
  { holders }: PendingAwaitSeen,
): boolean {
  if (!inEndlessLoop) return sendsAfter || callsSender === true;
  return sendsAfter && holders.length > 0 && holders.every(({ kind }) => kind === 'timer');
}

function goesOnToSend(own: readonly AwaitPlaceSeen[]): boolean {
  return own.some(({ sendsAfter, inEndlessLoop }) => sendsAfter && !inEndlessLoop);
}

/** The same by a call that has sent elsewhere. Where the program hears of news, these may be what it waits for. */
function goesOnToCall(own: readonly AwaitPlaceSeen[], thread: ThreadRecord, record: ProgramRecord): boolean {
  const hears =
    thread.listensOn.length > 0 ||
    record.blindSpots.some((spot) => spot.thread === thread && spot.kind === 'connection') ||
    record.requests.some(
      (request) =>
        request.thread === thread &&
        request.endedAt === null &&
        (request.endless || isLongPoll(request, record)),
    );
  // Lines that were read before anything listened say themselves why the next one never comes.
  const isExplained = record.leftUndone.some((undone) => undone.thread === thread && undone.kind === 'lines');
  if (hears || isExplained) return false;
  return own.some(({ callsSender, inEndlessLoop }) => callsSender === true && !inEndlessLoop);
}

/** What is to send stands behind a loop that runs as long as the program does, or behind the await of one. */
function isBehindUnboundedLoop({ chain }: PendingAwaitSeen): boolean {
  const loop = chain.findIndex((place) => isOwn(place) && place.isInUnboundedLoop);
  if (loop === -1) return false;
  return chain
    .slice(loop)
    .some((place, above) => isOwn(place) && place.sendsLater && (above === 0 || !place.inEndlessLoop));
}

/** Whether a function that goes on to send waits for a child that can't write on. */
export function waitsForItsChild(thread: ThreadRecord): boolean {
  return (thread.awaits?.pending ?? []).some(
    (pending) => goesOnToSend(pending.chain.filter(isOwn)) && waitsForStuckChild(pending, thread),
  );
}

/** A child that can't write on does not end either. */
function waitsForStuckChild({ holders }: PendingAwaitSeen, { fullOutputs }: ThreadRecord): boolean {
  return fullOutputs.length > 0 && holders.some(({ text }) => text === 'ChildProcess');
}

/** Its loop had nothing left to do: what was not settled then never is. */
function hasRunDry({ end, awaits }: ThreadRecord): boolean {
  return end?.reason === 'natural' && awaits?.when === 'end';
}

/** A call that polls as long as the program runs was awaited before what comes next. */
function waitsForPolling(
  { holders, chain }: PendingAwaitSeen,
  thread: ThreadRecord,
  record: ProgramRecord,
): boolean {
  if (!holders.some(({ kind }) => kind === 'request') || chain.every(isOwn)) return false;
  const open = record.requests.filter((request) => request.thread === thread && isOpen(request));
  return open.length > 0 && open.every((request) => isLongPoll(request, record));
}

/** Functions of the program that wait for what nothing under way will settle, wherever that leads: the place, nearest first. */
export function placesOfUnsettled(thread: ThreadRecord, record: ProgramRecord): readonly string[] {
  return (thread.awaits?.pending ?? [])
    .filter((pending) => hasRunDry(thread) || isHeldByNobodyAtWork(pending, thread, record))
    .flatMap(({ chain }) => chain.find(isOwn) ?? [])
    .map(frameText);
}

/** A function of the program that waited on its way to a request when its thread ended. */
export interface WaitOnTheWay {
  readonly text: string;
  readonly stack: readonly string[];
  /** Begun by a listener of “exit”. */
  readonly isTooLate?: true;
}

export function waitsOnTheWay({ awaits }: ThreadRecord): readonly WaitOnTheWay[] {
  return (awaits?.pending ?? []).flatMap(waitOnTheWay);
}

/** Those that a timer, a file or a name lookup would have ended, or that were over, in functions that do not wait again and again. */
export function waitsCutOff(
  thread: ThreadRecord,
  settles: (holder: Holder) => boolean = settlesByItself,
): readonly WaitOnTheWay[] {
  const settling = (thread.awaits?.pending ?? []).filter(
    (one) =>
      one.chain.some(isTooLate) ||
      (one.holders.length > 0 ? one.holders.every(settles) : isOfFile(one, thread)),
  );
  return [...settling, ...(thread.awaits?.ready ?? [])]
    .filter(({ chain }) => !chain.some((place) => isOwn(place) && place.inEndlessLoop))
    .flatMap(waitOnTheWay);
}

type Holder = PendingAwaitSeen['holders'][number];

export function settlesByItself({ kind, text }: Holder): boolean {
  return kind === 'timer' || /^(?:FSReq\w+|FileHandle|\w+ReqWrap|\w+Job)$/.test(text);
}

/** What a file operation will settle has no holder that V8 shows. */
function isOfFile({ holders, expression }: PendingAwaitSeen, { end }: ThreadRecord): boolean {
  return holders.length === 0 && end?.readsFiles === true && fileCall.test(expression);
}

const fileCall =
  /\b(?:(?:read|write|append|copy)File|readdir|mkdir|mkdtemp|rmdir|access|open|stat|lstat|unlink|rename|realpath)\s*\(/;

function waitOnTheWay({ chain, expression }: PendingAwaitSeen): readonly WaitOnTheWay[] {
  const own = chain.filter(isOwn);
  const [innermost] = own;
  if (innermost === undefined || !goesOnToSend(own)) return [];
  const awaited = expression === '' || chain[0] !== innermost ? '' : ` for \`${expression}\``;
  return [
    {
      text: own.some(isTooLate)
        ? `${nameOf(innermost)} had only begun to wait${awaited} at ${placeOf(innermost)}: a listener of “exit” called it, and the process ends when that returns`
        : `${nameOf(innermost)} still waited${awaited} at ${placeOf(innermost)}, and a request was to come after that`,
      stack: own.map(frameText),
      ...(own.some(isTooLate) ? { isTooLate: true as const } : {}),
    },
  ];
}

/** Only the program's own objects could settle it, and none of its requests is under way that would lead there. */
export function isHeldByNobodyAtWork(
  pending: PendingAwaitSeen,
  thread: ThreadRecord,
  record: ProgramRecord,
): boolean {
  const { holders, chain } = pending;
  if (isOfFile(pending, thread) || isInLibrary(chain[0]?.file ?? '')) return false;
  if (!holders.every((holder) => holder.kind === 'program' || holder.text === 'Server')) return false;
  return !record.requests.some(
    (request) =>
      request.thread === thread &&
      request.endedAt === null &&
      !request.endless &&
      !isLongPoll(request, record),
  );
}

export function isOwn({ file }: AwaitPlaceSeen): boolean {
  return !isInPackage(file);
}

function suspicion(
  pending: PendingAwaitSeen,
  thread: ThreadRecord,
  question: UnansweredPost | null,
): Suspicion {
  const { chain, expression, holders, count } = pending;
  const own = chain.filter(isOwn);
  const [innermost] = own;
  const isInPackage = chain[0] !== innermost;
  const awaited = expression === '' ? 'a promise' : `\`${expression}\``;
  const loop = own.find(({ isInUnboundedLoop }) => isInUnboundedLoop);
  if (loop !== undefined && isBehindUnboundedLoop(pending)) return neverLeft(loop, own, thread);
  const who = innermost === undefined ? 'A function' : nameOf(innermost);
  const unfired = waitsForIdleTimer(pending, thread) ? unfiredTimer(who, thread) : null;
  return {
    code: unfired === null ? 'await-unsettled' : 'timer-unreferenced',
    severity: 'error',
    title: unfired?.title ?? `${who} waits for a promise that nobody settles`,
    thread,
    request: null,
    evidence: [
      isInPackage && innermost !== undefined
        ? `${nameOf(innermost)} still waited at ${placeOf(innermost)}, in the end for ${awaited} at ${chain[0] === undefined ? 'an unknown place' : placeOf(chain[0])}`
        : `the await of ${awaited}${innermost === undefined ? '' : ` at ${placeOf(innermost)}`} was still pending`,
      ...(chain.length > 1 ? [`the chain of awaits: ${chain.map(linkText).join(' ← ')}`] : []),
      ...(count > 1 ? [`${count} functions wait at that place`] : []),
      unfired?.evidence ?? (question === null ? holdersText(holders) : unansweredText(question)),
      ...(waitsForStuckChild(pending, thread) ? thread.fullOutputs.map(unreadOutputText) : []),
      endText(thread),
    ],
    stack: ownFirst([...new Set([...chain.map(frameText), ...(question?.stack ?? [])])]),
    // What the package calls for other requests comes to a halt there too, and all that a process still did that ends for it.
    ...(thread.end?.code === 13 ? { halted: [thread] } : own.length < chain.length ? { halted: [] } : {}),
    fix: waitsForStuckChild(pending, thread)
      ? readOutputFix
      : unfired === null
        ? fixFor(expression, holders)
        : null,
  };
}

const readsBody = /\.\s*(?:text|json|arrayBuffer|blob|bytes|formData)\s*\(\s*\)$/;

/** `body-stalled`: what it waits for is all of a response that does not end, as one of events does not. */
function bodyWithoutEnd(
  { expression, chain }: PendingAwaitSeen,
  thread: ThreadRecord,
  record: ProgramRecord,
): Suspicion | null {
  const [innermost] = chain;
  if (innermost === undefined || !readsBody.test(expression)) return null;
  const reader = functionOf(frameText(innermost));
  const request = record.requests.find(
    ({ thread: its, endedAt, status, stack }) =>
      its === thread &&
      endedAt === null &&
      status !== null &&
      stack.some((frame) => functionOf(frame) === reader),
  );
  if (request === undefined) return null;
  return {
    code: 'body-stalled',
    severity: 'error',
    title: `The body of a response does not end, and ${nameOf(innermost)} waits for all of it`,
    thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} was answered with HTTP ${request.status}; its body had not ended after ${showMs(ageOf(request, record))}`,
      `the await of \`${expression}\` at ${placeOf(innermost)} goes on only with all of it, and a request was to come after that`,
      ...(chain.length > 1 ? [`the chain of awaits: ${chain.map(linkText).join(' ← ')}`] : []),
    ],
    stack: ownFirst([...new Set([...chain.map(frameText), ...request.stack])]),
    fix: 'Read a body that has no end piece by piece (for await … of response.body), ask for a response that ends, or give the call a deadline (AbortSignal.timeout)',
  };
}

/** What is said in place of an unsettled promise's own words. */
function unfiredTimer(
  who: string,
  thread: ThreadRecord,
): { readonly title: string; readonly evidence: string } {
  return {
    title: `${who} waits for an unreferenced timer (unref), and ${threadText(thread)} ended before it fired`,
    evidence:
      'a timer that had not fired would settle it; unref() had been called on it, so it did not keep the event loop alive',
  };
}

/** A loop ends before a timer that would settle it only where nothing keeps the timer referenced. */
function waitsForIdleTimer({ holders }: PendingAwaitSeen, thread: ThreadRecord): boolean {
  return hasRunDry(thread) && holders.length > 0 && holders.every(({ kind }) => kind === 'timer');
}

function neverLeft(loop: AwaitPlaceSeen, own: readonly AwaitPlaceSeen[], thread: ThreadRecord): Suspicion {
  const waiting = own.filter((place) => place !== loop && place.sendsLater && !place.inEndlessLoop);
  const first = waiting[0] ?? loop;
  return {
    code: 'await-unsettled',
    severity: 'error',
    title: `The code that sends comes after a loop that never ends, and ${nameOf(first)} awaits that loop`,
    thread,
    request: null,
    evidence: [
      `the loop around the await at ${placeOf(loop)} runs as long as the program does`,
      ...waiting.map((place) => `${nameOf(place)} awaits it at ${placeOf(place)}`),
      `what comes after it, which sends, never ran in ${threadText(thread)}`,
    ],
    stack: [...new Set([...waiting, ...own].map(frameText))],
    fix: 'Set up what sends before the loop is entered, or do not await what runs as long as the program does: start it last',
  };
}

function endText(thread: ThreadRecord): string {
  if (!hasRunDry(thread))
    return `what comes after it never ran, though the loop of ${threadText(thread)} did`;
  const code = thread.end?.code ?? 0;
  return code === 13
    ? `${capital(threadText(thread))} ended with exit code 13: a top-level await was pending and nothing was left that could settle it`
    : `${threadText(thread)} ended with code ${code} because nothing was left that could settle it`;
}

function holdersText(holders: PendingAwaitSeen['holders']): string {
  if (holders.length === 0) return 'nothing in the program can settle it';
  return `it can only be settled through ${holdersList(holders)}`;
}

function nameOf(place: AwaitPlaceSeen): string {
  return place.function === '' ? `The code at ${basename(place.file)}:${place.line}` : `${place.function}()`;
}

function placeOf({ file, line, column }: AwaitPlaceSeen): string {
  return `${file}:${line}:${column}`;
}

/** As a finding's stack has it. */
export function frameText(place: AwaitPlaceSeen): string {
  return `${placeOf(place)}${place.function === '' ? '' : ` (${place.function})`}`;
}

function linkText(place: AwaitPlaceSeen): string {
  return place.function === '' ? placeOf(place) : `${place.function} ${placeOf(place)}`;
}

function fixFor(expression: string, holders: PendingAwaitSeen['holders']): string {
  if (/^import\s*\(/.test(expression))
    return 'Break the cycle: a module that awaits the import of one that imports it back never goes on; move what both need into a third, or do not await the import';
  if (holders.some(({ text }) => text.endsWith(readToItsEnd)))
    return 'Read the stream once and keep what it gave (express.json({ verify }) hands on the bytes of a body), or listen before anything else reads it';
  if (/\bclose\s*\(/.test(expression))
    return 'Close what still holds it (idle connections: server.closeAllConnections()), or do not wait for it before sending';
  if (/waitAsync/.test(expression))
    return 'Atomics.waitAsync does not keep the event loop alive: keep a timer or a port referenced until it has settled, and see that somebody calls Atomics.notify';
  if (
    /acquire|lock|take|enter|limit|schedule|queue/i.test(
      expression + holders.map(({ text }) => text).join(' '),
    )
  )
    return 'Release what was acquired on every path (try … finally, or a function such as runExclusive that does it), and never wait for a slot while holding the last one';
  return 'Settle it on every path, errors and early returns included, or bound the wait by a deadline of your own';
}

/** Exit code 13 says that a top-level await was pending, also where nobody could look. */
function endedByItsAwait(thread: ThreadRecord): readonly Suspicion[] {
  if (thread.end?.code !== 13 || thread.end.reason !== 'natural') return [];
  return [
    {
      code: 'await-unsettled',
      severity: 'error',
      title: 'A top-level await never settled: exit code 13',
      thread,
      request: null,
      evidence: [
        endText(thread),
        'Node names its place on stderr: "Detected unsettled top-level await at …"',
      ],
      stack: [],
      halted: [thread],
      fix: fixFor('', []),
    },
  ];
}
