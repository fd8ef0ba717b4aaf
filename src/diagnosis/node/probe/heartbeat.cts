import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { beatMs } from '../protocol.ts';
import { resumeContexts } from './async-contexts.cjs';
import { reportAwaitsWhenAsked } from './awaits.cjs';
import { lookAtChildren } from './children.cjs';
import { lookAtClock } from './clock.cjs';
import { lookAtConnections } from './connections.cjs';
import { reportCounts } from './counts.cjs';
import { lookAtCutResponses } from './cut-responses.cjs';
import { lookForLateReaders } from './early-messages.cjs';
import { lookForLateListeners } from './emits.cjs';
import { resumeExceptions } from './exceptions.cjs';
import { lookAtUndone } from './left-undone.cjs';
import { lookAtFetch, reportUnansweredStrangers } from './mocks.cjs';
import { isQuiet } from './only-waits.cjs';
import { reportTimersGone } from './reported-timers.cjs';
import { isBusy, lookAtAll, pendingCount } from './requests.cjs';
import { reportServedRequests } from './served-requests.cjs';
import { emitSoon, flush, now } from './sink.cjs';
import { lookForSwallowed } from './swallowed.cjs';
import { hasRepeatingTimer, lookAtRounds } from './timer-chain.cjs';
import { lookAtCallbacks } from './watched-callbacks.cjs';
import { lookAtWatchedFiles } from './watched-files.cjs';
import { attempt } from './wrap.cjs';

/** The pool is asked at every beat while a request is pending, else once in so many beats. */
const idlePoolBeats = 5;
const swallowedBeats = 3;

const { stat } = fs;
const startInterval = setInterval;

let beats = 0;
let poolAskedAt: number | null = null;

/** Shows that this thread's event loop runs. */
export function startHeartbeat(): void {
  beat();
  startInterval(beat, beatMs).unref();
}

function beat(): void {
  attempt(() => {
    if (pendingCount() > 0) lookAtAll();
    reportCounts();
    lookAtClock();
    lookAtConnections();
    lookAtChildren();
    lookAtFetch();
    reportUnansweredStrangers(false);
    emitSoon({
      e: 'beat',
      t: now(),
      wakeable: isWakeable(),
      ...(isQuiet() ? { isQuiet: true } : {}),
      ...(hasRepeatingTimer() ? { hasRepeatingTimer: true } : {}),
    });
    // After the beat, which reports what it found: a timer that was late has fired by now.
    lookAtRounds();
    reportTimersGone();
    reportServedRequests();
    resumeContexts();
    resumeExceptions();
    lookAtCallbacks();
    lookForLateListeners();
    lookAtCutResponses();
    lookForLateReaders();
    lookAtUndone();
    lookAtWatchedFiles();
    if (beats % swallowedBeats === 0) lookForSwallowed(isBusy() ? 'busy' : 'calm');
    askPool();
    flush();
    reportAwaitsWhenAsked();
  });
}

/** A job that takes no time by itself: while it is pending, every thread of libuv's pool is busy. */
function askPool(): void {
  if (poolAskedAt !== null) {
    const waitedMs = now() - poolAskedAt;
    if (waitedMs > beatMs * 2) emitSoon({ e: 'pool', t: now(), waitedMs, done: false });
    return;
  }
  if (beats++ === 0) return;
  if (pendingCount() === 0 && (!isMainThread || beats % idlePoolBeats !== 0)) return;
  poolAskedAt = now();
  stat(__filename, () => {
    const waitedMs = now() - (poolAskedAt ?? now());
    poolAskedAt = null;
    if (waitedMs > beatMs * 2) attempt(() => emitSoon({ e: 'pool', t: now(), waitedMs, done: true }));
  });
}

/** SIGUSR1 wakes the inspector unless the program has taken the signal for itself. */
function isWakeable(): boolean {
  return (
    process.platform !== 'win32' &&
    process.listenerCount('SIGUSR1') === 0 &&
    !process.execArgv.includes('--disable-sigusr1') &&
    !String(process.env.NODE_OPTIONS ?? '').includes('--disable-sigusr1')
  );
}
