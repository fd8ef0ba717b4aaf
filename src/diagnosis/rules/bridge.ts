import { capital } from '../../capital.ts';
import { showMs } from '../../time/show-ms.ts';
import type { HandOver, ProgramRecord, Standstill, ThreadRecord } from '../record.ts';
import { isFollowedByRequest, isLeft, isOpen, isWait } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, standstillText, threadText } from './wording.ts';

/** `bridge-deadlock` and `bridge-target-blocked`: a message, or work, waits for a thread whose loop does not run. */
export const bridge: Rule = (record, { hangAfterMs }) =>
  record.threads.flatMap((thread) => {
    if (thread.isLauncher) return [];
    return thread.standstills.flatMap((standstill) => {
      if (standstill.durationMs < hangAfterMs && !isEndless(thread, standstill)) return [];
      return suspicions(record, thread, standstill, hangAfterMs);
    });
  });

/** A wait without end, cut short by the program's end. */
function isEndless(thread: ThreadRecord, standstill: Standstill): boolean {
  if (isLeft(standstill)) return thread.end !== null;
  return isWait(standstill) && standstill.to === null && thread.end !== null && standstill.durationMs > 1000;
}

function suspicions(
  record: ProgramRecord,
  thread: ThreadRecord,
  standstill: Standstill,
  hangAfterMs: number,
): readonly Suspicion[] {
  const posts = standstill.waiting.filter((post) =>
    post.work === null
      ? !isBusyElsewhere(record, post.from) && !wasTakenInTime(post, hangAfterMs)
      : hasWaited(post, thread, record, hangAfterMs),
  );
  if (isDeadlock(record, thread, standstill, posts)) return [deadlock(thread, standstill, posts)];
  const awaited = posts.filter((post) => mattered(record, thread, standstill, post));
  const [first] = awaited;
  return first === undefined ? [] : [targetBlocked(thread, standstill, first, awaited.length)];
}

/** What the thread did after it took the message did not keep it. */
function wasTakenInTime({ at, takenAt }: HandOver, hangAfterMs: number): boolean {
  return takenAt !== null && takenAt - at < hangAfterMs * 0.75;
}

/** Long enough, or until its end. */
function hasWaited(
  { at, abandonedAt }: HandOver,
  { end }: ThreadRecord,
  record: ProgramRecord,
  hangAfterMs: number,
): boolean {
  return end !== null || (abandonedAt ?? record.end.at) - at >= hangAfterMs;
}

/** Its own request is under way: it waits for the server, not for the message. */
function isBusyElsewhere(record: ProgramRecord, poster: ThreadRecord): boolean {
  return record.requests.some((request) => request.thread === poster && isOpen(request));
}

/**
 * The thread waits on memory that another one is to change, in vain, and that other one has asked it for something
 * meanwhile, or does not run itself, or there is nothing else in the program it could wait for.
 */
function isDeadlock(
  record: ProgramRecord,
  thread: ThreadRecord,
  standstill: Standstill,
  posts: readonly HandOver[],
): boolean {
  if (standstill.needsItself) return true;
  // Whoever spins on a flag waits for the thread that is to set it, as much as one that sleeps on it.
  if (standstill.spins)
    return standstill.to === null && posts.some((post) => standsStillToo(post.from, standstill));
  if (!isWait(standstill) || !standstill.shared) return false;
  if (standstill.to !== null && !standstill.timedOut) return false;
  if (!thread.isMain) return posts.some((post) => standsStillToo(post.from, standstill));
  if (posts.length > 0) return true;
  const others = record.threads.filter((other) => other.parent === thread && other.end === null);
  const idle = record.requests.every((request) => !isOpen(request));
  return (
    standstill.to === null && idle && others.length > 0 && others.every((other) => other.succeeded === 0)
  );
}

function standsStillToo(other: ThreadRecord, standstill: Standstill): boolean {
  return other.standstills.some(
    (theirs) =>
      theirs.from < standstill.from + standstill.durationMs && (theirs.to ?? Infinity) > standstill.from,
  );
}

/**
 * A late message is a finding where a request came of it, or where none could: the sender made none itself. Progress
 * reports of a worker that delivers by itself may wait.
 */
function mattered(
  record: ProgramRecord,
  thread: ThreadRecord,
  standstill: Standstill,
  post: HandOver,
): boolean {
  if (post.work !== null) return true;
  if (post.from.succeeded > 0) return false;
  if (standstill.to === null) return true;
  const waited = standstill.to - post.at;
  return waited > 0 && (isFollowedByRequest(thread, standstill) || record.started === 0);
}

function deadlock(thread: ThreadRecord, standstill: Standstill, posts: readonly HandOver[]): Suspicion {
  const [first] = posts;
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: `${capital(threadText(thread))} waits for ${isOfItsOwn(thread, standstill, posts) ? 'something that its own loop must do' : 'a thread that waits for it'}`,
    thread,
    request: null,
    evidence: [
      `${threadText(thread)} ${standstill.spins ? `busy-waits on shared memory${at(standstill.stack)}` : standstillText(standstill)} for ${showMs(standstill.durationMs)}${standstill.timedOut ? ', until the wait timed out' : ''}`,
      ...(first === undefined
        ? ['no thread had a request under way that could have ended the wait']
        : [`${handOverText(first)}, which only its own loop could have taken`]),
    ],
    stack: standstill.stack,
    fix: null,
  };
}

/** No other thread is part of it: what it waits for lies on its own loop. */
function isOfItsOwn(thread: ThreadRecord, { needsItself }: Standstill, posts: readonly HandOver[]): boolean {
  return needsItself && posts.every(({ from }) => from === thread);
}

function targetBlocked(
  thread: ThreadRecord,
  standstill: Standstill,
  post: HandOver,
  count: number,
): Suspicion {
  const waited = (post.takenAt ?? post.abandonedAt ?? standstill.from + standstill.durationMs) - post.at;
  // What a thread leaves on its own loop is no bridge.
  const isOwn = isLeft(standstill) && post.from === thread;
  return {
    code: isOwn ? 'loop-parked' : 'bridge-target-blocked',
    severity: 'error',
    title: `${post.work ?? 'A message'} waits for ${threadText(thread)}, whose loop ${isLeft(standstill) ? 'has stopped' : 'does not run'}`,
    thread,
    request: null,
    evidence: [
      `${handOverText(post)} to ${threadText(thread)}; it waited ${showMs(Math.max(0, waited))}${count > 1 ? `, and ${count - 1} more with it` : ''}`,
      `${threadText(thread)} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}`,
    ],
    stack: standstill.stack.length > 0 ? standstill.stack : post.stack,
    fix:
      isLeft(standstill) && !isOwn
        ? 'Hand it to a loop that keeps running, and check loop.is_running() before'
        : null,
    needed: { threads: [thread], functions: [] },
  };
}

function handOverText({ from, work, stack }: HandOver): string {
  return `${threadText(from)} ${work === null ? 'posted a message' : `handed over ${work}`}${at(stack)}`;
}
