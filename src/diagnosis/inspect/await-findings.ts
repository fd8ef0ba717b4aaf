import { threadName } from '../../model/finding.ts';
import { isInLibrary, isInPackage } from '../../model/frame.ts';
import { withoutDeclarations } from '../source/declarations.ts';
import { seemsToSend } from '../source/seems-to-send.ts';
import { isNamedAsStop, isShutdownCode } from '../source/shutdown-code.ts';
import type { AwaitPlace, PendingAwait } from './awaits.ts';
import { ownFirst, placeText } from './frames.ts';
import { holdersList, isNodesQueue } from './holder-text.ts';
import type { Look } from './look.ts';
import type { LookSuspicion } from './look-suspicion.ts';

/** `await-unsettled`: the way to a request waits for a promise that nothing in the program is about to settle. */
export function unsettledAwaits(look: Look): readonly LookSuspicion[] {
  return look.threads.flatMap((thread) =>
    thread.awaits.filter(isUnsettled).map((pending) => ({
      code: 'await-unsettled' as const,
      severity: 'error' as const,
      title: `The way to the request waits for a promise that nobody settles: ${awaitText(pending)}`,
      thread,
      request: null,
      evidence: [
        chainText(pending),
        `${threadName(thread)}’s event loop runs; ${holdersText(pending)}`,
        ...(pending.count > 1 ? [`${pending.count} calls wait at this place`] : []),
      ],
      stack: ownFirst(pending.chain.map(placeText)),
      fix: 'Make sure that each way out settles what is awaited (release the lock in `finally`, call the callback on errors too), and bound the wait by a deadline',
    })),
  );
}

function awaitText({ kind, expression }: PendingAwait): string {
  return kind === 'await' ? `await ${expression}` : expression;
}

/** `notify bot.mjs:10 ← onTick bot.mjs:31: lock.acquire()`. */
export function chainText({ chain, expression }: PendingAwait): string {
  const places = chain.map((at) => `${at.function === '' ? '(module)' : at.function} ${at.file}:${at.line}`);
  return `${places.join(' ← ')}: ${expression}`;
}

function holdersText({ holders }: PendingAwait): string {
  return holders.length === 0
    ? 'nothing that is alive could settle it'
    : `only ${holdersList(holders)} can settle it, and no timer, request or message of its own is behind that`;
}

function isUnsettled(pending: PendingAwait): boolean {
  return isHeldByNobody(pending) || isBehindEndlessLoop(pending);
}

/** What is to send stands behind a loop that runs as long as the program does, or behind the await of one. */
function isBehindEndlessLoop({ kind, isReady, chain }: PendingAwait): boolean {
  const isOwn = ({ file }: AwaitPlace) => !isInPackage(file);
  const loop = chain.findIndex((place) => isOwn(place) && place.afterLoop !== null);
  if (kind !== 'await' || isReady || loop === -1) return false;
  return chain.slice(loop).some((place, above) => {
    const later = withoutDeclarations(place.afterLoop ?? place.after);
    return (
      isOwn(place) && seemsToSend(later) && !isShutdownCode(later) && (above === 0 || !place.inEndlessLoop)
    );
  });
}

function isHeldByNobody(pending: PendingAwait): boolean {
  return (
    pending.kind !== 'catch' &&
    !pending.isReady &&
    !isSendOfLibrary(pending.chain) &&
    pending.holders.every((holder) => holder.kind === 'program' || isClosing(holder, pending)) &&
    pending.chain.some(({ file }) => !file.includes('/node_modules/')) &&
    !isIdle(pending) &&
    !sendsOnlyAtShutdown(pending) &&
    leadsToRequest(pending)
  );
}

/** What became of it, its request says, or its outcome. */
function isSendOfLibrary([at]: readonly AwaitPlace[]): boolean {
  return at !== undefined && isInLibrary(at.file);
}

/** What is awaited, which has its name from the stop itself. */
const statementBegun = /^[^;\n]*/;

/** It waits until the program is told to stop, and sends no more than its goodbye then. */
export function sendsOnlyAtShutdown({
  chain,
  expression,
  holders,
}: Pick<PendingAwait, 'chain' | 'expression' | 'holders'>): boolean {
  return (
    [expression, ...holders.map(({ text }) => text)].some(isNamedAsStop) &&
    !seemsToSend(expression) &&
    chain.every(({ after }) => {
      const later = withoutDeclarations(after);
      return !seemsToSend(later) || isShutdownCode(later.replace(statementBegun, ''));
    })
  );
}

/** Events of Node's own come from outside; these a program emits itself. */
const ownEvents = /^(?:EventEmitter|EventTarget|Listener|AbortSignal)$/;

/**
 * Only code of the program settles it, as far as was seen: no timer, request, socket or signal is behind it. A lock that
 * nobody releases looks so, and a consumer at rest too.
 */
export function isUpToProgram(pending: PendingAwait): boolean {
  const { kind, chain, expression, holders, isReady, isRunning } = pending;
  return (
    kind !== 'catch' &&
    !isReady &&
    !isRunning &&
    !isSendOfLibrary(chain) &&
    chain.some(({ file }) => !isInPackage(file)) &&
    holders.every((holder) =>
      holder.kind === 'events'
        ? ownEvents.test(holder.text)
        : holder.kind === 'program' && !isNodesQueue(holder),
    ) &&
    ![expression, ...holders.map(({ text }) => text)].some(isNamedAsStop)
  );
}

const ownSendingCall = /\b(?:send|notify|post|deliver|publish|fetch|request)\w*\s*\(/i;

/**
 * A call that sends has not come back, and no request of its thread is seen: its client speaks a protocol that is not
 * followed, such as SMTP, or waits before it tries again.
 */
export function unfollowedCalls(look: Look): readonly LookSuspicion[] {
  return look.threads
    .filter(({ state, requests }) => state === 'running' && requests.length === 0)
    .flatMap((thread) =>
      thread.awaits
        .filter((pending) => !isIdle(pending) && isOwnCall(pending))
        .map((pending) => ({
          code: 'inconclusive' as const,
          severity: 'warning' as const,
          title: `A call that sends has not come back, and no request of it was seen: ${awaitText(pending)}`,
          thread,
          request: null,
          evidence: [
            chainText(pending),
            `no request of ${threadName(thread)} was under way; ${waitsOnText(pending)}`,
          ],
          stack: ownFirst(pending.chain.map(placeText)),
          fix: 'Give the call a deadline; its client may wait for a socket of its own, or before it tries again',
        })),
    );
}

function isOwnCall({ kind, isReady, chain: [at], expression }: PendingAwait): boolean {
  return (
    kind === 'await' &&
    !isReady &&
    ownSendingCall.test(expression) &&
    at?.file.includes('/node_modules/') === false
  );
}

function waitsOnText({ holders }: PendingAwait): string {
  return holders.length === 0 ? 'what it waits for was not seen' : `it waits for ${holdersList(holders)}`;
}

/** A server that closes calls back once its last connection has gone, which may be never. */
function isClosing({ text }: PendingAwait['holders'][number], { expression }: PendingAwait): boolean {
  return text === 'Server' && /\.close\b/.test(expression);
}

/** A consumer at rest waits for its next item in a loop without an end. */
function isIdle({ chain: [at] }: PendingAwait): boolean {
  return at?.inEndlessLoop === true;
}

export function leadsToRequest({ chain, expression }: PendingAwait): boolean {
  return seemsToSend(expression) || chain.some(({ after }) => seemsToSend(withoutDeclarations(after)));
}
