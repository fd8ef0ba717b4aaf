import { isMainThread } from 'node:worker_threads';
import { reportAwaitsAtEnd } from './awaits.cjs';
import { lookAtBegunCalls, lookAtClientQueues } from './begun-calls.cjs';
import { brokenFile } from './broken-files.cjs';
import { lookAtConnections } from './connections.cjs';
import { reportCounts } from './counts.cjs';
import { lookAtCutResponses } from './cut-responses.cjs';
import { rememberPlace } from './deliveries.cjs';
import { lookForLateListeners } from './emits.cjs';
import { describe, isReported } from './errors.cjs';
import { reportHeldValues } from './held-values.cjs';
import { lookAtUndoneAtEnd } from './left-undone.cjs';
import { reportUnansweredStrangers } from './mocks.cjs';
import { lookAtPausedStreams } from './paused-streams.cjs';
import { lookAtAll, reportAll } from './requests.cjs';
import { reportJobsNotStarted } from './schedulers.cjs';
import { emit, now } from './sink.cjs';
import { calledByProgram, framesInText, hideProbeFrames, stackHere } from './stack.cjs';
import { lookForSwallowed } from './swallowed.cjs';
import { forgottenTimers } from './timers.cjs';
import { reportUnheardEvents } from './unheard.cjs';
import { lookAtCallbacksAtEnd } from './watched-callbacks.cjs';
import { hasLiveWorkers } from './workers.cjs';
import { attempt, isObject, wrapMethod } from './wrap.cjs';

/** Node's own listener, which says that a top-level await is pending. */
const ofOpenAwait = 'handleProcessExit';

let exiting = false;
/** Of what nobody has caught, the last; the program's own listener may have gone on after it. */
let lastUncaught: 'uncaughtException' | 'unhandledRejection' | null = null;
/** What is done when all else has been, where process.exit() was called. */
let lookLast: (() => void) | null = null;

/** Reports how this thread ends. `terminate()` gives it no say: its parent reports it. */
export function followEndings(): void {
  wrapMethod(process, 'exit', (args) => {
    if (exiting) return;
    exiting = true;
    reportAll();
    lookAtAll();
    reportUnansweredStrangers(true);
    attempt(lookAtBegunCalls);
    reportUnfinished();
    const code = args[0] ?? process.exitCode;
    emit({
      e: 'exit-call',
      t: now(),
      code: typeof code === 'number' ? code : null,
      stack: stackHere(),
      ...(areFilesRead() ? { readsFiles: true } : {}),
    });
  });
  const ends = (code: number) => {
    attempt(() => {
      reportAll();
      lookAtAll(!exiting && (code === 0 || code === 13));
      reportUnansweredStrangers(true);
      lookAtConnections();
      if (!exiting) attempt(lookAtPausedStreams);
      reportUnfinished();
      reportJobsNotStarted(exiting);
      emit({ e: 'exit', t: now(), code, timers: exiting ? [] : forgottenTimers() });
      const look = (isLast: boolean) =>
        reportAwaitsAtEnd({
          code,
          isCalled: exiting,
          isRejected: isMainThread && code !== 0 && lastUncaught === 'unhandledRejection',
          hasWorkers: hasLiveWorkers(),
          isLast,
        });
      if (exiting && isMainThread) lookLast = () => look(true);
      // The probe's own listener comes first.
      else look(!process.listeners('exit').some(isToCome));
    });
  };
  const isToCome = (listener: NodeJS.ExitListener) => listener !== ends && listener.name !== ofOpenAwait;
  process.on('exit', ends);
  // Listeners of the program's still come: a child that they kill must not get time that it would not have had.
  wrapMethod(process, 'reallyExit', () => {
    const look = lookLast;
    lookLast = null;
    if (look !== null) attempt(look);
  });
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    const by = origin === 'unhandledRejection' ? origin : 'uncaughtException';
    lastUncaught = by;
    attempt(() => escaped(error, by));
    // Node prints it next.
    attempt(() => hideProbeFrames(error));
  });
  followHandledRejections();
}

/**
 * A program with an `unhandledRejection` listener goes on where Node would have ended it, and its rejections reach no
 * monitor. The probe listens exactly as long as the program does: if its listener were the only one, the process would end otherwise.
 */
function followHandledRejections(): void {
  const listen = (error: unknown) => attempt(() => escaped(error, 'unhandledRejection'));
  process.on('newListener', (event, listener) => {
    if (event === 'message' || String(event).startsWith('SIG')) attempt(() => rememberPlace(listener));
    // Node delivers signals to the main thread only.
    if (!isMainThread && String(event).startsWith('SIG'))
      attempt(() => {
        if (calledByProgram('node:events'))
          emit({ e: 'unheard-signal', signal: String(event), stack: stackHere() });
      });
    if (event !== 'unhandledRejection' || listener === listen) return;
    if (!process.listeners('unhandledRejection').includes(listen))
      process.prependListener('unhandledRejection', listen);
  });
  process.on('removeListener', (event, listener) => {
    if (event !== 'unhandledRejection' || listener === listen) return;
    const left = process.listeners('unhandledRejection');
    if (left.length === 1 && left[0] === listen) process.removeListener('unhandledRejection', listen);
  });
}

function areFilesRead(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}

/** What the thread leaves behind beside its requests. */
function reportUnfinished(): void {
  reportCounts();
  lookAtCallbacksAtEnd();
  reportUnheardEvents();
  lookForLateListeners();
  lookAtCutResponses();
  reportHeldValues();
  lookAtClientQueues();
  lookAtUndoneAtEnd();
  lookForSwallowed('end');
}

function escaped(error: unknown, origin: 'uncaughtException' | 'unhandledRejection'): void {
  const stack: unknown = isObject(error) ? Reflect.get(error, 'stack') : '';
  const { code, message } = describe(error);
  emit({
    e: 'uncaught',
    t: now(),
    origin,
    name: isObject(error) ? String(Reflect.get(error, 'name') ?? 'Error') : typeof error,
    code,
    message,
    frames: framesInText(stack),
    inTimer: typeof stack === 'string' && /listOnTimeout|_onTimeout|processTimers/.test(stack),
    ofRequest: isReported(error),
    ...brokenFile(error),
  });
}
