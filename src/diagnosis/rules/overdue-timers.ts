import { capital } from '../../capital.ts';
import { showMs } from '../../time/show-ms.ts';
import type { DueTimer, ProgramRecord, Standstill, ThreadRecord } from '../record.ts';
import { isFollowedByRequest, isWait } from './request-facts.ts';
import type { RuleOptions, Suspicion } from './rule.ts';
import { standstillFix } from './standstill-fix.ts';
import { standstillText, threadText } from './wording.ts';

/**
 * A timer that is to send something fell due while the loop did not run: its request was begun late, or never. What
 * its callback does before it sends counts as well.
 */
export function overdueTimers(record: ProgramRecord, { hangAfterMs }: RuleOptions): readonly Suspicion[] {
  return record.threads.flatMap((thread) => {
    if (thread.isLauncher) return [];
    return thread.standstills.flatMap((standstill) => {
      const { overdue } = standstill;
      // What was posted to it is the bridge's matter.
      if (overdue === null || standstill.waiting.length > 0) return [];
      // What woke from a sleep may be what blocks the loop: that it had not is known only where a call stopped the thread.
      if (overdue.isSleep && standstill.call === null) return [];
      const lateMs = standstill.from + standstill.durationMs - overdue.at;
      const isLate =
        standstill.to === null
          ? record.end.kind !== 'exited' || isParkedWorker(thread, standstill)
          : isFollowedByRequest(thread, standstill) ||
            (isLeftOut(thread, standstill) && hasRunSince(thread, standstill, record));
      return lateMs >= hangAfterMs && isLate ? [suspicion(thread, standstill, { overdue, lateMs })] : [];
    });
  });
}

/** A scheduler may leave out a run that it finds missed; what it was given sends whenever it is called. */
function isLeftOut(thread: ThreadRecord, standstill: Standstill): boolean {
  return standstill.overdue?.isGiven === true && !isFollowedByRequest(thread, standstill);
}

/** A pool parks it between tasks: the end of the program does not come because of it. */
function isParkedWorker({ isMain }: ThreadRecord, standstill: Standstill): boolean {
  return !isMain && isWait(standstill) && standstill.shared;
}

/** Long enough for a timer that was late to fire, and for what it calls to begin a request. */
function hasRunSince({ end }: ThreadRecord, { to }: Standstill, record: ProgramRecord): boolean {
  return to !== null && (end?.at ?? record.end.at) - to >= settlingMs;
}

const settlingMs = 500;

function becameOf(thread: ThreadRecord, standstill: Standstill): string {
  if (standstill.to === null) return 'no request had been started for it';
  return isLeftOut(thread, standstill)
    ? 'the loop ran again, and it led to no request (a scheduler may leave out a run that it finds missed)'
    : 'its request was started';
}

interface Late {
  readonly overdue: DueTimer;
  readonly lateMs: number;
}

function suspicion(thread: ThreadRecord, standstill: Standstill, { overdue, lateMs }: Late): Suspicion {
  const parked = isWait(standstill);
  return {
    code: parked ? 'loop-parked' : 'loop-blocked',
    severity: 'error',
    title: `The loop of ${threadText(thread)} is ${parked ? 'parked' : 'blocked'} while a timer is due that is to send`,
    thread,
    request: null,
    evidence: [
      `${capital(threadText(thread))} ${standstillText(standstill)} for ${showMs(standstill.durationMs)}`,
      `the timer of ${showMs(overdue.delayMs)}${overdue.stack[0] === undefined ? '' : ` set at ${overdue.stack[0]}`} fell due meanwhile; ${showMs(lateMs)} later ${becameOf(thread, standstill)}`,
    ],
    stack: standstill.stack.length > 0 ? standstill.stack : overdue.stack,
    fix: standstillFix(standstill, overdue.stack),
  };
}
